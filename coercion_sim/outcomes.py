"""The catalogue of results: every table, column and outcome with its unit, definition, label, direction and bounds.

An outcome is one entry of `OUTCOMES`. Its `compute` takes a finished run, the model's `FinishedRun`, and returns one
number; where it is None, the run has an attribute of that name. Tables, screens, figures and report read the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any, Final, Literal

Better = Literal["more", "less", ""]
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Column:
    """One column of a results table.

    Attributes
    ----------
    type
        ``str``, ``int`` or ``float``; a float may be missing outside the table ``outcomes``.
    unit, definition
        Code of the unit, written in words by `wording.unit_words`; definition in one phrase.
    label, plural
        Name in the middle of a sentence, without underscores; whether it takes a plural verb.
    better
        Direction in which the target and its allies are better off; empty for a means, or a gain of one that is a loss
        of another.
    bounds
        Least and largest possible value.
    headline, compute
        Whether it is shown where nobody names outcomes; value of a finished run, None reads the run's attribute.
    """

    name: str
    type: str
    unit: str
    definition: str
    label: str = ""
    plural: bool = False
    better: Better = ""
    bounds: Bounds = (-inf, inf)
    headline: bool = False
    compute: Callable[[Any], float] | None = None

    @property
    def words(self) -> str:
        """Label, or the name without underscores."""
        return self.label or self.name.replace("_", " ")

    def value(self, run: Any) -> float:
        """Value of a finished run."""
        return float(self.compute(run) if self.compute is not None else getattr(run, self.name))


def _text(name: str, unit: str, definition: str) -> Column:
    return Column(name, "str", unit, definition)


def _integer(name: str, unit: str, definition: str) -> Column:
    return Column(name, "int", unit, definition)


def _number(name: str, unit: str, definition: str, label: str = "", **more: Any) -> Column:
    return Column(name, "float", unit, definition, label, **more)


GDP: Final = "pct_gdp"
MONEY: Final = "US$ million"
MONEY_YEAR: Final = "US$ million a year"
VOLUME_YEAR: Final = "US$ million a year at baseline prices"
_SHARE: Final[Bounds] = (0.0, 1.0)
_POSITIVE: Final[Bounds] = (0.0, inf)

#: Number of a point in a sweep's design; `experiments` writes it, because one run knows of one point.
POINT = _integer("point", "count from 0", "point of a sweep's design; 0 where no parameter is varied")
#: Columns that name the run of a row.
KEYS = (
    POINT,
    _text("policy", "name", "policy, or policies joined by +"),
    _integer("replicate", "count from 0", "replicate; the same replicate of two policies has the same draw and luck"),
)
_QUARTER = (
    *KEYS,
    _text("quarter", "label", "quarter, e.g. 2020Q2"),
    _integer("step", "quarters", "quarters since the start"),
)

#: Outcomes of a run: one number each in every run, 0 where the run has nothing to count.
OUTCOMES: tuple[Column, ...] = (
    _number("disputes", "count", "disputes that arose; scripted: pairs of states under pressure", "disputes",
            plural=True, bounds=_POSITIVE),
    _number("attempts", "count", "disputes in which the coercer pressed", "disputes with pressure",
            plural=True, better="less", bounds=_POSITIVE, headline=True),
    _number("threatened", "count", "of these, with a demand before anything was imposed",
            "demands before anything was imposed", plural=True, bounds=_POSITIVE),
    _number("conceded_to_demand", "count", "demands the target yielded to", "demands the target yielded to",
            plural=True, better="less", bounds=_POSITIVE),
    _number("backed_down", "count", "demands the coercer dropped", "demands the coercer dropped",
            plural=True, bounds=_POSITIVE),
    _number("carried_out", "count", "disputes in which something was imposed", "disputes with measures imposed",
            plural=True, better="less", bounds=_POSITIVE),
    _number("successes", "count", "disputes the coercer won; a settlement counts its share",
            "disputes the coercer won", plural=True, better="less", bounds=_POSITIVE, headline=True),
    _number("objective_rate", "share", "successes of disputes; 0 without disputes",
            "share of disputes the coercer won", better="less", bounds=_SHARE),
    _number("success_rate", "share", "won or settled later, of what was imposed; 0 without",
            "success rate of what was imposed", better="less", bounds=_SHARE),
    _number("pressure_quarters", "quarters", "quarters under pressure, summed over pairs",
            "quarters under pressure", plural=True, better="less", bounds=_POSITIVE, headline=True),
    _number("mean_length", "quarters", "of what was imposed, to the end of the run; 0 without",
            "length of what was imposed", bounds=_POSITIVE),
    _number("beyond_trade", "share", "of what was pressed with, pressure that is not trade alone; 0 without",
            "share of pressure beyond trade", bounds=_SHARE),
    _number("target_loss_pv", GDP, "present value of the loss of the scenario's target by coercion; 0 without",
            "loss of the target (present value)", better="less", headline=True),
    _number("coercer_cost_pv", GDP, "present value of the cost of coercion to the scenario's coercer; 0 without",
            "cost to the coercer (present value)", headline=True),
    _number("bloc_income", GDP, "real income of the bloc, mean of the run, weighted by GDP; 0 without",
            "real income of the bloc", better="more", headline=True),
    _number("world_gdp_change", "percent", "change of real GDP, mean of the run, all states weighted by GDP",
            "change of world GDP", better="more"),
    _number("burden_total", MONEY, "present value of the allies' burdens", "burden of the allies (present value)",
            better="less", headline=True),
    _number("burden_gini", "0 to 1", "inequality over states tied to a target or paying; 0 where nobody pays",
            "inequality of burdens (Gini)", better="less", bounds=_SHARE),
    _number("help_pv", MONEY, "present value of the help paid", "help paid (present value)", bounds=_POSITIVE),
    _number("coalition_size", "count", "states that act, mean over quarters under pressure", "size of the coalition",
            bounds=_POSITIVE),
    _number("diverted_share", "share", "of the volume lost to coercers, the part sold to other buyers; 0 without",
            "share of lost sales diverted", better="more"),
    _number("integration_min", "share", "lowest integration index in the bloc at the end; 0 without a bloc",
            "lowest integration index in the bloc", bounds=(-1.0, 1.0)),
    _number("integration_cut", "fraction", "cut of iceberg costs that integration needed",
            "cut of trade costs that integration needed"),
    _number("vulnerability", GDP, "long-run loss of the target if the coercer stopped all goods trade",
            "vulnerability of the target", better="less"),
    _number("power", "log percent", "coercer's power over the target's spending (nested CES)",
            "power of the coercer over the target", better="less", bounds=_POSITIVE),
    _number("cohesion", "probability", "expected reliability over alliance ties, by strength",
            "cohesion of the alliance", better="more", bounds=_SHARE),
    _number("cooperation_kept", "share", "of climate and health cooperation put at risk; 1 where none is",
            "cooperation kept", better="more", bounds=_SHARE),
    _number("security_loss_pv", GDP,
            "present value of the target's losses by grey-zone pressure, disinformation and escalation",
            "security loss of the target (present value)", better="less"),
    _number("escalations", "count", "quarters in which a quarrel escalated", "escalations",
            plural=True, better="less", bounds=_POSITIVE),
    _number("belief_target", "probability", "mu at the end, mean over disputes; else the prior",
            "belief that the target is resolved", bounds=_SHARE),
    _number("belief_coercer", "probability", "nu at the end, mean over disputes; else the prior",
            "belief that the coercer is firm", bounds=_SHARE),
)  # fmt: skip

#: Table -> its columns in the order written; `runs` gets ``param.<key>`` for every varied or uncertain number.
TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "runs": (
        *KEYS,
        _integer("seed", "integer", "root seed"),
        _text("status", "name", "ok or failed"),
        _text("error", "text", "the error of a failed run, empty otherwise"),
        _integer("sweeps", "count", "solver sweeps over all quarters"),
        _number("worst_residual", "log points", "largest residual of any quarter's equilibrium"),
        _number("cut_needed", "fraction", "integrate_economies: cut of iceberg costs needed; 0 without it"),
    ),
    "states": (
        *_QUARTER,
        _text("state", "ISO3", "state"),
        _number("real_income", GDP, "change against the baseline, adjustment cost and cooperation lost deducted"),
        _number("coercion_effect", GDP, "real income against the same run without coercive measures and answers",
                "effect of the coercion"),
        _number("real_factor_income", "percent", "change of factor income over the final-demand price index"),
        _number("real_gdp", "percent", "change of value added at baseline prices (double deflation)", "real GDP"),
        _number("help_paid", MONEY_YEAR, "compensation and import subsidies paid for the target"),
        _number("help_received", MONEY_YEAR, "the same, received: money, and subsidies on own goods"),
        _number("burden", GDP, "real income lost from own responses: run without them less run with them",
                "burden of own responses"),
        _number("security_loss", GDP, "grey-zone pressure, disinformation, escalation; not in real_income"),
        _number("cooperation_loss", GDP, "climate and health cooperation lost to spill-over", "cooperation lost"),
        _number("adjustment_cost", GDP, "income lost while factors change sector under integration"),
        _number("integration_index", "share",
                "(goods trade with bloc - with competitor) / all foreign goods trade, of any state; 0 without a bloc"),
        _number("exports", "percent", "change of exports net of tariffs, at current prices; 0 of none at baseline",
                "change of exports"),
    ),
    "sectors": (
        *_QUARTER,
        _text("coercer", "ISO3", "state that acts"),
        _text("target", "ISO3", "state acted on"),
        _text("sector", "name", "sector"),
        _number("lost_quantity", VOLUME_YEAR, "fall of sales to the coercer, volume, against no measures"),
        _number("gained_quantity", VOLUME_YEAR, "rise of sales to other foreign buyers, volume"),
        _number("lost_value", MONEY_YEAR, "fall of sales to the coercer, current prices"),
        _number("gained_value", MONEY_YEAR, "rise of sales to other foreign buyers, current prices"),
        _number("supplier_price", "percent", "change of the target's supplier price against no measures"),
    ),
    "quarters": (
        *_QUARTER,
        _integer("coercive_measures", "count", "coercive measures in force"),
        _integer("responses", "count", "measures of other states in answer"),
        _number("help_total", MONEY_YEAR, "help paid by all allies"),
        _number("help_ceiling", MONEY_YEAR,
                "loss of income of the targets, quarter before, help added back: ceiling of help; 0 without pressure"),
        _integer("sweeps", "count", "solver sweeps"),
        _number("residual", "log points", "residual of the equilibrium"),
    ),
    "events": (
        *_QUARTER,
        _text("event", "name", "measure_starts, measure_ends, response_starts, response_ends, integration, ..."),
        _text("state", "ISO3", "state that acts"),
        _text("on", "ISO3", "state acted on, empty where none"),
        _text("text", "text", "event in words"),
    ),
    "disputes": (
        *KEYS,
        _text("coercer", "ISO3", "state that may press"),
        _text("target", "ISO3", "state that may be pressed"),
        _text("quarter", "label", "quarter the dispute arose"),
        _integer("step", "quarters", "the same, counted from the start"),
        _number("stake_coercer", GDP, "v_C of the coercer's true type"),
        _number("stake_target", GDP, "v_T of the target's true type"),
        _integer("firm", "0 or 1", "whether the coercer is firm"),
        _integer("resolved", "0 or 1", "whether the target is resolved"),
        _integer("pressed", "0 or 1", "whether it pressed"),
        _text("package", "name", "package demanded with, empty without pressure"),
        _text("ending", "name",
              "no_pressure, conceded_to_demand, backed_down, conceded, settled, lifted, lapsed or unended"),
        _text("imposed", "label", "first quarter of the measures, empty where none were imposed"),
        _text("ended", "label", "first quarter without them again, empty where they did not end"),
        _number("length", "quarters", "quarters in force, to the end of the run where unended; missing if not imposed"),
        _text("answers", "text", "choice of each ally"),
        _number("belief_target", "probability", "mu at the end: that the target is resolved", bounds=_SHARE),
        _number("belief_coercer", "probability", "nu at the end: that the coercer is firm", bounds=_SHARE),
        _number("table_effect", GDP, "effect on the target the choices were made by, mean over quarters in force"),
        _number("realised_effect", GDP, "effect on the target on the realised path, same quarters"),
    ),
    "facts": (
        *KEYS,
        _text("fact", "name", "name of what a policy computed or decided before the first quarter"),
        _text("state", "ISO3", "state it is a fact of, empty where of none"),
        _number("value", "as the policy says", "number"),
    ),
    "outcomes": (*KEYS, *OUTCOMES),
}  # fmt: skip

#: Answers computed from the tables rather than written in them.
DERIVED: Final = (
    _number("deterred", "share",
            "of disputes in which the coercer presses under stand_alone in the same draw, those without pressure here",
            "share of disputes deterred", better="more", bounds=_SHARE),
    _number("real_income_pv", GDP, "present value of the change of real income, by state",
            "real income (present value)"),
    _number("coercer_cost", GDP, "minus the coercion effect of the coercer", "cost of the coercion to the coercer"),
    _number("diverted_share", "share",
            "gained_quantity / lost_quantity of a sector: the part of lost sales that other buyers took",
            "share of lost sales diverted"),
)  # fmt: skip

_SEARCHED = (OUTCOMES, TABLES["states"], TABLES["sectors"], TABLES["quarters"], DERIVED, *TABLES.values())


def column(name: str, table: str = "") -> Column:
    """Entry of a column, or KeyError; without a table the outcome of that name, or the first table's that has it."""
    for columns in (TABLES[table],) if table else _SEARCHED:
        for entry in columns:
            if entry.name == name:
                return entry
    raise KeyError(name)


def label_of(name: str) -> str:
    """Label of a column in the middle of a sentence; the name without underscores where the catalogue has none."""
    try:
        return column(name).words
    except KeyError:
        return name.replace("_", " ")


@cache
def outcome_names() -> tuple[str, ...]:
    """Names a scenario's report may list: measured columns of states, sectors and quarters, outcomes, and `DERIVED`."""
    labels = {*(key.name for key in _QUARTER), "state", "coercer", "target", "sector"}
    columns = (*TABLES["states"], *TABLES["sectors"], *TABLES["quarters"], *OUTCOMES, *DERIVED)
    return tuple(dict.fromkeys(c.name for c in columns if c.name not in labels))


def headlines() -> tuple[str, ...]:
    """Names of the outcomes shown where neither the user nor the scenario names any."""
    return tuple(entry.name for entry in OUTCOMES if entry.headline)


def directions() -> dict[str, bool]:
    """Outcome -> whether more of it is better for the target and its allies; one without a direction is left out."""
    return {entry.name: entry.better == "more" for entry in OUTCOMES if entry.better}
