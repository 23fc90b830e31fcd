"""The data dictionary of results: every table and column a run writes, with type, unit and meaning."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a results table. `type` is ``str``, ``int`` or ``float`` (float may be missing).

    `constant_by_design`: (condition, reason) pairs. Under such a condition (see `Scenario.conditions`) the outcome is
    the same in every replicate, or where the reason says so may be; elsewhere one that never varies would be a fault.
    """

    name: str
    type: str
    unit: str
    meaning: str
    constant_by_design: tuple[tuple[str, str], ...] = ()


#: Columns that say which run a row belongs to. `point` is written by who runs the design: one run knows of one point.
POINT = Column("point", "int", "count from 0", "point of a sweep's design; 0 where no parameter is varied")
KEYS = (
    POINT,
    Column("policy", "str", "name", "policy, or policies joined by +"),
    Column("replicate", "int", "count from 0", "replicate; the same replicate of two policies is the same world"),
)
_QUARTER = (
    *KEYS,
    Column("quarter", "str", "label", "quarter, e.g. 2020Q2"),
    Column("step", "int", "quarters", "quarters since the start"),
)

RUNS = (
    *KEYS,
    Column("seed", "int", "integer", "root seed"),
    Column("status", "str", "name", "ok or failed"),
    Column("error", "str", "text", "the error of a failed run, empty otherwise"),
    Column("sweeps", "int", "count", "solver sweeps over all quarters"),
    Column("worst_residual", "float", "log points", "largest residual of any quarter's equilibrium"),
    Column("cut_needed", "float", "fraction", "integrate_economies: cut of iceberg costs found; 0 without it"),
)
STATES = (
    *_QUARTER,
    Column("state", "str", "ISO3", "state"),
    Column(
        "real_income",
        "float",
        "pct_gdp",
        "change of real income against the baseline, adjustment cost and cooperation lost deducted",
    ),
    Column(
        "coercion_effect",
        "float",
        "pct_gdp",
        "real income against the same run without coercive measures and answers to them",
    ),
    Column("real_factor_income", "float", "percent", "change of factor income over the final-demand price index"),
    Column("real_gdp", "float", "percent", "change of value added at baseline prices (double deflation)"),
    Column("help_paid", "float", "US$ million a year", "compensation and import subsidies paid for the target"),
    Column("help_received", "float", "US$ million a year", "the same, received: money, and subsidies on own goods"),
    Column("burden", "float", "pct_gdp", "real income lost from own responses: run without them less run with them"),
    Column("security_loss", "float", "pct_gdp", "grey-zone pressure, disinformation, escalation; not in real_income"),
    Column("cooperation_loss", "float", "pct_gdp", "climate and health cooperation lost to spill-over"),
    Column("adjustment_cost", "float", "pct_gdp", "income lost while factors change sector under integration"),
    Column(
        "integration_index",
        "float",
        "share",
        "(goods trade with bloc - with competitor) / all foreign goods trade, of any state; 0 without a bloc",
    ),
    Column("exports", "float", "percent", "change of exports net of tariffs, at current prices; 0 of none at baseline"),
)
SECTORS = (
    *_QUARTER,
    Column("coercer", "str", "ISO3", "state that acts"),
    Column("target", "str", "ISO3", "state acted on"),
    Column("sector", "str", "name", "sector"),
    Column(
        "lost_quantity",
        "float",
        "US$ million a year at baseline prices",
        "fall of sales to the coercer, volume, against no measures",
    ),
    Column(
        "gained_quantity",
        "float",
        "US$ million a year at baseline prices",
        "rise of sales to other foreign buyers, volume",
    ),
    Column("lost_value", "float", "US$ million a year", "fall of sales to the coercer, current prices"),
    Column("gained_value", "float", "US$ million a year", "rise of sales to other foreign buyers, current prices"),
    Column("supplier_price", "float", "percent", "change of the target's supplier price against no measures"),
)
QUARTERS = (
    *_QUARTER,
    Column("coercive_measures", "int", "count", "coercive measures in force"),
    Column("responses", "int", "count", "measures of other states in answer"),
    Column("help_total", "float", "US$ million a year", "help paid by all allies"),
    Column(
        "help_ceiling",
        "float",
        "US$ million a year",
        "loss of income of the targets, quarter before, help added back: ceiling of help; 0 without pressure",
    ),
    Column("sweeps", "int", "count", "solver sweeps"),
    Column("residual", "float", "log points", "residual of the equilibrium"),
)
EVENTS = (
    *_QUARTER,
    Column("event", "str", "name", "measure_starts, measure_ends, response_starts, response_ends, integration, ..."),
    Column("state", "str", "ISO3", "state that acts"),
    Column("on", "str", "ISO3", "state acted on, empty where none"),
    Column("text", "str", "text", "what happened"),
)

DISPUTES = (
    *KEYS,
    Column("coercer", "str", "ISO3", "state that may press"),
    Column("target", "str", "ISO3", "state that may be pressed"),
    Column("quarter", "str", "label", "quarter the dispute arose"),
    Column("step", "int", "quarters", "the same, counted from the start"),
    Column("stake_coercer", "float", "pct_gdp", "v_C of the coercer's true type"),
    Column("stake_target", "float", "pct_gdp", "v_T of the target's true type"),
    Column("firm", "int", "0 or 1", "whether the coercer is firm"),
    Column("resolved", "int", "0 or 1", "whether the target is resolved"),
    Column("pressed", "int", "0 or 1", "whether it pressed"),
    Column("package", "str", "name", "package demanded with, empty without pressure"),
    Column(
        "ending", "str", "name", "no_pressure, conceded_to_demand, backed_down, conceded, settled, lifted or unended"
    ),
    Column("imposed", "str", "label", "first quarter of the measures, empty where none were imposed"),
    Column("ended", "str", "label", "quarter without them again, empty where there is none"),
    Column(
        "length", "float", "quarters", "quarters in force, to the end of the run where unended; missing if not imposed"
    ),
    Column("answers", "str", "text", "what each ally chose"),
    Column("belief_target", "float", "probability", "mu at the end: that the target is resolved"),
    Column("belief_coercer", "float", "probability", "nu at the end: that the coercer is firm"),
    Column(
        "table_effect", "float", "pct_gdp", "effect on the target the choices were made by, mean over quarters in force"
    ),
    Column("realised_effect", "float", "pct_gdp", "effect on the target on the realised path, same quarters"),
)

_SCRIPTED = ("scripted", "the file says who presses whom, with what and for how long")
_UNTESTED = ("scripted", "no belief is tested where nobody chooses")
_UNANSWERED = ("unanswered", "the policy asks nobody to answer")
_UNPLEDGED = ("unpledged", "no promise is made; help without one is rare and may be in no replicate")
_FIXED = ("scripted", "the policy says who answers, and for how long")
_NO_TARGET = ("no target", "the scenario names no target")
_NO_COERCER = ("no coercer", "the scenario names no coercer")
_NO_BLOC = ("no bloc", "no bloc is named")
_NO_HELP = (_UNANSWERED, _UNPLEDGED)
_ALONE = ("sides", "where all but one leave, one bears everything")
_NOT_SHUT = ("nothing shut out", "no pressure closes the coercer's market")
_NO_PAIR = (_NO_COERCER, _NO_TARGET)
_COUNT = "count"

#: One row for every run, each column a number in every run: what there is nothing of is 0.
OUTCOMES = (
    *KEYS,
    Column("disputes", "float", _COUNT, "disputes that arose; scripted: pairs of states under pressure", (_SCRIPTED,)),
    Column("attempts", "float", _COUNT, "disputes in which the coercer pressed", (_SCRIPTED,)),
    Column("threatened", "float", _COUNT, "of these, with a demand before anything was imposed", (_SCRIPTED,)),
    Column("conceded_to_demand", "float", _COUNT, "demands the target yielded to", (_SCRIPTED,)),
    Column("backed_down", "float", _COUNT, "demands the coercer dropped", (_SCRIPTED,)),
    Column("carried_out", "float", _COUNT, "disputes in which something was imposed", (_SCRIPTED,)),
    Column("successes", "float", _COUNT, "disputes the coercer won; a settlement counts its share", (_SCRIPTED,)),
    Column("objective_rate", "float", "share", "successes of disputes; 0 without disputes", (_SCRIPTED,)),
    Column("success_rate", "float", "share", "won or settled later, of what was imposed; 0 without", (_SCRIPTED,)),
    Column("pressure_quarters", "float", "quarters", "quarters under pressure, summed over pairs", (_SCRIPTED,)),
    Column("mean_length", "float", "quarters", "of what was imposed, to the end of the run; 0 without", (_SCRIPTED,)),
    Column(
        "beyond_trade",
        "float",
        "share",
        "of what was pressed with, pressure that is not trade alone; 0 without",
        (_SCRIPTED, ("trade only", "no other means are in the scenario")),
    ),
    Column(
        "target_loss_pv",
        "float",
        "pct_gdp",
        "present value of the loss of the scenario's target by coercion; 0 without",
        (_NO_TARGET,),
    ),
    Column(
        "coercer_cost_pv",
        "float",
        "pct_gdp",
        "present value of the cost of coercion to the scenario's coercer; 0 without",
        (_NO_COERCER,),
    ),
    Column(
        "bloc_income",
        "float",
        "pct_gdp",
        "real income of the bloc, mean of the run, weighted by GDP; 0 without",
        (_NO_BLOC,),
    ),
    Column("world_gdp_change", "float", "percent", "change of real GDP, mean of the run, all states weighted by GDP"),
    Column("burden_total", "float", "US$ million", "present value of the allies' burdens", _NO_HELP),
    Column(
        "burden_gini",
        "float",
        "0 to 1",
        "inequality over states tied to a target or paying; 0 where nobody pays",
        (*_NO_HELP, _ALONE),
    ),
    Column(
        "help_pv",
        "float",
        "US$ million",
        "present value of the help paid",
        (*_NO_HELP, ("helpless", "the policy names neither absorption nor money")),
    ),
    Column(
        "coalition_size", "float", _COUNT, "states that act, mean over quarters under pressure", (*_NO_HELP, _FIXED)
    ),
    Column(
        "diverted_share",
        "float",
        "share",
        "of the volume lost to coercers, found again elsewhere; 0 without",
        (_NOT_SHUT,),
    ),
    Column(
        "integration_min",
        "float",
        "share",
        "lowest integration index in the bloc at the end; 0 without a bloc",
        (_NO_BLOC,),
    ),
    Column(
        "integration_cut",
        "float",
        "fraction",
        "cut of iceberg costs that integration needed",
        (
            ("not integrating", "the policy cuts no costs"),
            ("integrating", "may be the largest cut allowed in every replicate"),
        ),
    ),
    Column(
        "vulnerability",
        "float",
        "pct_gdp",
        "long-run loss of the target if the coercer stopped all goods trade",
        _NO_PAIR,
    ),
    Column("power", "float", "log percent", "coercer's power over the target's spending (nested CES)", _NO_PAIR),
    Column(
        "cohesion",
        "float",
        "probability",
        "expected reliability over alliance ties, by strength",
        (
            ("scripted", "no promise is tested where nobody chooses"),
            ("unpledged", "no promise is made, so none is tested"),
        ),
    ),
    Column(
        "cooperation_kept",
        "float",
        "share",
        "of climate and health cooperation put at risk; 1 where none is",
        (
            ("no cooperation", "none is at stake"),
            ("shielded", "the policy keeps it out of quarrels"),
            ("no spill-over", "neither pressure nor an answer puts it at risk"),
        ),
    ),
    Column(
        "security_loss_pv",
        "float",
        "pct_gdp",
        "present value of the target's losses by grey-zone pressure, disinformation and escalation",
        (
            ("trade only", "no such pressure is in the scenario"),
            ("scripted", "what the file imposes, unless a quarrel escalates"),
            _NO_TARGET,
        ),
    ),
    Column(
        "escalations",
        "float",
        _COUNT,
        "quarters in which a quarrel escalated",
        (
            ("trade only", "no such pressure is in the scenario"),
            ("rare", "a chance of a percent a year may never come"),
        ),
    ),
    Column("belief_target", "float", "probability", "mu at the end, mean over disputes; else the prior", (_UNTESTED,)),
    Column("belief_coercer", "float", "probability", "nu at the end, mean over disputes; else the prior", (_UNTESTED,)),
)

FACTS = (
    *KEYS,
    Column("fact", "str", "name", "what a policy found or decided before the first quarter"),
    Column("state", "str", "ISO3", "state it is a fact of, empty where of nobody's own"),
    Column("value", "float", "as the policy says", "number"),
)

#: Table name -> its columns in the order written; `runs` gets ``param.<key>`` for what is varied or uncertain.
TABLES: dict[str, tuple[Column, ...]] = {
    "runs": RUNS,
    "states": STATES,
    "sectors": SECTORS,
    "quarters": QUARTERS,
    "events": EVENTS,
    "disputes": DISPUTES,
    "facts": FACTS,
    "outcomes": OUTCOMES,
}

#: Answers computed from the tables rather than written in them.
DERIVED = (
    Column(
        "deterred",
        "float",
        "share",
        "of disputes in which the coercer presses under stand_alone in the same draw, those without pressure here",
    ),
    Column("real_income_pv", "float", "pct_gdp", "present value of the change of real income, by state"),
    Column(
        "diverted_share", "float", "share", "gained_quantity / lost_quantity of a sector: sales lost and found again"
    ),
)


def outcome_names() -> tuple[str, ...]:
    """Names a report may ask for: measured columns of states, sectors and quarters, and what is derived from them."""
    labels = {*(key.name for key in KEYS), "quarter", "step", "state", "coercer", "target", "sector"}
    columns = (*STATES, *SECTORS, *QUARTERS, *OUTCOMES, *DERIVED)
    return tuple(dict.fromkeys(c.name for c in columns if c.name not in labels))


def constant_because(column: Column, conditions: Collection[str]) -> str:
    """Why an outcome is the same in every replicate under these conditions; empty where it should vary."""
    return next((reason for condition, reason in column.constant_by_design if condition in conditions), "")
