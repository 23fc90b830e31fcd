"""Outcomes in the words of a figure: short names of columns, and units as an axis gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercion_sim.figures.style.text import BASELINE, MINUS, capital, number, policy_label, policy_subject
from coercion_sim.outcomes import TABLES

if TYPE_CHECKING:
    from coercion_sim.analysis import MeanRow

#: Short names of the table `outcomes` and of `states`; a column without one goes by its name.
_WORDS = {
    "disputes": "disputes",
    "attempts": "disputes with pressure",
    "threatened": "demands before anything was imposed",
    "conceded_to_demand": "demands the target yielded to",
    "backed_down": "demands the coercer dropped",
    "carried_out": "disputes with measures imposed",
    "successes": "disputes the coercer won",
    "objective_rate": "share of disputes the coercer won",
    "success_rate": "success rate of what was imposed",
    "pressure_quarters": "quarters under pressure",
    "mean_length": "length of what was imposed",
    "beyond_trade": "share of pressure beyond trade",
    "target_loss_pv": "loss of the target (present value)",
    "coercer_cost_pv": "cost to the coercer (present value)",
    "bloc_income": "real income of the bloc",
    "world_gdp_change": "change of world GDP",
    "burden_total": "burden of the allies (present value)",
    "burden_gini": "inequality of burdens (Gini)",
    "help_pv": "help paid (present value)",
    "coalition_size": "size of the coalition",
    "diverted_share": "share of lost sales diverted",
    "integration_min": "lowest integration index in the bloc",
    "integration_cut": "cut of trade costs that integration needed",
    "vulnerability": "vulnerability of the target",
    "power": "power of the coercer over the target",
    "cohesion": "cohesion of the alliance",
    "cooperation_kept": "cooperation kept",
    "security_loss_pv": "security loss of the target (present value)",
    "escalations": "escalations",
    "belief_target": "belief that the target is resolved",
    "belief_coercer": "belief that the coercer is firm",
    "real_income": "real income",
    "coercion_effect": "effect of the coercion",
    "real_factor_income": "real factor income",
    "real_gdp": "real GDP",
    "burden": "burden of own responses",
    "security_loss": "security loss",
    "cooperation_loss": "cooperation lost",
    "adjustment_cost": "adjustment cost",
    "integration_index": "integration index",
    "exports": "change of exports",
}
#: Outcomes whose words are in the plural.
_PLURAL = (
    "disputes", "attempts", "threatened", "conceded_to_demand", "backed_down", "carried_out", "successes",
    "pressure_quarters", "escalations",
)  # fmt: skip
#: What is smaller is what the solver leaves of nothing (its accuracy, in percent of GDP).
ROUNDING = 1e-6
_UNITS = {
    "pct_gdp": "% of own GDP",
    "percent": "%",
    "share": "share, 0 to 1",
    "probability": "probability",
    "count": "number a run",
    "fraction": "fraction of iceberg costs",
    "log percent": "log percent",
}
#: Where the word for the unit says nothing in a sentence.
_SILENT = ("count", "share", "probability", "0 to 1", "fraction")


def outcome_words(outcome: str) -> str:
    """Outcome in the middle of a sentence: ``loss of the target (present value)``."""
    return _WORDS.get(outcome, outcome.replace("_", " "))


def outcome_label(outcome: str) -> str:
    """Outcome on an axis or at the head of a title."""
    return capital(outcome_words(outcome))


def verb(outcome: str, singular: str) -> str:
    """Verb of a sentence about an outcome: ``exceeds``, or ``exceed`` where its words are in the plural."""
    return singular.removesuffix("s") if outcome in _PLURAL else singular


def unit_label(unit: str) -> str:
    """Unit of the data dictionary in the words of an axis label."""
    return _UNITS.get(unit, unit)


def unit_of_column(table: str, column: str) -> str:
    """Unit of a column as the data dictionary gives it."""
    return next(c.unit for c in TABLES[table] if c.name == column)


def quantity(value: float, unit: str) -> str:
    """Write a number with its unit as a sentence has it: ``0.42 % of GDP``, ``3.1 quarters``, ``0.35``."""
    if abs(value) < ROUNDING:
        value = 0.0
    said = {"pct_gdp": " % of GDP", "percent": " %"}.get(unit, "" if unit in _SILENT else f" {unit}")
    if unit == "count" and value == round(value):
        return f"{value:,.0f}".replace("-", MINUS)
    if unit == "US$ million" and abs(value) >= 1000.0:
        return f"US$ {number(value / 1000.0)} billion"
    return f"US$ {number(value)} million" if unit == "US$ million" else f"{number(value)}{said}"


def difference_sentence(outcome: str, unit: str, row: MeanRow) -> str:
    """Say what a policy changes on average, with the interval of the mean; where that holds 0, that it is not clear."""
    words, size = outcome_words(outcome), abs(row.mean)
    against = "" if row.against == BASELINE else f", against {policy_label(row.against)}"
    if not size > ROUNDING:
        return f"{capital(policy_subject(row.policy))} does not change the {words} on average{against}"
    if row.low <= 0.0 <= row.high:
        sign = "+" if row.mean > 0.0 else MINUS
        ends = f"[{_same_unit(row.low, size, unit)}, {_same_unit(row.high, size, unit)}]"
        said = f"{capital(policy_subject(row.policy))} does not clearly change the {words}"
        return f"{said} (mean {sign}{quantity(size, unit)} {ends}){against}"
    verb = "raises" if row.mean > 0.0 else "lowers"
    sure = ""
    if row.high >= row.low:
        low, high = (row.low, row.high) if row.mean > 0.0 else (-row.high, -row.low)
        sure = f" [{_same_unit(low, size, unit)}, {_same_unit(high, size, unit)}]"
    said = f"{capital(policy_subject(row.policy))} {verb} the {words} by {quantity(size, unit)}{sure} on average"
    return said + against


def _same_unit(value: float, beside: float, unit: str) -> str:
    """Write a number in the unit that `quantity` gives the one beside it."""
    return number(value / 1000.0 if unit == "US$ million" and beside >= 1000.0 else value)
