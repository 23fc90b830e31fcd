"""The flagship at its defaults gives the numbers committed in results/reference."""

from __future__ import annotations

import csv

import pytest

from golden.make_flagship import REFERENCE, rows

#: Solved to 1e-9 in logs, numbers of order 1: other machines may differ in the digits below this.
ABSOLUTE = 1e-6


@pytest.mark.slow
def test_the_flagship_gives_the_reference() -> None:
    with REFERENCE.open(encoding="utf-8") as file:
        written = {tuple(row[:5]): float(row[5]) for row in list(csv.reader(file))[1:]}
    now = {row[:5]: float(row[5]) for row in rows()}
    assert now.keys() == written.keys()
    far = {
        key: (written[key], value)
        for key, value in now.items()
        if value != pytest.approx(written[key], rel=1e-5, abs=ABSOLUTE, nan_ok=True)
    }
    assert not far, f"{len(far)} of {len(now)} numbers changed: {list(far.items())[:5]}"
