"""A judge of JSON Schema, for the keywords the scenario's schema uses; anything else in a schema is refused."""

from __future__ import annotations

from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
WORDS = {
    "$schema",
    "$defs",
    "title",
    "description",
    "default",
    "unit",
    "pattern",
    "minLength",
    "maxItems",
    "prefixItems",
}
JUDGED = {"$ref", "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "properties"}
JUDGED |= {
    "maxLength",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "anyOf",
    "oneOf",
    "allOf",
    "if",
    "then",
}


def conforms(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value is what a schema admits."""
    assert not set(schema) - WORDS - JUDGED, set(schema) - WORDS - JUDGED
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return conforms(value, target, root)
    return (
        _scalar(value, schema)
        and (not isinstance(value, dict) or _table(value, schema, root))
        and (not isinstance(value, list) or _list(value, schema, root))
        and _combined(value, schema, root)
    )


def _scalar(value: Any, schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in ("integer", "number") and not number:
        return False
    if kind not in (None, "null") and not isinstance(value, TYPES[kind]):
        return False
    if kind == "null" or ("enum" in schema and value not in schema["enum"]):
        return False
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return False
    return not number or (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and schema.get("exclusiveMinimum", value - 1) < value < schema.get("exclusiveMaximum", value + 1)
    )


def _table(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]) -> bool:
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties", True)
    if any(key not in value for key in schema.get("required", ())):
        return False
    for key, item in value.items():
        rule = properties.get(key, extra)
        if rule is False or (isinstance(rule, dict) and not conforms(item, rule, root)):
            return False
    return True


def _list(value: list[Any], schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if len(value) < schema.get("minItems", 0):
        return False
    return "items" not in schema or all(conforms(item, schema["items"], root) for item in value)


def _combined(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if "anyOf" in schema and not any(conforms(value, option, root) for option in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(conforms(value, option, root) for option in schema["oneOf"]) != 1:
        return False
    if any(not conforms(value, rule, root) for rule in schema.get("allOf", ())):
        return False
    return "if" not in schema or not conforms(value, schema["if"], root) or conforms(value, schema["then"], root)
