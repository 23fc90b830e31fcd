"""A world is built a second time from the same files, in dictionaries and loops, and has to come out the same.

The second way knows the recipe of `conftest` alone: three sectors of which farming loses grain, a bloc of two, a rest.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from coercion_sim.errors import WorldError
from coercion_sim.world import build_world, ras

STATES = ("AAA", "BLOC", "DDD", "ROW")
HOME = {"AAA": "AAA", "BBB": "BLOC", "CCC": "BLOC", "DDD": "DDD", "EEE": "ROW", "FFF": "ROW"}
CODES = ("A01", "C24", "SERV")
FAMILIES = ("FARM", "STEEL", "SERV")
EXACT = {"rounding": {"flows": 15, "input_share": 15, "attributes": 15}}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def scatter(data: Path, seed: int, hungry: float) -> None:
    """Draw other flows and input shares into the files; `hungry` multiplies the shares of inputs."""
    rng = np.random.default_rng(seed)
    lines = ["exporter,importer,sector,value_musd"]
    for code in CODES:
        for a in HOME:
            for b in HOME:
                value = rng.lognormal(7.0 if a == b else 4.0, 0.5)
                lines.append(f"{a},{b},{code},{value!r}")
    (data / "trade.csv").write_text("\n".join(lines), encoding="utf-8")
    for name, economies in (("inputs.csv", ("AAA", "BBB", "CCC")), ("inputs_world.csv", ("WLD",))):
        lines = ["iso3,using_sector,input_sector,input_share_of_gross_output"]
        for economy in economies:
            for using in FAMILIES:
                shares = rng.dirichlet(np.ones(3)) * min(1.0, rng.uniform(0.3, 0.6) * hungry)
                cells = zip(FAMILIES, shares.tolist(), strict=True)
                lines += [f"{economy},{using},{given},{share!r}" for given, share in cells]
        (data / name).write_text("\n".join(lines), encoding="utf-8")


def second_way(data: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Flows (4, 4, 4), input shares (4, 4, 4) and the caps that bind; the fourth sector is grain."""
    flows = np.zeros((4, 4, 4))
    output: dict[tuple[str, str], float] = {}
    for row in rows(data / "trade.csv"):
        value, a, b = float(row["value_musd"]), row["exporter"], row["importer"]
        flows[CODES.index(row["sector"]), STATES.index(HOME[a]), STATES.index(HOME[b])] += value
        output[a, row["sector"]] = output.get((a, row["sector"]), 0.0) + value
    # grain: exports 50 and 20, of which 30 known; imports 40 and 24 scaled to 70; home sales 50 (half) and 5
    exports, imports = np.array([50.0, 20, 0, 0]), np.array([0.0, 0, 40, 24]) * 70 / 64
    farm, both = flows[0] / flows[0].sum(), np.outer(exports, imports)
    fit = (farm + 0.25 * both / both.sum()) * (both > 0) * (1 - np.eye(4))
    fit[0, 2] = 0.0
    known = np.zeros((4, 4))
    known[0, 2] = 30.0
    for _ in range(300):
        for i in range(4):
            fit[i] *= (exports - known.sum(axis=1))[i] / fit[i].sum() if fit[i].sum() > 0 else 0.0
        for n in range(4):
            fit[:, n] *= (imports - known.sum(axis=0))[n] / fit[:, n].sum() if fit[:, n].sum() > 0 else 0.0
    grain = (fit + known + np.diag([50.0, 0, 5, 0])) / 1.25
    for i in range(4):
        for n in range(4):
            flows[0, i, n] -= min(grain[i, n], 0.9 * flows[0, i, n])
    flows[3] = grain
    return flows, *inputs_by_loops(data, flows, output)


def inputs_by_loops(data: Path, flows: np.ndarray, output: dict[tuple[str, str], float]) -> tuple[np.ndarray, int]:
    """Published columns put on states and sectors, divided inside the farm family, capped twice."""
    column: dict[tuple[str, str, str], float] = {}
    for name in ("inputs.csv", "inputs_world.csv"):
        for row in rows(data / name):
            share = float(row["input_share_of_gross_output"])
            column[row["iso3"], row["using_sector"], row["input_sector"]] = share
    members = {"AAA": ("AAA",), "BLOC": ("BBB", "CCC"), "DDD": (), "ROW": ()}
    parent = (0, 1, 2, 0)
    X, Y = flows.sum(axis=1), flows.sum(axis=2)
    gamma = np.zeros((4, 4, 4))
    for n, state in enumerate(STATES):
        for j in range(4):
            using, code = FAMILIES[parent[j]], CODES[parent[j]]
            weight = {e: output[e, code] for e in members[state]} or {"WLD": 1.0}
            for f, family in enumerate(FAMILIES):
                mean = sum(w * column[e, using, family] for e, w in weight.items()) / sum(weight.values())
                sellers = [k for k in range(4) if parent[k] == f and (k != 3 or j == 0)]
                pool = sum(X[k, n] for k in sellers)
                for k in sellers:
                    gamma[k, j, n] = mean * X[k, n] / pool if pool > 0 else 0.0
    binding = 0
    for k in range(4):
        for n in range(4):
            use = sum(gamma[k, j, n] * Y[j, n] for j in range(4))
            if use > 0.97 * X[k, n]:
                gamma[k, :, n] *= 0.97 * X[k, n] / use
                binding += 1
    for j in range(4):
        for n in range(4):
            if gamma[:, j, n].sum() > 0.9:
                gamma[:, j, n] *= 0.9 / gamma[:, j, n].sum()
                binding += 1
            if Y[j, n] == 0:
                gamma[:, j, n] = 0.0
    return gamma, binding


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hungry", [1.0, 3.0])
def test_loops_build_the_same_world(tiny, seed, hungry):
    recipe, data = tiny
    scatter(data, seed, hungry)
    world = build_world(recipe, data, EXACT)
    flows, gamma, binding = second_way(data)
    np.testing.assert_allclose(world.flows, flows, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(world.input_share, gamma, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(world.value_added_share, 1.0 - gamma.sum(axis=0), rtol=1e-6)
    capped = [repair for repair in world.repairs if "97%" in repair or "90%" in repair]
    assert bool(capped) == (binding > 0)
    assert binding or hungry == 1


@pytest.mark.parametrize("seed", range(2))
def test_the_caps_hold_and_what_they_moved_is_reported(tiny, seed):
    recipe, data = tiny
    scatter(data, seed, 3.0)
    world = build_world(recipe, data, EXACT)
    b = world.baseline
    use = np.einsum("kjn,jn->kn", world.input_share, b.sales)
    assert (use <= 0.97 * b.spending * (1 + 1e-12)).all()
    assert (world.input_share.sum(axis=0) <= 0.9 * (1 + 1e-12)).all()
    assert (b.final_demand >= 0.03 * b.spending * (1 - 1e-9)).all()
    strict = build_world(recipe, data, EXACT | {"caps": {"intermediate_use": 0.5, "inputs": 0.4}})
    b = strict.baseline
    assert (np.einsum("kjn,jn->kn", strict.input_share, b.sales) <= 0.5 * b.spending * (1 + 1e-12)).all()
    assert strict.input_share.sum(axis=0).max() <= 0.4 * (1 + 1e-12)
    assert len(strict.repairs) > 0
    np.testing.assert_array_equal(strict.flows, world.flows)


@pytest.mark.parametrize("overflow", ["keep", "cut"])
@pytest.mark.parametrize("floor", [0.0, 0.1, 0.5])
def test_splits_conserve_world_trade_where_the_sector_can_give(tiny, overflow, floor):
    recipe, data = tiny
    changes = EXACT | {"split.overflow": overflow, "split.floor": floor}
    world = build_world(recipe, data, changes)
    total = sum(float(row["value_musd"]) for row in rows(data / "trade.csv"))
    left = np.zeros((4, 4))
    for row in rows(data / "trade.csv"):
        if row["sector"] == "A01":
            left[STATES.index(HOME[row["exporter"]]), STATES.index(HOME[row["importer"]])] += float(row["value_musd"])
    assert (world.flows[0] >= floor * left * (1 - 1e-12)).all()
    if overflow == "cut":
        assert world.flows.sum() == pytest.approx(total, rel=1e-12)
        np.testing.assert_allclose(world.flows[0] + world.flows[3], left, rtol=1e-12)
    else:
        assert world.flows.sum() >= total * (1 - 1e-12)
        assert world.flows[3].sum() == pytest.approx((70 + 55) / 1.25, rel=1e-9)


@pytest.mark.parametrize("digits", [2, 3, 5])
def test_numbers_are_rounded_to_the_digits_of_the_recipe(tiny, digits):
    world = build_world(*tiny, {"rounding": {"flows": digits}})
    exact = build_world(*tiny, EXACT)
    np.testing.assert_allclose(world.flows, exact.flows, rtol=0.5 * 10.0 ** (1 - digits))
    for value in world.flows.ravel():
        assert float(f"{value:.{digits - 1}e}") == value


# ------------------------------------------------------------------ elasticities


def test_products_take_values_of_their_own_where_the_source_has_them(tiny):
    recipe, data = tiny
    text = recipe.read_text(encoding="utf-8")
    text = text.replace('users = ["farm"] }', 'users = ["farm"], gtap = "gro" }')
    text = text.replace("[split]", 'elasticities_gtap = "gtap.csv"\n\n[split]')
    text = text.replace("[elasticity]", '[elasticity]\nproducts_set = "fine"\nproducts_base = "someone_2020"')
    recipe.write_text(text, encoding="utf-8")
    (data / "gtap.csv").write_text("gtap_sector,trade_elasticity\ngro,2.6\nwht,9\n", encoding="utf-8")
    sets = build_world(recipe, data).elasticity_sets
    assert sets["fine"].tolist() == [5, 6, 4, 2.6]
    assert sets["someone_2020"].tolist() == [5, 6, 4, 5]
    (data / "gtap.csv").write_text("gtap_sector,trade_elasticity\ngro,\n", encoding="utf-8")
    world = build_world(recipe, data)
    assert world.elasticity_sets["fine"].tolist() == [5, 6, 4, 5]
    assert any("grain (gro)" in repair for repair in world.repairs)
    (data / "gtap.csv").write_text("gtap_sector,trade_elasticity\nwht,9\n", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        build_world(recipe, data)
    assert (caught.value.problems[0].key, caught.value.problems[0].found) == ("grain.gtap", "gro")
    with pytest.raises(WorldError) as caught:
        build_world(recipe, data, {"elasticity.products_base": "nobody"})
    assert caught.value.problems[0].key == "elasticity.products_base"


def test_fallbacks_of_a_published_set_are_reported(tiny):
    world = build_world(*tiny)
    assert any("someone_2020" in repair and "SERV 4" in repair for repair in world.repairs)


def test_every_missing_value_of_a_set_is_named_at_once(tiny):
    recipe, data = tiny
    path = data / "elasticities.csv"
    text = path.read_text("utf-8").replace("A01,someone_2020,5", "A01,someone_2020,-5").replace("C24,", "C25,")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        build_world(recipe, data)
    assert [problem.key for problem in caught.value.problems] == ["someone_2020.A01", "someone_2020.C24"]


# ------------------------------------------------------------------ treaties, groups and blocs


@pytest.mark.parametrize(
    ("b", "c", "strengths", "expected"),
    [
        (3000.0, 1000.0, (0.8, 0.4), 0.75 * 0.8 + 0.25 * 0.4),
        (1000.0, 1000.0, (1.0, 0.0), 0.5),
        (500.0, 1500.0, (0.6, 0.6), 0.6),
    ],
)
def test_a_treaty_with_a_bloc_is_the_mean_over_its_members_by_gdp(tiny, b, c, strengths, expected):
    recipe, data = tiny
    (data / "macro.csv").write_text(f"iso3,gdp_musd_2019\nAAA,4000\nBBB,{b}\nCCC,{c}\nDDD,4000\nROW,4000\n")
    head = "iso3_a,iso3_b,commitment,since,type,strength_0_1\n"
    treaties = list(zip(("BBB", "CCC"), (1960, 1950), strengths, strict=True))
    lines = [f"{member},AAA,Pact,{year},defence,{strength}\n" for member, year, strength in treaties]
    (data / "alliances.csv").write_text(head + "".join(lines), encoding="utf-8")
    world = build_world(recipe, data)
    assert world.alliance_strength("AAA", "BLOC") == pytest.approx(expected, abs=5e-4)
    (link,) = world.alliances
    assert (link.a, link.b, link.type) == ("AAA", "BLOC", "defence")
    assert link.since == min(str(year) for _, year, strength in treaties if strength > 0)


@pytest.mark.parametrize(
    ("members", "inside"),
    [(("BBB",), True), (("CCC",), False), (("BBB", "CCC"), True), (("AAA",), False), (("EEE",), False)],
)
def test_a_bloc_is_in_a_group_by_members_of_over_half_its_gdp(tiny, members, inside):
    recipe, data = tiny
    lines = [f"CLUB_2020,{m}\n" for m in members] + ["PAIR,DDD\n"]
    (data / "groups.csv").write_text("group,iso3\n" + "".join(lines), encoding="utf-8")
    world = build_world(recipe, data)
    assert ("BLOC" in world.groups.get("CLUB", ())) == inside
    if members in (("CCC",), ("EEE",)):
        assert "CLUB" not in world.groups
        assert any("CLUB" in repair for repair in world.repairs)


def test_a_group_the_data_lack_gets_the_nearest_name(tiny):
    recipe, data = tiny
    (data / "groups.csv").write_text("group,iso3\nCLUB_2021,AAA\nPAIR,DDD\n", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        build_world(recipe, data)
    (problem,) = caught.value.problems
    assert (problem.found, problem.suggestion) == ("CLUB_2020", "CLUB_2021")


@pytest.mark.parametrize(("coverage", "known"), [(0.5, True), (0.8, False)])
def test_too_little_of_a_bloc_recorded_leaves_its_ideal_point_open(tiny, coverage, known):
    recipe, data = tiny
    (data / "points.csv").write_text("iso3,year,ideal_point\nAAA,2019,1.0\nBBB,2019,0.5\n", encoding="utf-8")
    world = build_world(recipe, data, {"attribute_coverage": coverage})
    assert np.isnan(world.ideal_point[1]) != known
    if known:
        assert world.ideal_point[1] == 0.5


# ------------------------------------------------------------------ proportional fitting against least entropy


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_the_matrix_of_least_relative_entropy(seed):
    rng = np.random.default_rng(seed)
    prior = rng.uniform(0.2, 3.0, (3, 4))
    prior[0, 1] = 0.0
    wanted = np.where(prior > 0, rng.uniform(0.5, 2.0, (3, 4)), 0.0)
    r, c = wanted.sum(axis=1), wanted.sum(axis=0)

    def dual(x: np.ndarray) -> float:
        """Minus the dual of the entropy problem; at its least the margins hold."""
        return float((prior * np.exp(x[:3, None] + x[None, 3:])).sum() - r @ x[:3] - c @ x[3:])

    best = minimize(dual, np.zeros(7), method="BFGS", options={"gtol": 1e-10}).x
    expected = prior * np.exp(best[:3, None] + best[None, 3:])
    fitted = ras(prior, r, c)
    np.testing.assert_allclose(fitted, expected, atol=2e-5)

    def entropy(matrix: np.ndarray) -> float:
        cells = prior > 0
        return float((matrix[cells] * np.log(matrix[cells] / prior[cells])).sum())

    # no feasible change of two rows and two columns lowers the entropy
    loop = np.zeros((3, 4))
    loop[1, 0] = loop[2, 2] = 1e-3
    loop[1, 2] = loop[2, 0] = -1e-3
    assert entropy(fitted) < min(entropy(fitted + loop), entropy(fitted - loop))
    assert entropy(fitted) <= entropy(wanted) + 1e-12
