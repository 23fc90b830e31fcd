"""The report: its numbers are those of the tables, it is valid, whole and safe, and says what it does not know."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import coercion_sim as cs
from coercion_sim.analysis import compare_policies
from coercion_sim.analysis.sensitivity import indices
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.report import limits, report_html, write_report
from coercion_sim.report import page as report_page
from fakes.tiny import SCENARIO, write_tiny

pytestmark = pytest.mark.slow  # many disputes are solved

Maker = Callable[..., Results]
#: Uncertain in more than one thing, so that means, medians and ends of ranges are far apart.
TEXT = SCENARIO.replace("replicates = 3", "replicates = 5").replace(
    "open = 0.05", "open = { log_uniform = [0.001, 0.9], default = 0.05 }"
)
PLAN = {
    "name": "stiff",
    "question": "Does it matter how freely factors move?",
    "replicates": 1,
    "vary": [
        {
            "how": "saltelli",
            "points": 16,
            "parameters": {
                "economy.factor_mobility": {"uniform": [1.1, 3.0]},
                "economy.adjustment_rate": {"uniform": [0.1, 0.9]},
            },
        }
    ],
}


class Page(HTMLParser):
    """Texts of a page by the section they stand in, its tables by caption, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self.section, self.caption = "", ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        self.open.append(tag)
        if tag in ("meta", "link", "img", "source", "br"):
            self.open.pop()
        if tag == "section":
            self.section = named["id"] or ""
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.tables.setdefault(self.caption, []).append([])
        if tag in ("td", "th"):
            self.tables[self.caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "section":
            self.section = ""

    def handle_data(self, data: str) -> None:
        text = data.replace("\u00a0", " ")
        self.texts[self.section] = self.texts.get(self.section, "") + text
        if "caption" in self.open:
            self.caption += text
        elif {"td", "th"} & set(self.open):
            self.tables[self.caption][-1][-1] += text

    def table(self, start: str) -> dict[str, list[str]]:
        """Rows by their heading of the table whose caption begins so; the head under ``""``."""
        rows = next(rows for caption, rows in self.tables.items() if caption.startswith(start))
        return {"": rows[0], **{row[0]: row for row in rows[1:]}}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = write_tiny(tmp_path_factory.mktemp("tiny"), TEXT)
    return cs.compare(path).results


@pytest.fixture(scope="module")
def page(tiny: Results) -> Page:
    return Page(report_html(tiny))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return cs.sweep({"scenario": str(write_tiny(tmp_path_factory.mktemp("swept"))), **PLAN})


@pytest.fixture(scope="module")
def sweep_page(swept: Results) -> Page:
    return Page(report_html(swept, ["target_loss_pv", "coercer_cost_pv"], failing="target_loss_pv>q75"))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time: for tests of the text alone."""
    monkeypatch.setattr(report_page, "drawings", lambda facts: iter(()))


def told(text: str) -> list[tuple[str, str, str]]:
    """Every ``middle [low, high]`` of a text, as it is written."""
    number = r"[−+]?[\d,]*\d(?:\.\d+)?"
    return re.findall(rf"({number})(?: %)? \[({number}), ({number})\]", text)


def value(text: str) -> tuple[float, float]:
    """Number of a text, and half a unit of its last digit (1,200 may be of hundreds); 0 is exact."""
    whole, _, decimals = text.replace(",", "").partition(".")
    zeros = 0 if decimals else len(whole) - len(whole.rstrip("0"))
    half = 0.0 if text == "0" else 0.5000001 * 10.0 ** (zeros - len(decimals))
    return float(text.replace("−", "-").replace(",", "")), half


def agrees(cell: str, *values: float) -> bool:
    """Whether a cell shows these numbers, each rounded to the decimals it is shown with."""
    shown = re.findall(r"[−+]?[\d,]*\d(?:\.\d+)?", cell)
    if len(shown) == 1 and all(v == 0.0 for v in values):
        return float(shown[0]) == 0.0
    assert len(shown) == len(values), (cell, values)
    return all(abs(x - v) <= half for (x, half), v in zip(map(value, shown), values, strict=True))


def spread(values: Any) -> tuple[float, float, float]:
    low, middle, high = np.quantile(np.asarray(values, float), [0.05, 0.5, 0.95])
    return middle, low, high


def t_interval(values: Any) -> tuple[float, float, float]:
    x = np.asarray(values, float)
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return x.mean(), x.mean() - half, x.mean() + half


def by_policy(results: Results, table: str, column: str, **only: Any) -> dict[str, Any]:
    """Mean over quarters of a column of a table, an array over replicates for every policy."""
    frame = results.frame(table)
    for name, value in only.items():
        frame = frame[frame[name] == value]
    means = frame.groupby(["policy", "replicate"])[column].mean()
    return {policy: means[policy].to_numpy() for policy in results.policies}


# ------------------------------------------------------------------ numbers


def test_the_sentences_on_target_and_coercer_hold_the_numbers_of_the_tables(tiny: Results, page: Page) -> None:
    text = page.texts["found"]
    income = by_policy(tiny, "states", "real_income", state="AUS")["stand_alone"]
    cost = -by_policy(tiny, "states", "coercion_effect", state="CHN")["stand_alone"]
    target = re.search(r"real income of Australia is lower by (.*?\]) % of its GDP", text)
    assert target
    assert agrees(target[1], -income.mean(), *(-np.quantile(income, [0.95, 0.05])))
    coercer = re.search(r"China (loses|gains) about nothing by", text)
    assert 0.0 < max(abs(cost.mean()), *np.abs(np.quantile(cost, [0.05, 0.95]))) < 0.005
    assert coercer
    assert coercer[1] == ("loses" if cost.mean() > 0 else "gains")


def test_the_sentence_on_a_policy_holds_the_paired_difference(tiny: Results, page: Page) -> None:
    income = by_policy(tiny, "states", "real_income", state="AUS")
    said = re.search(
        r"“respond as allies” changes real income of Australia by (.*?\]) % of its GDP", page.texts["found"]
    )
    assert said
    assert agrees(said[1], *t_interval(income["respond_as_allies"] - income["stand_alone"]))


def test_who_pays_is_told_with_the_means_and_ranges_of_the_burdens(tiny: Results, page: Page) -> None:
    said = re.search(r"Under “respond as allies”, 2 states bear a burden: (.*?) of their own GDP", page.texts["found"])
    assert said is not None
    burden = {
        name: by_policy(tiny, "states", "burden", state=code)["respond_as_allies"]
        for code, name in (("USA", "United States"), ("JPN", "Japan"))
    }
    order = sorted(burden, key=lambda name: -burden[name].mean())
    assert [said[1].index(name) for name in order] == sorted(said[1].index(name) for name in order)
    for name, values in burden.items():
        cell = re.search(rf"{name} (.*?\]) %", said[1])
        assert cell
        assert agrees(cell[1], values.mean(), *np.quantile(values, [0.05, 0.95]))
    paid = by_policy(tiny, "quarters", "help_total")["respond_as_allies"]
    money = re.search(r"US\$ (.*?\]) million a year of help", page.texts["found"])
    assert money
    assert agrees(money[1], paid.mean(), *np.quantile(paid, [0.05, 0.95]))


def test_diverted_trade_is_told_with_the_shares_of_quarters_2_to_5(tiny: Results, page: Page) -> None:
    rows = tiny.frame("sectors").query("policy == 'stand_alone' and sector == 'coal' and step >= 2")
    sums = rows.groupby("replicate")[["gained_quantity", "lost_quantity"]].sum()
    share = 100.0 * (sums["gained_quantity"] / sums["lost_quantity"]).to_numpy()
    said = re.search(r"other foreign buyers took (.*?\]) of coal in quarters 2-5", page.texts["found"])
    assert said
    assert agrees(said[1], share.mean(), *np.quantile(share, [0.05, 0.95]))


def test_every_interval_of_the_findings_is_one_of_the_tables(tiny: Results, page: Page) -> None:
    comparison = compare_policies(tiny)
    spreads = [row.spread for row in comparison.rows]
    known = np.array(
        [(sign * s.mean, *sorted((sign * s.low, sign * s.high))) for s in spreads for sign in (1, -1, 100)]
        + [(s.mean, s.mean_low, s.mean_high) for s in spreads]
    )
    intervals = told(page.texts["found"])
    assert len(intervals) >= 6
    for triple in intervals:
        numbers, half = np.array([value(text) for text in triple]).T
        assert (np.abs(known - numbers) <= half).all(axis=1).any(), triple


ROWS = {
    "target_loss_pv": "Loss of the target (present value)",
    "coercer_cost_pv": "Cost to the coercer (present value)",
    "burden_total": "Burden of the allies (present value)",
    "vulnerability": "Vulnerability of the target",
}


@pytest.mark.parametrize("outcome", ROWS)
def test_outcome_table_and_differences_are_those_of_pandas(tiny: Results, page: Page, outcome: str) -> None:
    frame = tiny.frame("outcomes")
    values = {p: frame[frame.policy == p].sort_values("replicate")[outcome].to_numpy() for p in tiny.policies}
    row = ROWS[outcome]
    levels = page.table("Outcomes by policy")
    assert levels[""][2:] == ["stand alone", "respond as allies"]
    for cell, policy in zip(levels[row][2:], tiny.policies, strict=True):
        assert agrees(cell, *spread(values[policy])), (cell, policy)
    apart = values["respond_as_allies"] - values["stand_alone"]
    (cell,) = page.table("Differences from stand alone")[row][2:]
    mean, low, high = t_interval(apart)
    assert agrees(cell, mean, low, high)
    assert cell.endswith("*") == (low > 0 or high < 0)


def test_real_income_by_state_is_that_of_pandas(tiny: Results, page: Page) -> None:
    rows = page.table("Real income, mean of")
    for code, name in (("AUS", "Australia"), ("USA", "United States")):
        for cell, values in zip(
            rows[name][1:], by_policy(tiny, "states", "real_income", state=code).values(), strict=True
        ):
            assert agrees(cell, *spread(values))


def test_means_and_differences_of_a_sweep_are_those_of_pandas(swept: Results, sweep_page: Page) -> None:
    frame = swept.frame("outcomes")
    # 16 base rows of D + 2 = 4 points: the independent units are base rows.
    mean = frame.assign(unit=frame.point // 4).groupby(["policy", "unit"])["target_loss_pv"].mean()
    row = sweep_page.table("Means over the design")["Loss of the target (present value)"]
    for cell, policy in zip(row[2:], swept.policies, strict=True):
        assert agrees(cell, *t_interval(mean[policy]))
    (cell,) = sweep_page.table("Differences from stand alone")["Loss of the target (present value)"][2:]
    assert agrees(cell, *t_interval(mean["respond_as_allies"] - mean["stand_alone"]))
    said = re.search(r"“respond as allies” changes it by (.*?\])", sweep_page.texts["found"])
    assert said
    assert agrees(said[1], *t_interval(mean["respond_as_allies"] - mean["stand_alone"]))


def test_the_range_over_all_runs_of_a_sweep_is_that_of_its_runs(swept: Results, sweep_page: Page) -> None:
    frame = swept.frame("outcomes")
    row = sweep_page.table("Outcomes by policy")["Loss of the target (present value)"]
    for cell, policy in zip(row[2:], swept.policies, strict=True):
        values = frame[frame.policy == policy]["target_loss_pv"]
        assert agrees(cell, *np.quantile(values, [0.5, 0.05, 0.95], method="inverted_cdf"))


def test_a_sweep_s_report_says_what_matters_what_is_robust_and_where_a_policy_misses(
    swept: Results, sweep_page: Page
) -> None:
    answer = cs.analyse(swept, ["target_loss_pv", "coercer_cost_pv"], failing="target_loss_pv>q75")
    totals = {
        r.parameter: r.value
        for r in answer.indices
        if (r.outcome, r.policy, r.against, r.index) == ("target_loss_pv", "stand_alone", "", "ST")
    }
    table = sweep_page.table("Loss of the target (present value). Total Sobol' index")
    assert {p: row[1].split(" [")[0] for p, row in table.items() if p} == {
        p: f"{value:.2f}" for p, value in totals.items()
    }
    assert "depends most on economy: adjustment rate" in sweep_page.texts["found"]
    limit = next(box.limits[0] for box in answer.boxes if box.limits)
    assert f"at most {limit.high:.3g}" in sweep_page.texts["discovery"]
    best = next(r for r in answer.regret if r.outcome == "target_loss_pv" and r.policy == "respond_as_allies")
    assert f"it is best in {64 * best.best:g} of 64 draws" in sweep_page.texts["found"]


# ------------------------------------------------------------------ the page


@pytest.mark.parametrize("kind", ["one point", "sweep"])
def test_the_page_is_valid_html_for_a_strict_parser(
    kind: str, tiny: Results, swept: Results, request: pytest.FixtureRequest
) -> None:
    html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed (extra `test`)")
    html = report_html(tiny) if kind == "one point" else report_html(swept, ["target_loss_pv"])
    html5lib.HTMLParser(strict=True).parse(html)


@pytest.mark.parametrize("kind", ["page", "sweep_page"])
def test_the_page_holds_everything_and_asks_for_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(kind)
    names = [tag for tag, _ in page.tags]
    assert not {"script", "link", "iframe", "object", "form", "base"} & set(names)
    for tag, attrs in page.tags:
        for key in ("src", "srcset", "href"):
            address = attrs.get(key)
            assert address is None or address.startswith("#" if tag == "a" else "data:image/")
        assert not [key for key in attrs if key.startswith("on")]
    (policy,) = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert "url(" not in (files("coercion_sim.report") / "report.css").read_text("utf-8")


@pytest.mark.parametrize("kind", ["page", "sweep_page"])
def test_headings_are_in_order_links_lead_somewhere_and_tables_are_named(
    kind: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(kind)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for tag, a in page.tags if tag == "a"} <= set(ids)
    assert ("html", {"lang": "en"}) in page.tags
    boxes = [a for _, a in page.tags if a.get("role") == "region"]
    names = [a["aria-label"] for a in boxes]
    assert len(names) == len(set(names)) == sum(tag == "table" for tag, _ in page.tags) > 4
    assert all(a["tabindex"] == "0" for a in boxes)
    assert all(a.get("scope") in ("col", "row") for tag, a in page.tags if tag == "th")


def test_figures_state_what_they_show(tiny: Results, page: Page, sweep_page: Page) -> None:
    alts = [str(a["alt"]) for tag, a in page.tags if tag == "img"]
    assert len(alts) == 8  # two distributions, two differences, states, products, course, burdens
    assert all("seed 11" in alt for alt in alts)
    effect = by_policy(tiny, "states", "coercion_effect", state="AUS")
    assert "Australia: mean [5-95 % range over draws] (% of GDP): stand alone" in alts[4]
    numbers = [value(text) for text in told(alts[4])[0]]
    late = tiny.frame("states").query("state == 'AUS' and step >= 1 and policy == 'stand_alone'")
    mean = late.groupby("replicate").coercion_effect.mean()
    assert effect.keys() == set(tiny.policies)
    expected = (mean.mean(), *np.quantile(mean, [0.05, 0.95]))
    assert all(abs(x - y) <= half for (x, half), y in zip(numbers, expected, strict=True))
    swept = [str(a["alt"]) for tag, a in sweep_page.tags if tag == "img"]
    assert [alt.partition(" ")[0] for alt in swept].count("Sensitivity") == 4  # levels and differences of two outcomes


@pytest.mark.usefixtures("no_figures")
def test_what_users_wrote_stays_text(make_results: Maker) -> None:
    results = make_results(failed=[("stand_alone", 0)])
    evil = "<script>alert('x')</script>"
    runs = results.table("runs").to_pylist()
    for row in runs:
        row["error"] = evil if row["status"] == "failed" else ""
    import pyarrow as pa

    results._tables["runs"] = pa.Table.from_pylist(runs, schema=results.table("runs").schema)
    manifest = {**results.manifest, "scenario": {"name": "dispute", "title": evil, "content": {}}, "command": [evil]}
    html = report_html(replace(results, manifest=manifest, _tables=results._tables))
    assert "<script" not in html
    page = Page(html)
    assert evil in page.texts[""]
    assert evil in page.texts["failed"]
    assert "alert" in page.texts["provenance"]


CASES: dict[str, dict[str, Any]] = {
    "one replicate": {"replicates": 1},
    "one policy": {"policies": ("stand_alone",)},
    "no baseline": {"policies": ("respond_as_allies", "integrate_economies")},
    "no pressure": {"pressure": False},
    "nobody pays": {"helping": False},
}
SAYS = {
    "one replicate": "One draw was run",
    "one policy": "only one policy was run",
    "no baseline": "“stand alone” was not run",
    "no pressure": "States follow a script here",
    "nobody pays": "No ally bears a burden",
}


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("case", CASES)
def test_a_report_says_what_is_not_there(case: str, make_results: Maker) -> None:
    page = Page(report_html(make_results(**CASES[case])))
    assert SAYS[case] in page.texts["found"]
    assert "nan" not in page.texts["found"].lower()


@pytest.mark.usefixtures("no_figures")
def test_failed_runs_are_counted_by_error_and_the_first_are_listed(make_results: Maker) -> None:
    failed = [("stand_alone", k) for k in range(4)] + [("respond_as_allies", k) for k in range(3)]
    page = Page(report_html(make_results(8, failed=failed)))
    assert "7 of 24 runs failed" in page.texts["failed"]
    assert page.table("Errors, most frequent first")["no equilibrium"] == ["no equilibrium", "7"]
    listed = next(rows for caption, rows in page.tables.items() if caption.startswith("The first failed runs"))
    assert [row[1:3] for row in listed[1:]] == [["stand alone", str(k)] for k in range(4)] + [
        ["respond as allies", "0"]
    ]
    assert "7 runs of 24 failed and are left out" in page.texts["found"]


@pytest.mark.usefixtures("no_figures")
def test_the_scenario_s_measures_ranges_and_grades_are_listed(tmp_path: Path) -> None:
    text = SCENARIO.replace("replicates = 3", "replicates = 1").replace(
        "open = 0.05", "open = { uniform = [0.0, 0.1], default = 0.05 }"
    )
    text = text.replace('from = "2020Q4"', 'from = "2020Q4"\nsource = "customs (A); a sixth of it (B); judgement C"')
    page = Page(report_html(cs.simulate(write_tiny(tmp_path, text), ["stand_alone"])))
    row = page.table("Measures of the scenario")["coal"]
    assert row[2:7] == ["China, Australia", "coal", "open 0.05 (uniform 0 to 0.1)", "2020Q4 to the end", "A, B, C"]
    assert page.table("Numbers drawn anew")["economy.factor_mobility"] == [
        "economy.factor_mobility",
        "uniform 1.2 to 1.5",
        "1.5",
    ]


# ------------------------------------------------------------------ whole, same, honest


def test_the_same_results_give_the_same_bytes_wherever_they_lie(tmp_path: Path) -> None:
    import shutil

    results = cs.simulate(write_tiny(tmp_path), ["stand_alone"], replicates=2, out=tmp_path / "out")
    assert results.folder is not None
    first = write_report(results).read_bytes()
    shutil.copytree(results.folder, tmp_path / "elsewhere")
    again = write_report(cs.open_results(tmp_path / "elsewhere"), tmp_path / "new" / "r.html")
    assert again.read_bytes() == first
    assert again.name == "r.html"
    assert [p.name for p in again.parent.iterdir()] == ["r.html"]


@pytest.mark.usefixtures("no_figures")
def test_a_report_that_cannot_be_put_in_place_leaves_the_old_one(
    make_results: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "report.html"
    old.write_text("old", "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coercion_sim.files.writing.put_in_place", full)
    with pytest.raises(OSError, match="No space"):
        write_report(make_results(1, policies=("stand_alone",)), old)
    assert old.read_text("utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize(("package", "section"), [("SALib", "sensitivity")])
def test_a_missing_package_is_named_with_how_to_install_it(
    swept: Results, monkeypatch: pytest.MonkeyPatch, package: str, section: str
) -> None:
    real = indices.import_module

    def absent(name: str) -> Any:
        if name.startswith(package):
            raise ImportError(name=name)
        return real(name)

    monkeypatch.setattr(indices, "import_module", absent)
    page = Page(report_html(swept, ["target_loss_pv"], failing="target_loss_pv>q75"))
    assert package in page.texts[section]
    assert "pip install 'coercion-sim[analysis]'" in page.texts[section]
    assert page.table("Means over the design")["Loss of the target (present value)"]


@pytest.mark.usefixtures("no_figures")
def test_outcomes_asked_for_are_the_ones_shown_and_unknown_ones_are_refused(make_results: Maker) -> None:
    results = make_results(2)
    page = Page(report_html(results, ["burden_total", "attempts"]))
    assert list(page.table("Outcomes by policy"))[1:] == [
        "Burden of the allies (present value)",
        "Disputes with pressure",
    ]
    with pytest.raises(InvalidInput, match=r"burden_totl.*did you mean burden_total"):
        report_html(results, ["burden_totl"])


@pytest.mark.usefixtures("no_figures")
def test_unfinished_experiments_and_those_that_all_failed_are_refused(make_results: Maker) -> None:
    results = make_results(1)
    with pytest.raises(ResultsError, match="interrupted"):
        report_html(replace(results, manifest={**results.manifest, "status": "interrupted"}))
    every = [(policy, 0) for policy in results.policies]
    with pytest.raises(ResultsError, match="every run failed; the first error: no equilibrium"):
        report_html(make_results(1, failed=every))


def test_every_limit_is_printed_and_the_documentation_links_to_the_list(page: Page) -> None:
    assert len({limit.key for limit in limits()}) == len(limits()) > 6
    for limit in limits():
        assert limit.heading in page.texts["limits"]
        assert limit.text in page.texts["limits"]
    docs = Path(__file__).parents[2] / "docs"
    assert all("report/limits.toml" in (docs / name).read_text("utf-8") for name in ("report.md", "model.md"))


def test_provenance_holds_key_hashes_versions_seed_and_how_to_check(tiny: Results, page: Page) -> None:
    rows = page.table("Origin of these results")
    manifest = tiny.manifest
    assert rows["Key of the run"][1] == manifest["key"]
    assert rows["SHA-256 of the world"][1] == manifest["world"]["sha256"]
    assert rows["Seed"][1] == "11"
    assert f"numpy {np.__version__}" in rows["Other packages"][1]
    assert "coercion-sim verify FOLDER" in page.texts["provenance"]


@pytest.mark.usefixtures("no_figures")
def test_rates_of_disputes_and_what_was_deterred_are_told_where_states_choose(make_results: Maker) -> None:
    import pyarrow as pa

    from coercion_sim.outcomes import TABLES

    results = make_results(2, policies=("stand_alone", "respond_as_allies"))
    rows = []
    for policy, pressed in (("stand_alone", 8), ("respond_as_allies", 4)):
        for k in range(2):
            for n in range(10):
                ending = "backed_down" if n < pressed else "no_pressure"
                rows.append({"policy": policy, "replicate": k, "coercer": "CHN", "target": "AUS", "step": n})
                rows[-1] |= {"pressed": int(n < pressed), "ending": ending}
    blank = {"str": "", "int": 0, "float": math.nan}
    types = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}
    columns = {
        c.name: pa.array([row.get(c.name, blank[c.type]) for row in rows], types[c.type]) for c in TABLES["disputes"]
    }
    scenario = {"name": "dispute", "content": {"conduct": "strategic"}}
    held = {**results._tables, "disputes": pa.table(columns)}
    page = Page(report_html(replace(results, manifest={**results.manifest, "scenario": scenario}, _tables=held)))
    assert "Under “stand alone”, 20 disputes arose; the coercer pressed in 80 %" in page.texts["found"]
    assert "Under “respond as allies”, 20 disputes arose; the coercer pressed in 40 %" in page.texts["found"]
    measures = page.table("Measures of the scenario")
    assert [measures[name][-1] for name in ("coal", "wine", "beef")] == ["not played: states choose"] * 3
    assert (
        "Of the disputes that somebody chose to press under “stand alone”, “respond as allies” deters 50 %"
        in page.texts["found"]
    )
    assert page.table("Rates of disputes")["Disputes that arose (count)"][1:3] == ["20", "20"]
    package = pa.array(["script" if row["step"] == 0 else "" for row in rows])
    at = held["disputes"].column_names.index("package")
    held["disputes"] = held["disputes"].set_column(at, "package", package)
    manifest = {
        **results.manifest,
        "scenario": scenario | {"content": {"conduct": "strategic", "dispute": {"scripted_until": "2021Q1"}}},
    }
    page = Page(report_html(replace(results, manifest=manifest, _tables=held, _cache={})))
    # Of each policy's twenty the first of both replicates was pressed: 14 of the other 18 are, and 6.
    assert "18 disputes arose and 2 continued from the script, which nobody chose" in page.texts["found"]
    assert "the coercer pressed in 78 %" in page.texts["found"]
    assert page.table("Measures of the scenario")["coal"][-1] == "2020Q3 to 2020Q4, then as states choose"
    assert "States follow a script" not in page.texts["found"]


@pytest.mark.usefixtures("no_figures")
def test_a_sweep_s_report_names_the_differences_that_are_not_shown(swept: Results) -> None:
    from coercion_sim.report import contents, sweep

    page = Page(report_html(swept, ["target_loss_pv"]))
    answer = cs.analyse(swept, ["target_loss_pv"])
    (row,) = answer.overall(answer.contrasts)
    assert row.high < 0.0  # allies surely help: it is not among what is not shown
    assert "No difference from" not in page.texts["found"]
    unclear = replace(answer, contrasts=(replace(row, high=0.5),))
    told = sweep.uncertain(contents.gather(swept, ("target_loss_pv",)), unclear)
    assert any("its interval holds 0: loss of the target (present value) under “respond as allies”" in t for t in told)
