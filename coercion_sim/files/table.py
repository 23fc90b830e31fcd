"""The base of every table of a user's file, and the kinds of values that several tables share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from coercion_sim.files.calendar import Quarter


class Table(BaseModel):
    """Base of every table: frozen, unknown keys refused, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)


def _listed(value: object) -> object:
    """Take one word for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _quarter(value: object) -> object:
    """Spell a quarter one way, and refuse what is none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a quarter")
    try:
        return str(Quarter.parse(value))
    except ValueError:
        raise ValueError("not a quarter") from None


Label = Annotated[str, Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_listed)]
QuarterLabel = Annotated[str, BeforeValidator(_quarter)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


def unit_of(unit: str) -> dict[str, Any]:
    """Extra of a field that says its unit in the dictionary and the JSON Schema."""
    return {"unit": unit}
