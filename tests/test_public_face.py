"""`import coercion_sim as cs`: small, typed, quick."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import coercion_sim as cs


def test_every_public_name_can_be_used() -> None:
    for name in cs.__all__:
        assert getattr(cs, name) is not None
    assert set(cs.__all__) <= set(dir(cs))
    assert cs.Measure("import_ban", "CHN", "AUS", "coal", 0.0).sectors == ("coal",)
    with pytest.raises(AttributeError, match="nothing"):
        cs.nothing  # noqa: B018


def test_a_bare_import_and_labels_load_nothing_heavy() -> None:
    code = (
        "import sys, coercion_sim as cs; cs.list_scenarios(); "
        "print(sorted({'numpy', 'scipy', 'mesa', 'pandas', 'matplotlib', 'pyarrow'} & set(sys.modules)))"
    )
    bare = code.replace("cs.list_scenarios(); ", "")
    runs = [subprocess.run([sys.executable, "-c", c], capture_output=True, text=True, check=True) for c in (bare, code)]
    assert runs[0].stdout.strip() == "[]"
    assert not {"scipy", "mesa", "pandas", "matplotlib", "pyarrow"} & set(ast.literal_eval(runs[1].stdout))
