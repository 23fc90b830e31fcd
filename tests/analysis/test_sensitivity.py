"""Sensitivity indices through the whole path, against functions whose indices are known."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import IndexRow, MissingPackage, analyse, outcome_frame
from coercion_sim.analysis.sensitivity.indices import index_rows
from coercion_sim.analysis.sensitivity.variance_parts import shares, variance_components
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
ALONE = "stand_alone"
ALLIES = "respond_as_allies"

#: Ishigami function, a = 7, b = .1 (Ishigami and Homma 1990): variance and shares in closed form.
ISHIGAMI_V = 0.5 + 49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18
_THIRD = 8 * 0.01 * math.pi**8 / 225 / ISHIGAMI_V
ISHIGAMI_S1 = {"a": 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2 / ISHIGAMI_V, "b": 49 / 8 / ISHIGAMI_V, "c": 0.0}
ISHIGAMI_ST = {"a": ISHIGAMI_S1["a"] + _THIRD, "b": ISHIGAMI_S1["b"], "c": _THIRD}


def ishigami(s: dict[str, float]) -> float:
    return math.sin(s["a"]) + 7 * math.sin(s["b"]) ** 2 + 0.1 * s["c"] ** 4 * math.sin(s["a"])


def luck(replicate: int, *where: float) -> float:
    """Standard normal; the same at every point unless a place is given."""
    return float(np.random.default_rng([replicate, *(int(abs(x) * 1e9) for x in where)]).normal())


def found(rows: tuple[IndexRow, ...], policy: str, index: str, against: str = "") -> dict[str, IndexRow]:
    return {r.parameter: r for r in rows if (r.policy, r.index, r.against) == (policy, index, against)}


def agree(rows: dict[str, IndexRow], known: dict[str, float], slack: float = 1.5) -> None:
    """Every known index lies in the 95 % interval, widened by half since six of them are looked at."""
    assert set(rows) == set(known)
    for path, row in rows.items():
        assert row.high > row.low
        assert abs(row.value - known[path]) <= slack * (row.value - row.low), (path, row, known[path])
        assert row.high - row.low < 0.3


def test_ishigami_with_the_same_luck_everywhere() -> None:
    """Luck that is the same at every point moves no index: it is a constant of the design."""
    rule = {
        ALONE: lambda s, k: {LOSS: ishigami(s) + 3 * luck(k)},
        ALLIES: lambda s, k: {LOSS: 3 * luck(k) + ishigami(s) * 1.5},
    }
    answer = analyse(sweep([saltelli(512, "abc", -math.pi, math.pi)], rule, 2), [LOSS])
    for policy, against in ((ALONE, ""), (ALLIES, ""), (ALLIES, ALONE)):
        agree(found(answer.indices, policy, "S1", against), ISHIGAMI_S1)
        agree(found(answer.indices, policy, "ST", against), ISHIGAMI_ST)
    assert {r.status for r in answer.indices} == {"ok"}
    assert {r.units for r in answer.indices} == {512}


def test_ishigami_with_luck_of_its_own_at_every_point() -> None:
    """S1 keeps its numerator; noise of variance V/2 R in the mean takes its share of the whole."""
    replicates, noise = 4, math.sqrt(ISHIGAMI_V)
    rule = {ALONE: lambda s, k: {LOSS: ishigami(s) + noise * luck(k, *s.values())}}
    answer = analyse(sweep([saltelli(512, "abc", -math.pi, math.pi)], rule, replicates), [LOSS])
    kept = 1 / (1 + 1 / replicates)
    s1 = found(answer.indices, ALONE, "S1")
    agree(s1, {path: s * kept for path, s in ISHIGAMI_S1.items()})
    agree(found(answer.indices, ALONE, "ST"), {p: (s + 1 / replicates) * kept for p, s in ISHIGAMI_ST.items()})
    parts = {r.part: r for r in answer.variance}
    assert parts["points"].share == pytest.approx(0.5, abs=0.04)
    for row in s1.values():
        assert row.of_one_run == pytest.approx(row.value * parts["points"].share)


def test_sobol_g_function() -> None:
    """Product of (|4 x - 2| + a) / (1 + a): V_i = 1 / (3 (1 + a)^2), V = prod(1 + V_i) - 1 (Saltelli, Sobol' 1995)."""
    a = {"p": 0.0, "q": 1.0, "r": 4.5, "s": 99.0}
    rule = {ALONE: lambda x, k: {LOSS: math.prod((abs(4 * x[i] - 2) + a[i]) / (1 + a[i]) for i in a)}}
    answer = analyse(sweep([saltelli(1024, tuple(a))], rule), [LOSS])
    alone = {i: 1 / (3 * (1 + a[i]) ** 2) for i in a}
    whole = math.prod(1 + v for v in alone.values()) - 1
    total = {i: alone[i] * math.prod(1 + v for j, v in alone.items() if j != i) / whole for i in a}
    agree(found(answer.indices, ALONE, "S1"), {i: v / whole for i, v in alone.items()}, slack=1.7)
    agree(found(answer.indices, ALONE, "ST"), total, slack=1.7)


def test_elementary_effects_of_a_linear_function_are_its_slopes() -> None:
    rule = {ALONE: lambda s, k: {LOSS: 2 * s["a"] - 3 * s["b"] + luck(k)}}
    rows = analyse(sweep([morris(8, "abc")], rule, 3), [LOSS]).indices
    assert {p: r.value for p, r in found(rows, ALONE, "mu").items()} == pytest.approx({"a": 2, "b": -3, "c": 0})
    assert {p: r.value for p, r in found(rows, ALONE, "mu_star").items()} == pytest.approx({"a": 2, "b": 3, "c": 0})
    assert all(abs(r.value) < 1e-12 for r in found(rows, ALONE, "sigma").values())
    assert all(math.isnan(r.of_one_run) for r in rows)


def test_a_bent_function_spreads_its_elementary_effects() -> None:
    rows = analyse(sweep([morris(20, "ab", levels=6)], {ALONE: lambda s, k: {LOSS: s["a"] * s["b"]}}), [LOSS]).indices
    assert all(r.value > 0.1 for r in found(rows, ALONE, "sigma").values())
    star = found(rows, ALONE, "mu_star")
    assert all(r.low < 0.5 < r.high for r in star.values())  # the mean of the other parameter


def test_first_order_from_given_data_and_no_total_index() -> None:
    points = np.random.default_rng(5).uniform(-math.pi, math.pi, (256, 3)).tolist()
    rule = {ALONE: lambda s, k: {LOSS: ishigami(s)}}
    answer = analyse(sweep([block("random", points, "abc")], rule), [LOSS])
    s1 = found(answer.indices, ALONE, "S1")
    assert {p: r.value for p, r in s1.items()} == pytest.approx(ISHIGAMI_S1, abs=0.12)
    assert all(r.low < ISHIGAMI_S1[p] < r.high for p, r in s1.items())
    assert {r.index for r in answer.indices} == {"S1"}
    assert any("first-order indices only" in note for note in answer.notes)


def test_too_few_points_for_given_data_are_refused() -> None:
    points = np.random.default_rng(5).random((60, 2)).tolist()
    rows = analyse(sweep([block("sobol", points, "ab")], {ALONE: lambda s, k: {LOSS: s["a"]}}), [LOSS]).indices
    assert [(r.status, r.units) for r in rows] == [("refused", 60)]
    assert "at least 128" in rows[0].note


def test_a_constant_outcome_is_said_to_be_constant(recwarn: pytest.WarningsRecorder) -> None:
    rule = {ALONE: lambda s, k: {LOSS: 0.25}, ALLIES: lambda s, k: {LOSS: 0.25 + s["a"]}}
    answer = analyse(sweep([saltelli(32, "ab")], rule), [LOSS])
    constant = [r for r in answer.indices if r.status == "constant"]
    assert [(r.policy, r.against, r.note) for r in constant] == [(ALONE, "", "always 0.25")]
    assert not [w for w in recwarn if "onstant" in str(w.message)]


def test_rounding_in_a_difference_is_no_effect() -> None:
    rule = {ALONE: lambda s, k: {LOSS: s["a"]}, ALLIES: lambda s, k: {LOSS: s["a"] + 1e-13 * s["b"]}}
    answer = analyse(sweep([saltelli(32, "ab")], rule, 2), [LOSS])
    assert [r.status for r in answer.indices if r.against] == ["constant"]
    assert not [r for r in answer.variance if r.against]


def test_a_failed_run_takes_its_base_row_out_and_says_so() -> None:
    def rule(s: dict[str, float], k: int) -> dict[str, float]:
        return {LOSS: s["a"] + 2 * s["b"]}

    design = saltelli(64, "ab")
    whole = sweep([design], {ALONE: rule}, 2)
    holes = sweep([design], {ALONE: rule}, 2, failed=[(5, 0, ALONE), (6, 1, ALONE), (40, 0, ALONE)])
    without = sweep([design | _rows(design, [k for k in range(64) if k not in (1, 10)])], {ALONE: rule}, 2)
    rows = analyse(holes, [LOSS]).indices
    assert {r.units for r in rows} == {62}
    assert "2 rows of the design" in rows[0].note
    same = analyse(without, [LOSS]).indices
    assert [r.value for r in rows] == pytest.approx([r.value for r in same])
    assert [r.value for r in rows] != pytest.approx([r.value for r in analyse(whole, [LOSS]).indices])


def test_an_index_is_refused_where_most_rows_are_gone() -> None:
    design = saltelli(32, "ab")
    failed = [(4 * k, 0, ALONE) for k in range(17)]
    rows = analyse(sweep([design], {ALONE: lambda s, k: {LOSS: s["a"]}}, failed=failed), [LOSS]).indices
    assert [(r.status, r.units) for r in rows] == [("refused", 15)]
    assert "only 15 of 32 base rows" in rows[0].note


def test_a_block_beside_a_grid_is_analysed_on_average_and_under_each_setting() -> None:
    """y = a + pledge x b: without a pledge only a matters, with 2 it is b; on average, slopes 1 and 1."""
    blocks = [saltelli(128, "ab"), block("grid", [[0.0], [2.0]], ["pledge"])]
    rows = analyse(sweep(blocks, {ALONE: lambda s, k: {LOSS: s["a"] + s["pledge"] * s["b"]}}), [LOSS]).indices
    s1 = {(r.given, r.parameter): r.value for r in rows if r.index == "S1"}
    settings = list(dict.fromkeys(r.given for r in rows))
    assert settings == ["mean over the other blocks", "pledge = 0", "pledge = 2"]
    assert [s1[settings[0], p] for p in "ab"] == pytest.approx([0.5, 0.5], abs=0.05)
    assert [s1[settings[1], p] for p in "ab"] == pytest.approx([1.0, 0.0], abs=0.05)
    assert [s1[settings[2], p] for p in "ab"] == pytest.approx([0.2, 0.8], abs=0.05)


def test_a_grid_has_no_indices_and_the_notes_say_why() -> None:
    answer = analyse(sweep([block("grid", [[0.0], [1.0]], "a")], {ALONE: lambda s, k: {LOSS: s["a"]}}), [LOSS])
    assert answer.indices == ()
    assert any("no sensitivity indices" in note for note in answer.notes)


def test_the_same_sweep_gives_the_same_intervals() -> None:
    results = sweep([saltelli(32, "ab")], {ALONE: lambda s, k: {LOSS: s["a"]}}, seed=0)
    np.random.seed(1)  # noqa: NPY002  SALib would fall back on this
    first = analyse(results, [LOSS]).indices
    assert repr(first) == repr(analyse(results, [LOSS]).indices)  # as text, for the sake of NaN
    assert [r.low for r in first] != [r.low for r in analyse(results, [LOSS], seed=3).indices]


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.analyze.sobol", None)
    results = sweep([saltelli(32, "ab")], {ALONE: lambda s, k: {LOSS: s["a"]}})
    with pytest.raises(MissingPackage, match=r"need SALib.*pip install 'coercion-sim\[analysis\]'"):
        analyse(results, [LOSS])


def _rows(design: dict[str, object], bases: list[int]) -> dict[str, object]:
    """A Saltelli block of some of its base rows."""
    rows = design["_"]
    assert isinstance(rows, list)
    kept = [row for k in bases for row in rows[4 * k : 4 * k + 4]]
    return {"_": kept, "rows": len(kept)}


# ------------------------------------------------------------------ laws of any index


def bent(s: Any, k: int = 0) -> float:
    """A function that bends in one parameter, mixes two, and ignores a third."""
    return float(4.0 * s["a"] ** 2 + s["a"] * s["b"] - 0.5 * s["b"])


def indices(design: dict, replicates: int = 1) -> dict[tuple[str, str], IndexRow]:
    answer = analyse(sweep([design], {ALONE: lambda s, k: {LOSS: bent(s, k)}}, replicates), [LOSS])
    return {(row.parameter, row.index): row for row in answer.indices if not row.against}


def test_total_indices_of_a_known_function() -> None:
    """``4 a^2 + a b - b/2`` on the unit cube: variances of the parts by integration."""
    found = indices(saltelli(1024, "abc"))
    a_alone = 16 * (1 / 5 - 1 / 9) + 1 / 48 + 4 * (1 / 4 - 1 / 6)  # Var[4 a^2 + a/2] + covariance
    # Var over b of E[y|b] = b/2 - b/2 = 0; interaction (a - 1/2)(b - 1/2) has variance 1/144.
    whole = a_alone + 1 / 144
    for path, s1, total in (("a", a_alone / whole, 1.0), ("b", 0.0, 1 / 144 / whole), ("c", 0.0, 0.0)):
        assert found[path, "S1"].value == pytest.approx(s1, abs=0.02)
        assert found[path, "ST"].value == pytest.approx(total, abs=0.02)
        assert found[path, "S1"].low <= found[path, "S1"].value <= found[path, "S1"].high


def test_the_share_of_one_run_is_the_index_times_the_share_of_points() -> None:
    rng = np.random.default_rng(3)
    luck = rng.normal(size=6)
    design = saltelli(64, "abc")
    results = sweep([design], {ALONE: lambda s, k: {LOSS: bent(s) + luck[k]}}, 6)
    answer = analyse(results, [LOSS])
    cells = outcome_frame(results, (LOSS,)).of(LOSS, ALONE)
    independent = np.arange(cells.shape[0]) % 5 % 4 == 0  # A and B of every base row
    share = shares(variance_components(cells[independent]))[0]
    rows = [row for row in answer.indices if row.index in ("S1", "ST")]
    assert len(rows) == 6
    for row in rows:
        assert row.of_one_run == pytest.approx(row.value * share, abs=1e-9)
    assert 0.0 < share < 1.0


def test_an_index_does_not_know_the_unit_or_the_origin() -> None:
    frame = outcome_frame(sweep([saltelli(32, "ab")], {ALONE: lambda s, k: {LOSS: bent(s)}}), (LOSS,))
    y = frame.of(LOSS, ALONE)
    one, other = (index_rows(values, frame, LOSS, ALONE, seed=1) for values in (y, 1000.0 * y - 7.0))
    for a, b in zip(one, other, strict=True):
        assert (a.parameter, a.index) == (b.parameter, b.index)
        assert b.value == pytest.approx(a.value, abs=1e-6)
