"""The data dictionary of results: every table and column a run writes, with type, unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a results table. `type` is ``str``, ``int`` or ``float`` (float may be missing)."""

    name: str
    type: str
    unit: str
    meaning: str


_RUN = (
    Column("policy", "str", "name", "policy, or policies joined by +"),
    Column("replicate", "int", "count from 0", "replicate; the same replicate of two policies is the same world"),
)
_QUARTER = (
    *_RUN,
    Column("quarter", "str", "label", "quarter, e.g. 2020Q2"),
    Column("step", "int", "quarters", "quarters since the start"),
)

RUNS = (
    *_RUN,
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
        "(goods trade with bloc - with competitor) / all foreign goods trade; missing outside the bloc",
    ),
    Column("exports", "float", "percent", "change of exports net of tariffs, at current prices"),
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
        "loss of income of the targets, quarter before, help added back: ceiling of help",
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
    *_RUN,
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
        "outcome", "str", "name", "no_pressure, conceded_to_demand, backed_down, conceded, settled, lifted or unended"
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

FACTS = (
    *_RUN,
    Column("fact", "str", "name", "what a policy found or decided before the first quarter"),
    Column("state", "str", "ISO3", "state it is a fact of, empty where of nobody's own"),
    Column("value", "float", "as the policy says", "number"),
)

#: Table name -> its columns in the order written. `runs` gets one more per uncertain parameter, `param.<key>`.
TABLES: dict[str, tuple[Column, ...]] = {
    "runs": RUNS,
    "states": STATES,
    "sectors": SECTORS,
    "quarters": QUARTERS,
    "events": EVENTS,
    "disputes": DISPUTES,
    "facts": FACTS,
}

#: Answers computed from the tables rather than written in them.
DERIVED = (
    Column(
        "diverted_share", "float", "share", "gained_quantity / lost_quantity of a sector: sales lost and found again"
    ),
)


def outcome_names() -> tuple[str, ...]:
    """Names a report may ask for: measured columns of states, sectors and quarters, and what is derived from them."""
    labels = {"policy", "replicate", "quarter", "step", "state", "coercer", "target", "sector"}
    columns = (*STATES, *SECTORS, *QUARTERS, *DERIVED)
    return tuple(dict.fromkeys(c.name for c in columns if c.name not in labels))
