"""Tables of a file against their models: pydantic's errors as `Problem`s with file, line, key and remedy."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from coercion_sim.errors import Problem, nearest
from coercion_sim.files.document import Document, KeyPath, has
from coercion_sim.files.table import suggest_quarter

M = TypeVar("M", bound=BaseModel)

#: What a key of a file may take.
Kind = Literal["switch", "whole number", "number", "text", "list", "table"]
_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((bool,), "switch"),
    ((int,), "whole number"),
    ((float,), "number"),
    ((tuple, list, set, frozenset), "list"),
    ((dict, Mapping, BaseModel), "table"),
)
#: Pydantic's names of types -> what the user has to write.
_EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "int_from": "a whole number",
    "bool": "true or false",
    "string": "text in quotes",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "mapping": "a table",
    "model": "a table",
}


class Piece(NamedTuple):
    """One table to validate: its path in the document, its model, its data, and keys allowed besides the model's."""

    path: KeyPath
    model: type[BaseModel]
    data: object
    also: tuple[str, ...] = ()


def validate(
    model: type[M], document: Document, path: KeyPath = (), also: tuple[str, ...] = ()
) -> tuple[M | None, list[Problem]]:
    """Validate the table at a path of a document: the model or None, and every problem.

    Parameters
    ----------
    model
        Usually a `Table`.
    path
        Keys down to the table; () is the whole document. A table that is absent counts as empty.
    also
        Keys allowed besides those of the model, which are left out before it sees the table.
    """
    table: Any = document.data
    for part in path:
        table = table[part] if has(table, part) else {}
    if also and isinstance(table, Mapping):
        table = {key: value for key, value in table.items() if key not in also}
    ((read, problems),) = validate_all(document, [Piece(path, model, table, also)])
    return read, problems


def validate_all(document: Document, pieces: Iterable[Piece]) -> list[tuple[Any, list[Problem]]]:
    """Validate many tables of one document: for each the model or None, and its problems."""
    read: list[tuple[Any, list[Problem]]] = []
    for piece in pieces:
        path, table = piece.path, piece.data
        if not isinstance(table, Mapping):
            read.append((None, [document.problem(path, "must be a table", table, f"[{document.dotted(path)}]")]))
            continue
        try:
            # JSON, because only from it do strict models take lists for tuples and yet refuse true for 1.
            read.append((piece.model.model_validate_json(json.dumps(table, default=str), strict=True), []))
        except ValidationError as error:
            details = error.errors(include_url=False)
            read.append((None, [_problem(piece, detail, document) for detail in details]))
    return read


def keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of a table as users write them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def kind_of(field: FieldInfo) -> Kind:
    """Return what a key takes: the first type of its field that is not None."""
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


def allowed(field: FieldInfo) -> str:
    """Range or choices of a field in words; empty where any value of its type is right."""
    choices = literals(field.annotation)
    if choices:
        return ", ".join(map(str, choices))
    low = high = ""
    for bound in (*_bounds(field.annotation), *field.metadata):
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


def _bounds(annotation: Any) -> tuple[Any, ...]:
    """Constraints of a number inside ``Annotated[...] | None``, a tuple or a mapping."""
    if get_origin(annotation) is Annotated:
        metadata = annotation.__metadata__
        return tuple(m for part in metadata for m in (part.metadata if isinstance(part, FieldInfo) else (part,)))
    return tuple(bound for part in get_args(annotation) for bound in _bounds(part))


def literals(annotation: Any) -> tuple[Any, ...]:
    """Values of a Literal type, also inside Optional, Annotated or tuple."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(value for part in get_args(annotation) for value in literals(part))


def not_numbers(value: object, path: KeyPath = ()) -> Iterable[KeyPath]:
    """Paths of every nan: TOML has it, no key takes it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from not_numbers(item, (*path, key))
    if isinstance(value, float) and math.isnan(value):
        yield path


def _problem(piece: Piece, detail: Any, document: Document) -> Problem:
    """Return the Problem of one pydantic error."""
    kind, loc, value = detail["type"], tuple(detail["loc"]), detail.get("input")
    owner, field = _at(piece.model, loc)
    here = (*piece.path, *_keys_of_file(loc, piece.data))
    limits = allowed(field) if field is not None else ""
    stem = kind.rsplit("_", 1)[0]
    if kind == "extra_forbidden":
        names = (*keys(piece.model), *piece.also) if len(loc) == 1 else keys(owner) if owner else ()
        return document.problem(here, "unknown key", None, ", ".join(names), nearest(str(loc[-1]), names))
    if kind == "missing":
        return document.problem(here, "must be given", None, (field.description or None) if field else None)
    if kind in ("literal_error", "enum"):
        near = nearest(str(value), map(str, literals(field.annotation))) if field else None
        return document.problem(here, "not one of the values allowed", value, limits or None, near)
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"):
        return document.problem(here, "out of range", value, limits or "a finite number")
    if kind == "value_error" and "not a quarter" in detail["msg"]:
        return document.problem(here, "not a quarter", value, "a quarter such as 2020Q2", suggest_quarter(str(value)))
    if kind == "string_pattern_mismatch":
        return document.problem(here, "has a character that is not allowed", value, "letters, digits, - and _")
    if stem in _EXPECTED and kind.endswith(("_type", "_parsing", "_float")):
        expected = _EXPECTED[stem]
        return document.problem(here, f"must be {expected}", value, f"{expected}, {limits}" if limits else None)
    message = str(detail["msg"]).removeprefix("Value error, ")
    return document.problem(here, message[:1].lower() + message[1:], value, limits or None)


def _at(model: type[BaseModel], loc: KeyPath) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Return the model and the field that an error location points into."""
    owner: type[BaseModel] | None = model
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int) or owner is None:
            continue
        inside = next((f for name, f in owner.model_fields.items() if (f.alias or name) == part), None)
        if inside is None:
            return owner, field
        field = inside
        owner = _model_in(field.annotation) or owner
    return owner, field


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside a type such as ``tuple[Record, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for part in get_args(annotation) if (m := _model_in(part)) is not None), None)


def _keys_of_file(loc: KeyPath, table: object) -> KeyPath:
    """Keep the parts of an error location that are keys of the file: pydantic adds names of types."""
    place: Any = table
    kept: list[str | int] = []
    for i, part in enumerate(loc):
        if has(place, part):
            kept.append(part)
            place = place[part]
        elif i == len(loc) - 1 and (not kept or isinstance(place, dict)):
            kept.append(part)
    return tuple(kept)
