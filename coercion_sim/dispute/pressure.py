"""``[pressure]`` and ``[cooperation]``: pressure that is not trade, and what rivals do together besides quarrelling."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from coercion_sim.files import Labels, Table, unit_of


def _pct(default: float, description: str) -> Any:
    return Field(default, ge=0, le=100, description=description, json_schema_extra=unit_of("pct_gdp a year"))


def _chance(default: float, description: str, unit: str = "a year") -> Any:
    return Field(default, ge=0, le=1, description=description, json_schema_extra=unit_of(unit))


class Pressure(Table):
    """``[pressure]``: grey-zone and disinformation pressure, in GDP-equivalents. Judgements."""

    grey_zone: float = _pct(0.3, "loss of the target under package `grey_zone`")
    grey_zone_cost: float = _pct(0.02, "what that costs the coercer")
    grey_zone_escalation: float = _chance(0.01, "chance that grey-zone pressure escalates")
    disinformation: float = _pct(0.05, "loss of the target under package `disinformation`")
    disinformation_cost: float = _pct(0.002, "what that costs the coercer")
    disinformation_erosion: float = Field(
        0.15,
        ge=0,
        lt=1,
        description="share of the target's stake and audience cost that disinformation erodes while it lasts",
        json_schema_extra=unit_of("share of v_T"),
    )
    disinformation_escalation: float = _chance(0.0, "chance that disinformation escalates")
    answer_escalation: float = _chance(0.01, "added chance where an ally retaliates against pressure that is not trade")
    escalation_cost: float = Field(
        1.0,
        ge=0,
        le=100,
        description="what an escalation costs the coercer, the target and allies that answered, once",
        json_schema_extra=unit_of("pct_gdp"),
    )


class Cooperation(Table):
    """``[cooperation]``: climate and health cooperation of rivals and partners, lost where quarrels spill over."""

    value: float = _pct(0.0, "g: worth of a year's cooperation to each side; 0: none is at stake")
    rivals: Labels = Field((), description="states cooperated with; the coercer if absent")
    partners: Labels = Field((), description="states that cooperate with them; everybody but rivals and ROW if absent")
    spill: float = _chance(0.5, "chance that a partner that retaliates loses a quarter's cooperation", "a quarter")
    spill_pressure: float = _chance(
        0.0, "chance that a partner under a rival's pressure loses a quarter's cooperation", "a quarter"
    )
