"""Labels cut to a column can still be told apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.cli.columns import fit, fit_apart


def test_labels_that_differ_at_their_end_stay_different() -> None:
    labels = ["Other EU members in NATO", "Other EU members outside NATO", "Poland", "A long name that nobody shares"]
    assert fit_apart(labels, 17) == ["Other EU… in NATO", "Other EU…ide NATO", "Poland", "A long name that…"]


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=30), max_size=6), st.integers(2, 40))
def test_no_label_is_wider_and_what_fits_is_untouched(labels: list[str], width: int) -> None:
    for label, short in zip(labels, fit_apart(labels, width), strict=True):
        assert len(short) <= width
        if len(label) <= width or sum(fit(other, width) == fit(label, width) for other in labels) == 1:
            assert short == fit(label, width)
