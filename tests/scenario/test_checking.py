"""What is wrong with a scenario is found all at once: key, line, value, what is allowed, the nearest spelling."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scenario_text import SMALL, line_of

from coercion_sim.experiments import make_design
from coercion_sim.scenario import check_scenario, load_scenario, scenario_folder, warnings_of


def test_the_small_scenario_is_right(bench) -> None:
    assert bench.problems() == []


@pytest.mark.parametrize(
    ("old", "new", "key", "suggestion"),
    [
        ('by = "CHN"', 'by = "CHM"', "measures.coal.by", "CHN"),
        ('on = "AUS"', 'on = "UAS"', "measures.coal.on", "AUS"),
        ('target = "AUS"', 'target = "Austrailia"', "actors.target", "AUS"),
        ('sectors = ["coal"]', 'sectors = ["wine", "coall"]', "measures.coal.sectors[2]", "coal"),
        ('sectors = ["coal"]', 'sectors = ["gods"]', "measures.coal.sectors[1]", "goods"),
        ('world = "tiny"', 'world = "tinny"', "world", "tiny"),
        ('kind = "import_ban"', 'kind = "import_bann"', "measures.coal.kind", "import_ban"),
        ('"respond_as_allies"]', '"respond_as_alies"]', "policies[2]", "respond_as_allies"),
        ('"respond_as_allies"]', '"stand_alone+respond_as_alies"]', "policies[2]", "respond_as_allies"),
        ("[policy.respond_as_allies]", "[policy.respond_alies]", "policy.respond_alies", "respond_as_allies"),
        ("fraction = 0.5", "fracton = 0.5", "policy.respond_as_allies.fracton", "fraction"),
        ("fraction = 0.5", 'instruments = ["absorbe"]', "policy.respond_as_allies.instruments[1]", "absorb"),
        ("fraction = 0.5", 'allies = ["KRO"]', "policy.respond_as_allies.allies[1]", "KOR"),
        ("factor_mobility = 1.5", "factor_mobilty = 1.5", "economy.factor_mobilty", "factor_mobility"),
        ("factor_mobility = 1.5", 'elasticities = "rausch"', "economy.elasticities", "rauch"),
        ("factor_mobility = 1.5", 'stuck = ["coall"]', "economy.stuck[1]", "coal"),
        ("factor_mobility = 1.5", 'stuck = "coal"\nstuck_states = ["AUX"]', "economy.stuck_states[1]", "AUS"),
        (
            "factor_mobility = 1.5",
            "adjustment_rate = 1\nshort_run_elasticity = { gods = 2.0 }",
            "economy.short_run_elasticity.gods",
            "goods",
        ),
        ("factor_mobility = 1.5", 'closure = "aditive"', "economy.closure", "additive"),
        ("quarters = 8", "quarters = 8\nreplicats = 3", "replicats", "replicates"),
        (
            "quarters = 8",
            "quarters = 8\n[report]\noutcomes = ['real_incom']\n[ignore]",
            "report.outcomes[1]",
            "real_income",
        ),
        ('from = "2020Q2"', 'from = "2020-05-19"', "measures.coal.from", "2020Q2"),
        ('from = "2020Q2"', "from = 2020-05-19", "measures.coal.from", "2020Q2"),
        ("open = 0.1", 'open = 0.1\npurpose = "retaliation"', "measures.coal.purpose", "retaliate"),
        ("open = 0.1", "open = '0.1'", "measures.coal.open", "0.1"),
        ("open = 0.1", "open = 0.1\ninstrumnt = 'x'", "measures.coal.instrumnt", "instrument"),
    ],
)
def test_a_misspelling_is_found_on_its_line_with_the_right_spelling(bench, old, new, key, suggestion) -> None:
    text = SMALL.replace(old, new)
    assert text != SMALL
    found = [p for p in bench.problems(text) if p.key == key]
    assert len(found) == 1, [str(p) for p in bench.problems(text)]
    assert found[0].suggestion == suggestion
    name = key.rpartition(".")[2].partition("[")[0]
    lines = text.split("\n")
    assert name in lines[found[0].line - 1] or key.startswith("policies")


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("open = 0.1", "open = -2", "measures.coal.open", "out of range"),
        ("open = 0.1", "open = true", "measures.coal.open", "must be a number"),
        ("open = 0.1", "open = '0.1'", "measures.coal.open", "must be a number"),
        ("open = 0.1", "open = nan", "measures.coal.open", "not a number"),
        ("open = 0.1", "", "measures.coal.open", "must be given for import_ban"),
        ("fraction = 0.5", "fraction = true", "policy.respond_as_allies.fraction", "must be a number"),
        ("fraction = 0.5", "fraction = 1.5", "policy.respond_as_allies.fraction", "out of range"),
        ("quarters = 8", "quarters = 8\nseed = true", "seed", "must be a whole number"),
        ("quarters = 8", "quarters = 8\nreplicates = 2.5", "replicates", "must be a whole number"),
        ("quarters = 8", "quarters = 8\nschema = 2", "schema", "not one of the values allowed"),
        ("factor_mobility = 1.5", "factor_mobility = 0.9", "economy.factor_mobility", "out of range"),
        ("factor_mobility = 1.5", "adjustment_rate = 0", "economy.adjustment_rate", "out of range"),
        ("factor_mobility = 1.5", "adjustment_rate = inf", "economy.adjustment_rate", "out of range"),
        ("factor_mobility = 1.5", "input_output = 1", "economy.input_output", "must be true or false"),
        ("factor_mobility = 1.5", "input_substitution = -0.1", "economy.input_substitution", "out of range"),
        (
            "factor_mobility = 1.5",
            "input_substitution = { uniform = [-0.1, 0.5], default = 0.3 }",
            "economy.input_substitution",
            "within its uncertainty",
        ),
        ("factor_mobility = 1.5", "stuck_until = '2020Q4'", "economy.stuck_until", "has no effect without stuck"),
        ("factor_mobility = 1.5", "stuck_states = ['AUS']", "economy.stuck_states", "has no effect without stuck"),
        (
            "factor_mobility = 1.5",
            "stuck = ['coal']\nstuck_until = '2019Q4'",
            "economy.stuck_until",
            "lies before the run",
        ),
        ("factor_mobility = 1.5", "short_run_elasticity = 2", "economy.short_run_elasticity", "slows trade down twice"),
        (
            "factor_mobility = 1.5",
            "adjustment_rate = 1\nshort_run_elasticity = { goods = 0.0 }",
            "economy.short_run_elasticity",
            "out of range",
        ),
        ('until = "2021Q1"', 'until = "2020Q1"', "measures.coal.until", "ends before it starts"),
        ('until = "2021Q1"', 'until = "2022Q1"', "measures.coal.until", "outside the run"),
        ('from = "2020Q2"', 'from = "2019Q4"', "measures.coal.from", "outside the run"),
        ('from = "2020Q2"', 'from = "2020Q5"', "measures.coal.from", "not a quarter"),
        ('on = "AUS"', 'on = "CHN"', "measures.coal.on", "cannot act on itself"),
        ('target = "AUS"', 'target = "CHN"', "actors.target", "own target"),
        ('sectors = ["coal"]', "", "measures.coal.sectors", "must be given"),
        ('kind = "import_ban"', 'kind = "transfer"\namount = 5', "measures.coal.sectors", "takes no sectors"),
        ('start = "2020Q1"', "", "start", "must be given"),
        ('policies = ["stand_alone", "respond_as_allies"]', "policies = []", "policies", "must not be empty"),
        ('"respond_as_allies"]', '"stand_alone"]', "policies[2]", "listed twice"),
        ("[economy]\nfactor_mobility = 1.5", "economy = 3", "economy", "must be a table"),
        ("[[measures]]", "[measures]", "measures", "must be a list"),
        ('name = "coal"', 'name = "co.al"', "measures.co.al.name", "not allowed"),
    ],
)
def test_what_does_not_fit_is_said_of_its_key(bench, old, new, key, says) -> None:
    text = SMALL.replace("schema = 1\n", "") if "schema" in new else SMALL
    text = text.replace(old, new)
    found = [p for p in bench.problems(text) if p.key == key and says in p.message]
    assert len(found) == 1, [str(p) for p in bench.problems(text)]


def test_a_rate_of_minus_two_is_refused_with_the_range(bench) -> None:
    text = SMALL.replace('kind = "import_ban"', 'kind = "import_tariff"').replace("open = 0.1", "rate = -2")
    problem = bench.only(text)
    assert (problem.key, problem.found, problem.line) == ("measures.coal.rate", "-2", line_of(text, "rate = -2"))
    assert "0 to 1000" in problem.allowed


@pytest.mark.parametrize("wrong", ["rate", "factor", "amount"])
def test_the_size_key_of_another_kind_is_refused(bench, wrong: str) -> None:
    problem = bench.only(bench.changed("open = 0.1", f"open = 0.1\n{wrong} = 1"))
    assert problem.key == f"measures.coal.{wrong}"
    assert problem.suggestion == "open"


WINE = """
[[measures]]
name = "{name}"
kind = "{kind}"
by = "{by}"
on = "AUS"
sectors = ["{sector}"]
{size}
from = "{start}"
"""


def second(name="help", kind="import_subsidy", by="CHN", sector="coal", size="rate = 0.1", start="2020Q3") -> str:
    return SMALL + WINE.format(name=name, kind=kind, by=by, sector=sector, size=size, start=start)


def test_two_measures_of_one_name_are_refused_and_both_lines_said(bench) -> None:
    text = second(name="coal", sector="wine")
    problem = bench.only(text)
    assert problem.line == text[: text.rindex('name = "coal"')].count("\n") + 1
    assert f"line {text[: text.index(chr(91) * 2)].count(chr(10)) + 2}" in problem.allowed


@pytest.mark.parametrize("sector", ["coal", "goods", "all"])
@pytest.mark.parametrize(("kind", "size"), [("import_subsidy", "rate = 0.1"), ("facilitation", "factor = 0.9")])
def test_a_ban_and_help_for_the_same_flow_contradict_each_other(bench, sector: str, kind: str, size: str) -> None:
    problem = bench.only(second(sector=sector, kind=kind, size=size))
    assert "contradicts coal" in problem.message
    assert problem.key == "measures.help"


@pytest.mark.parametrize(
    "other", [{"by": "USA"}, {"sector": "wine"}, {"start": "2021Q2"}, {"kind": "import_tariff", "size": "rate = 0.1"}]
)
def test_another_state_sector_or_time_or_a_second_hindrance_is_no_contradiction(bench, other: dict[str, str]) -> None:
    assert bench.problems(second(**other)) == []


def test_all_mistakes_are_reported_together_in_the_order_of_the_file(bench) -> None:
    text = (
        SMALL.replace('world = "tiny"', 'world = "tiny"\nworlds = 1')
        .replace("factor_mobility = 1.5", "factor_mobility = 0.1")
        .replace('by = "CHN"', 'by = "CHM"')
        .replace("open = 0.1", "open = 7")
        .replace('until = "2021Q1"', 'until = "2020Q1"')
        .replace("fraction = 0.5", "fraction = 'half'")
    )
    problems = bench.problems(text)
    assert [p.key for p in problems] == [
        "worlds",
        "economy.factor_mobility",
        "measures.coal.by",
        "measures.coal.open",
        "measures.coal.until",
        "policy.respond_as_allies.fraction",
    ]
    assert [p.line for p in problems] == sorted(p.line for p in problems)


def test_a_measure_with_an_unknown_key_has_its_labels_checked_all_the_same(bench) -> None:
    text = SMALL.replace('by = "CHN"', 'by = "CHM"').replace("open = 0.1", "open = 0.1\nopne = 1")
    assert {p.key for p in bench.problems(text)} == {"measures.coal.by", "measures.coal.opne"}


def test_a_state_misspelt_among_the_actors_is_reported_once_not_in_every_policy(bench) -> None:
    text = SMALL.replace('"respond_as_allies"]', '"integrate_economies"]').replace(
        'coercer = "CHN"', 'coercer = "CHN"\nbloc = ["AUS", "JPM"]'
    )
    assert bench.only(text).key == "actors.bloc[2]"


def test_infinite_factor_mobility_is_one_mobile_factor(bench) -> None:
    s = bench.load(SMALL.replace("factor_mobility = 1.5", "factor_mobility = inf"))
    assert s.economy_parameters().one_factor


def test_a_run_shortened_by_an_override_keeps_the_dates_of_its_file(bench) -> None:
    s = bench.load(overrides=["quarters=3"])
    assert [m.name for m in s.measures_as_data()] == ["coal"]
    assert bench.load(overrides=["quarters=1"]).measures_as_data() == ()


def test_a_tariff_that_was_meant_in_percent_is_doubted(bench) -> None:
    tariff = SMALL.replace('kind = "import_ban"', 'kind = "import_tariff"')
    (warning,) = warnings_of(bench.load(tariff.replace("open = 0.1", "rate = 25")))
    assert (warning.key, warning.found, warning.suggestion) == ("measures.coal.rate", "25", "0.25")
    (warning,) = warnings_of(bench.load(tariff.replace("open = 0.1", "rate = 2.18")))
    assert warning.suggestion == "0.0218"
    assert warnings_of(bench.load(tariff.replace("open = 0.1", "rate = 2.0"))) == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("factor_mobility = 1.5", "near_substitution = 3", "economy.near_substitution", "without near_substitutes"),
        ("factor_mobility = 1.5", "short_run_rate = 0.5", "economy.short_run_rate", "without short_run_elasticity"),
        ("open = 0.1", "open = 0.1\nphase_in = 80", "measures.coal.phase_in", "at most [0-9]+ %"),
    ],
)
def test_a_number_that_acts_on_nothing_or_never_in_full_is_warned_of(bench, old, new, key, says) -> None:
    (warning,) = warnings_of(bench.load(SMALL.replace(old, new)))
    assert warning.key == key
    assert re.search(says, warning.message)
    assert warnings_of(bench.load(SMALL.replace("open = 0.1", "open = 0.1\nphase_in = 2"))) == ()


@pytest.mark.parametrize(
    ("kind", "size", "key"),
    [
        ("import_ban", "open = 1", "open"),
        ("import_ban", "left = 1", "left"),
        ("import_barrier", "factor = 1.0", "factor"),
        ("import_tariff", "rate = 0", "rate"),
        ("military", "loss = 0", "loss"),
        ("transfer", "amount = 0", "amount"),
    ],
)
def test_a_measure_of_a_size_that_changes_nothing_is_warned_of(bench, kind: str, size: str, key: str) -> None:
    sectors = "" if kind in ("military", "transfer") else 'sectors = ["coal"]\n'
    text = f'[[measures]]\nname = "idle"\nkind = "{kind}"\nby = "CHN"\non = "AUS"\n{sectors}{size}\n'
    text = f"{SMALL}\n{text}"
    (warning,) = warnings_of(bench.load(text))
    assert (warning.key, warning.line) == (f"measures.idle.{key}", text.rstrip().count("\n") + 1)
    assert "changes nothing" in warning.message


def test_a_ban_of_what_is_not_sold_is_warned_of_and_a_size_that_may_act_is_not(bench) -> None:
    ban = 'name = "idle"\nkind = "import_ban"\nby = "CHN"\non = "KOR"\nsectors = ["wine"]\nopen = 0.1\n'
    (warning,) = [w for w in warnings_of(bench.load(f"{SMALL}\n[[measures]]\n{ban}")) if "no effect" in w.message]
    assert warning.key == "measures.idle.sectors"
    assert warning.message == "has no effect: in this world KOR sells CHN none of wine"
    range_ = "open = { uniform = [0.0, 1.0], default = 1.0 }"
    assert warnings_of(bench.load(SMALL.replace("open = 0.1", range_))) == ()


@pytest.mark.parametrize(
    ("new", "key", "says"),
    [
        ('allies = ["CHN", "AUS"]', "policy.respond_as_allies.allies", "names only the coercer and the target"),
        ("instruments = []", "policy.respond_as_allies.instruments", "lists no instrument"),
        ("min_strength = 0.95", "policy.respond_as_allies.min_strength", "no state is bound to AUS by 0.95 or more"),
    ],
)
def test_a_policy_under_which_nobody_helps_is_warned_of(bench, new: str, key: str, says: str) -> None:
    for conduct in ("scripted", "strategic"):
        found = warnings_of(bench.load(SMALL.replace("fraction = 0.5", new), [f"conduct={conduct}"]))
        (warning,) = [w for w in found if "nobody" in w.message]
        assert (warning.key, warning.line) == (key, SMALL.count("\n"))
        assert says in warning.message
        assert warning.message.endswith("as under stand_alone")


def test_a_target_without_allies_is_warned_of_at_the_policy_s_name(bench) -> None:
    text = SMALL.replace('on = "AUS"', 'on = "KOR"').replace('target = "AUS"', 'target = "KOR"')
    (warning,) = warnings_of(bench.load(text.partition("[policy")[0]))
    assert (warning.key, warning.line) == ("policies[2]", line_of(text, "policies"))
    assert "no state is bound to KOR" in warning.message
    assert warnings_of(bench.load(SMALL)) == ()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('[cooperation]\nvalue = 1\nrivals = ["CHN"]\npartners = ["JPN", "CHN"]', "cooperation.partners"),
        ("[cooperation]\nspill = 0.3", "cooperation.spill"),
    ],
)
def test_cooperation_with_oneself_or_without_worth_is_warned_of(bench, table: str, key: str) -> None:
    assert [w.key for w in warnings_of(bench.load(f"{SMALL}\n{table}\n"))] == [key]
    right = '[cooperation]\nvalue = 1\nspill = 0.3\nrivals = ["CHN"]\npartners = ["JPN"]'
    assert warnings_of(bench.load(f"{SMALL}\n{right}\n")) == ()


def test_a_competitor_that_is_the_target_is_warned_of(bench) -> None:
    text = SMALL.replace('target = "AUS"', 'target = "AUS"\ncompetitor = "AUS"')
    assert [w.key for w in warnings_of(bench.load(text))] == ["actors.competitor"]


def test_a_target_nobody_presses_is_warned_of(bench) -> None:
    (warning,) = warnings_of(bench.load(SMALL.replace('target = "AUS"', 'target = "JPN"')))
    assert (warning.key, warning.found, warning.allowed) == ("actors.target", "JPN", "AUS")


def test_a_block_no_policy_uses_is_warned_of(bench) -> None:
    text = SMALL.replace('"respond_as_allies"]', "]").replace(", ]", "]")
    (warning,) = warnings_of(bench.load(text))
    assert (warning.key, warning.severity) == ("policy.respond_as_allies", "warning")
    assert warning.line == line_of(text, "[policy.respond_as_allies]")


def test_a_block_of_the_file_extended_is_nobody_s_mistake(bench) -> None:
    bench.write()
    path = bench.write('extends = "./small.toml"\npolicies = ["stand_alone"]\n', "short.toml")
    assert warnings_of(load_scenario(path)) == ()


@pytest.mark.parametrize("length", [100, 101, 300])
def test_a_name_too_long_for_a_folder_is_refused(bench, length: int) -> None:
    problems = bench.problems(SMALL.replace('name = "small"', f'name = "{"a" * length}"'))
    assert [p.key for p in problems] == ["name"] * (length > 100)
    assert all(str(length) in p.message and len(str(p)) < 300 for p in problems)


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["dispute.draws=fixed", "dispute.row=3"], "dispute.row"),
        (["dispute.ban_left=0.1", "dispute.leakage=0.2"], "dispute.leakage"),
        (["dispute.control_left=0.1", "dispute.control=2"], "dispute.control"),
    ],
)
def test_keys_of_dispute_that_do_not_go_together_are_named(bench, overrides: list[str], key: str) -> None:
    problem = bench.only(SMALL, overrides)
    assert problem.key == key
    assert problem.found == overrides[-1].partition("=")[2]


OPENED = '[[dispute.opened]]\nquarter = "2020Q2"\ncoercer = "CHN"\ntarget = "AUS"\n'


@pytest.mark.parametrize(
    ("dispute", "key", "says"),
    [
        (OPENED.replace("2020Q2", "2022Q1"), "dispute.opened[1].quarter", "lies outside the run"),
        (OPENED.replace("2020Q2", "2019Q4"), "dispute.opened[1].quarter", "lies outside the run"),
        ('[dispute]\nscripted_until = "2050Q1"', "dispute.scripted_until", "lies outside the run"),
        ('[dispute]\nscripted_until = "2010Q1"', "dispute.scripted_until", "lies outside the run"),
        (OPENED.replace('"AUS"', '"China"'), "dispute.opened[1].target", "cannot act on itself"),
        (OPENED + OPENED, "dispute.opened[2]", "no. 1 a second time"),
        ('[dispute]\ncoercers = ["CHN"]\ntargets = ["CHN"]', "dispute.targets", "names only the state that presses"),
        (
            '[[dispute.challengers]]\nstate = "CHN"\ntargets = ["CHN"]',
            "dispute.challengers[1].targets",
            "names only the state that presses",
        ),
        ("[dispute]\npackages = []", "dispute.packages", "must not be empty"),
        ('[dispute]\npackages = ["narrow", "narrow"]', "dispute.packages[2]", "is listed twice"),
        (
            '[[dispute.challengers]]\nstate = "CHN"\ntargets = ["AUS"]\npackages = ["narrow", "narrow"]',
            "dispute.challengers[1].packages[2]",
            "is listed twice",
        ),
    ],
)
def test_a_dispute_that_cannot_arise_or_is_named_twice_is_refused(bench, dispute: str, key: str, says: str) -> None:
    text = f"{SMALL}\n{dispute}\n"
    problem = bench.only(text, ["conduct=strategic"])
    assert problem.key == key
    assert says in problem.message
    assert problem.line > SMALL.count("\n")
    assert bench.problems(f"{SMALL}\n{OPENED}{OPENED.replace('2020Q2', '2021Q4')}", ["conduct=strategic"]) == []


def test_who_set_a_number_of_behaviour_is_told_apart(bench) -> None:
    text = SMALL + "\n[dispute]\nrationality = 4\n"
    words = bench.load(text, ["dispute.interest=0.02"]).behaviour
    assert "the file sets rationality" in words
    assert "the command line sets interest" in words


def test_replicates_of_what_is_certain_are_one_run(bench) -> None:
    certain = SMALL.replace("quarters = 8", "quarters = 8\nreplicates = 5")
    scenario = bench.load(certain)
    assert [w.key for w in warnings_of(scenario)] == ["replicates"]
    assert make_design(scenario).replicates == 1
    assert make_design(scenario, replicates=3).replicates == 3
    assert warnings_of(scenario, replicates=1) == ()
    (asked,) = warnings_of(scenario, replicates=3)
    assert (asked.file, asked.key, asked.found) == ("--replicates", "replicates", "3")
    uncertain = certain.replace("factor_mobility = 1.5", "factor_mobility = { uniform = [1.2, 1.5], default = 1.5 }")
    assert make_design(bench.load(uncertain)).replicates == 5
    assert make_design(bench.load(certain, ["conduct=strategic"])).replicates == 5


# ------------------------------------------------------------------ a share left, states of disputes


def test_a_share_left_reaches_the_measure(bench) -> None:
    (measure, *_) = bench.load(SMALL.replace("open = 0.1", "left = 0.1")).measures_as_data()
    assert measure.left == 0.1
    assert measure.size != measure.size  # not a number until it is solved for


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("open = 0.1\nleft = 0.1", "cannot be given with open"),
        ("left = 1.5", "out of range"),
        ("left = -0.1", "out of range"),
        ("left = 'a'", "number"),
    ],
)
def test_a_share_left_is_checked(bench, new: str, says: str) -> None:
    found = [p for p in bench.problems(SMALL.replace("open = 0.1", new)) if p.key == "measures.coal.left"]
    assert len(found) == 1
    assert says in found[0].message


def test_a_tariff_states_no_share_left(bench) -> None:
    text = SMALL.replace('kind = "import_ban"', 'kind = "import_tariff"').replace("open = 0.1", "left = 0.5")
    (found,) = [p for p in bench.problems(text) if p.key == "measures.coal.left"]
    assert found.suggestion == "rate"


WRONG_STATES = """
coercers = ["CHM"]
targets = ["AUS", "JPX"]
decides = { KOT = "rule" }

[[dispute.opened]]
quarter = "2020Q2"
coercer = "CHN"
target = "NZLL"
"""


@pytest.mark.usefixtures("shipped_world")
def test_every_unknown_state_of_a_dispute_is_named_with_its_line(tmp_path: Path) -> None:
    flagship = (scenario_folder() / "australia-2020.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    before, after = flagship.replace('conduct = "scripted"', 'conduct = "strategic"').split("[dispute]")
    path.write_text(f"{before}[dispute]{WRONG_STATES}{after.partition(']')[2]}", encoding="utf-8")
    problems = check_scenario(path)
    first = before.count("\n")
    assert {(p.found, p.suggestion, p.line) for p in problems} == {
        ("CHM", "CHN", first + 2), ("JPX", "JPN", first + 3), ("KOT", "KOR", first + 4), ("NZLL", "NZL", first + 9),
    }  # fmt: skip


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize(
    ("dependence", "says"),
    [
        (0.3, "SAU sells CHN none of copper_ores, and cannot retaliate for AUS"),
        (0.9, "nobody retaliates for AUS: of no good do its allies together supply 0.9 of CHN's imports"),
    ],
)
def test_retaliation_by_who_sells_nothing_to_cut_off_is_warned_of(dependence: float, says: str) -> None:
    """Chile sells China copper ores (.31 of its imports), Saudi Arabia none."""
    agreed = ['policy.respond_as_allies.allies=["CHL", "SAU"]', f"policy.respond_as_allies.dependence={dependence}"]
    strikes = [*agreed, 'policy.respond_as_allies.instruments=["statement", "retaliate"]']
    (warning,) = [w for w in warnings_of(load_scenario("australia-2020", strikes)) if "retaliate" in w.message]
    assert (warning.message, warning.key, warning.severity) == (says, "policy.respond_as_allies", "warning")
    tariff = [*strikes, 'policy.respond_as_allies.retaliate_with="import_tariff"']
    for harmless in (tariff, [*strikes, "policy.respond_as_allies.retaliate_open=1.0"]):
        assert not [w for w in warnings_of(load_scenario("australia-2020", harmless)) if "retaliate for" in w.message]
