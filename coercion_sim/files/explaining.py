"""Words for what a field takes, and mistakes as problems with place and remedy: of pydantic, TOML and encodings."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from coercion_sim.errors import Problem, nearest, spell
from coercion_sim.files.document import Document, KeyPath, has

#: Pattern of a quarter's label.
QUARTER: Final = r"^\d{4}[Qq][1-4]$"


def suggest_quarter(text: str) -> str | None:
    """Guess the quarter meant by a date (``2020-05-19``), month (``2020-05``) or slip (``2020-Q2``, ``Q2 2020``)."""
    if match := re.fullmatch(r"\s*(\d{4})-(\d\d?)(?:-\d\d?.*)?", text):
        month = int(match[2])
        return f"{match[1]}Q{(month + 2) // 3}" if 1 <= month <= 12 else None
    year, number = re.search(r"\d{4}", text), re.search(r"[Qq]\s*([1-4])", text)
    return f"{year[0]}Q{number[1]}" if year and number else None


class KeyFault(ValueError):
    """What a validator of a whole table raises where one of its keys is wrong.

    Attributes
    ----------
    key, allowed
        The key, and what it may be.
    """

    def __init__(self, key: str, message: str, allowed: str | None = None) -> None:
        super().__init__(message)
        self.key, self.allowed = key, allowed


def number_field(
    default: Any, unit: str, description: str, *, ge: float | None = 0, gt: float | None = None, **bounds: float
) -> Any:
    """Return the field of a number: its unit, which dictionary and JSON Schema state, and its bounds.

    It is at least 0 unless `ge` says otherwise (None: no such bound) or `gt` excludes the lower end.
    """
    limits: dict[str, Any] = {"ge": None if gt is not None else ge, "gt": gt, **bounds}
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


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


def keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of a table as users write them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


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


def explain(
    path: KeyPath, model: type[BaseModel], table: object, also: tuple[str, ...], detail: Any, document: Document
) -> Problem:
    """Return the Problem of one pydantic error of the table at a path; `also` are keys allowed besides the model's."""
    kind, loc, value = detail["type"], tuple(detail["loc"]), detail.get("input")
    fault = detail.get("ctx", {}).get("error")
    loc = (*loc, fault.key) if isinstance(fault, KeyFault) else loc
    value = (value or {}).get(fault.key) if isinstance(fault, KeyFault) else value
    owner, field = _at(model, loc)
    here = (*path, *_keys_of_file(loc, table))
    if kind == "extra_forbidden":
        names = (*keys(model), *also) if len(loc) == 1 else keys(owner) if owner else ()
        return document.problem(here, "unknown key", None, ", ".join(names), nearest(str(loc[-1]), names))
    if kind == "missing":
        return document.problem(here, "must be given", None, (field.description or None) if field else None)
    limits = (allowed(field) if field is not None else "") or None
    if isinstance(fault, KeyFault):
        return document.problem(here, str(fault), value, fault.allowed)
    message, value, rule, near = _fault(kind, value, detail, limits, field)
    cut = f"{value[:40]}..." if kind == "string_too_long" else value
    return document.problem(here, message, cut, rule, near)


def _fault(
    kind: str, value: Any, detail: Any, limits: str | None, field: FieldInfo | None
) -> tuple[str, Any, str | None, str | None]:
    """Message, value, rule and suggestion for a value that does not fit its field."""
    if kind == "literal_error":
        near = nearest(str(value), map(str, literals(field.annotation))) if field else None
        return "not one of the values allowed", value, limits, near
    if kind == "string_pattern_mismatch" and detail["ctx"]["pattern"] == QUARTER:
        return "not a quarter", value, "a quarter such as 2020Q2", suggest_quarter(str(value))
    message, rule = _message(kind, value, str(detail["msg"]), limits)
    if message in ("must be a number", "must be a whole number") and isinstance(value, str) and _is_number(value):
        return message, spell(value), rule, value.strip()  # a number in quotes
    return message, value, rule, None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _message(kind: str, value: object, words: str, limits: str | None) -> tuple[str, str | None]:
    """Message and rule for a value that does not fit its type or range; `words` are pydantic's."""
    if isinstance(value, float) and math.isnan(value):
        return "is not a number", limits
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"):
        return "out of range", limits or "a finite number"
    if kind in ("too_short", "string_too_short") or (kind == "string_pattern_mismatch" and value == ""):
        return "must not be empty", limits
    if kind == "string_pattern_mismatch":
        return "has a character that is not allowed", "letters, digits, - and _"
    if kind == "string_too_long" and isinstance(value, str):
        return f"is too long, with {len(value):,} characters", words.removeprefix("String should have ")
    expected = _EXPECTED.get(kind.rsplit("_", 1)[0])
    if expected and kind.endswith(("_type", "_parsing", "_float")):
        return f"must be {expected}", f"{expected}, {limits}" if limits else None
    words = words.removeprefix("Value error, ")
    return words[:1].lower() + words[1:], limits


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


# ------------------------------------------------------------------ files that cannot be read

#: Characters of a library's own words in a message.
_WORDS = 160


def reason(fault: Exception) -> str:
    """Describe a failure in a few words on one line."""
    if isinstance(fault, RecursionError):
        return "nested too deeply"
    if isinstance(fault, MemoryError):
        return "larger than memory"
    words = " ".join(str(fault.strerror if isinstance(fault, OSError) and fault.strerror else fault).split())
    words = "".join(c if c.isprintable() else "?" for c in words)
    return (words if len(words) <= _WORDS else f"{words[: _WORDS - 3]}...") or type(fault).__name__


def not_toml(error: Exception, text: str, name: str) -> Problem:
    """Describe the mistake that keeps a text from being TOML, with its line."""
    place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    message = re.sub(r" \(at .*\)$", "", str(error))
    if message == r"Illegal character '\n'":
        message = "text in quotes does not end on its line"
    column = f" at column {place[2]}" if place and place[2] else ""
    code = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
    return Problem(f"is not valid TOML{column}: {message}", file=name, line=line, found=spell(code))


#: First bytes of files that are not text -> kind of file and remedy.
_PACKED = {
    b"\x1f\x8b": ("packed (gzip)", "unpack it first"),
    b"PK\x03\x04": ("a workbook or a zip archive", "save the sheet as CSV, or unpack it first"),
    b"\xd0\xcf\x11\xe0": ("a workbook", "save the sheet as CSV"),
    b"PAR1": ("a Parquet file", "save it as CSV, or give its frame in Python"),
}


def not_text(raw: bytes, at: int, name: str) -> Problem:
    """Describe a file that is not in UTF-8 from a byte on."""
    for first, (what, remedy) in _PACKED.items():
        if raw.startswith(first):
            return Problem(f"is not text but {what}", file=name, allowed=remedy)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Problem("is saved as UTF-16; save it as UTF-8", file=name)
    return Problem(f"is not text in UTF-8 (byte {at})", file=name, line=raw.count(b"\n", 0, at) + 1)
