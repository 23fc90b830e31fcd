"""Check one table against its model, and say in plain words what does not fit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import TomlPath as Path
from coercion_sim.files import suggest_quarter
from coercion_sim.scenario.document import Document

M = TypeVar("M", bound=BaseModel)

#: What a key of a scenario file may take.
Kind = Literal["switch", "whole number", "number", "text", "list", "table"]
_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((bool,), "switch"),
    ((int,), "whole number"),
    ((float,), "number"),
    ((tuple, list, set, frozenset), "list"),
    ((dict, Mapping, BaseModel), "table"),
)
_EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text in quotes",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
}


def read_piece(
    model: type[M], table: object, path: Path, document: Document, also: Iterable[str] = ()
) -> tuple[M | None, list[Problem]]:
    """Validate the table at `path`: the model or None, and every problem. `also` are keys allowed besides."""
    if not isinstance(table, Mapping):
        return None, [document.problem(path, "must be a table", table, f"[{document.dotted(path)}]")]
    known = (*keys(model), *also)
    try:
        # JSON, because only from it do strict models take lists for tuples and yet refuse true for 1.
        return model.model_validate_json(json.dumps(table, default=str), strict=True), []
    except ValidationError as error:
        return None, [_explain(model, detail, path, document, known) for detail in error.errors(include_url=False)]


def keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of a table as users write them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def kind_of(field: FieldInfo) -> Kind:
    """What a key takes: of the types its field allows the first that is not None."""
    return _kind(field.annotation)


def _kind(annotation: Any) -> Kind:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(args[0])
    if origin in (Union, UnionType):
        return next((_kind(part) for part in args if part is not type(None)), "text")
    if origin is Literal:
        return _kind(type(args[0]))
    outer = origin or annotation
    for types, kind in _KINDS:
        if isinstance(outer, type) and issubclass(outer, types):
            return kind
    return "text"


def field_of(model: type[BaseModel], key: str) -> FieldInfo | None:
    """Return the field behind a key."""
    return next((field for name, field in model.model_fields.items() if (field.alias or name) == key), None)


def allowed(field: FieldInfo) -> str:
    """Range or choices of a field in words; empty where anything of its type goes."""
    choices = literals(field.annotation)
    if choices:
        return ", ".join(map(str, choices))
    low = high = ""
    for bound in field.metadata:
        if isinstance(bound, Ge):
            low = f"{bound.ge:g}"
        elif isinstance(bound, Gt):
            low = f"above {bound.gt:g}"
        elif isinstance(bound, Le):
            high = f"{bound.le:g}"
        elif isinstance(bound, Lt):
            high = f"below {bound.lt:g}"
    if low and high:
        return f"{low} to {high}"
    if low:
        return low if low.startswith("above") else f"{low} or more"
    return high if not high or high.startswith("below") else f"at most {high}"


def literals(annotation: Any) -> tuple[Any, ...]:
    """Values of a Literal type, also inside Optional, Annotated or tuple."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    found: tuple[Any, ...] = ()
    for part in get_args(annotation):
        found += literals(part)
    return found


def not_numbers(value: object, path: Path = ()) -> Iterable[Path]:
    """Paths of every nan: TOML has it, no key takes it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from not_numbers(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from not_numbers(item, (*path, i))
    elif isinstance(value, float) and math.isnan(value):
        yield path


def _explain(model: type[BaseModel], detail: Any, path: Path, document: Document, known: tuple[str, ...]) -> Problem:
    """Turn one pydantic error into a Problem."""
    kind, loc = detail["type"], tuple(detail["loc"])
    found = detail.get("input")
    owner, field = _at(model, loc)
    here = (*path, *_real(loc, document, path))
    if kind == "extra_forbidden":
        names = known if len(loc) == 1 else keys(owner) if owner else ()
        return document.problem(here, "unknown key", None, ", ".join(names), nearest(str(loc[-1]), names))
    if kind == "missing":
        return document.problem(here, "must be given", None, (field.description or None) if field else None)
    limits = allowed(field) if field is not None else ""
    if kind in ("literal_error", "enum"):
        near = nearest(str(found), map(str, literals(field.annotation))) if field else None
        return document.problem(here, "not one of the values allowed", found, limits or None, near)
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"):
        return document.problem(here, "out of range", found, limits or "a finite number")
    if kind == "value_error" and "not a quarter" in detail["msg"]:
        return document.problem(here, "not a quarter", found, "a quarter such as 2020Q2", suggest_quarter(str(found)))
    if kind == "string_pattern_mismatch":
        return document.problem(here, "has a character that is not allowed", found, "letters, digits, - and _")
    stem = kind.rsplit("_", 1)[0]
    if kind == "int_from_float" or (kind.endswith(("_type", "_parsing")) and stem in _EXPECTED):
        expected = _EXPECTED.get(stem, "a whole number")
        return document.problem(here, f"must be {expected}", found, f"{expected}, {limits}" if limits else None)
    message = str(detail["msg"])
    return document.problem(here, message[:1].lower() + message[1:], found, limits or None)


def _at(model: type[BaseModel], loc: tuple[str | int, ...]) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Return the model and field an error location points into."""
    owner: type[BaseModel] | None = model
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int) or owner is None:
            continue
        found = field_of(owner, part)
        if found is None:
            return owner, field
        field = found
        inner = _model_in(found.annotation)
        if inner is not None:
            owner = inner
    return owner, field


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside a type such as ``tuple[Record, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for part in get_args(annotation) if (m := _model_in(part)) is not None), None)


def _real(loc: tuple[str | int, ...], document: Document, path: Path) -> Path:
    """Keep the parts of an error location that are keys of the file (pydantic adds names of types)."""
    place: Any = document.data
    for part in path:
        place = place[part] if _has(place, part) else None
    kept: list[str | int] = []
    for i, part in enumerate(loc):
        if _has(place, part):
            kept.append(part)
            place = place[part]
        elif i == len(loc) - 1 and (not kept or isinstance(place, dict)):
            kept.append(part)
    return tuple(kept)


def _has(place: Any, part: str | int) -> bool:
    if isinstance(place, dict):
        return part in place
    return isinstance(place, list) and isinstance(part, int) and part < len(place)
