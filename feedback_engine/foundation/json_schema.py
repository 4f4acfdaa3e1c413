"""Pure. JSON Schemas (draft-07) of definition models, for editors, and the keys a schema knows at a place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from feedback_engine.foundation.definition_faults import KeyPath

DRAFT = "http://json-schema.org/draft-07/schema#"
_MAX_WALK = 200


@lru_cache(maxsize=64)
def _raw_schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def draft7(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a model, in the words of draft-07, which every YAML editor understands."""
    schema: dict[str, Any] = _to_draft7(_raw_schema(model))
    return {"$schema": DRAFT, **schema}


def _to_draft7(node: Any) -> Any:
    if isinstance(node, list):
        return [_to_draft7(item) for item in node]
    if not isinstance(node, dict):
        return node
    renamed: dict[str, Any] = {}
    for key, value in node.items():
        if key == "discriminator" and isinstance(value, dict) and "propertyName" in value:
            continue  # An OpenAPI word; the `const` of each branch says the same.
        if key == "$ref" and isinstance(value, str):
            renamed[key] = value.replace("#/$defs/", "#/definitions/")
        elif key == "prefixItems":
            renamed["items"] = _to_draft7(value)
        elif key == "items" and "prefixItems" in node:
            renamed["additionalItems"] = _to_draft7(value)
        else:
            renamed["definitions" if key == "$defs" else key] = _to_draft7(value)
    if "$ref" in renamed and len(renamed) > 1:
        # Draft-07 ignores whatever stands beside a reference.
        renamed["allOf"] = [{"$ref": renamed.pop("$ref")}, *renamed.pop("allOf", [])]
    return renamed


def known_keys(model: type[BaseModel], value: Any, path: KeyPath) -> frozenset[str]:
    """The keys that the mapping at `path` of `value` may hold; empty when any key is allowed there."""
    root = _raw_schema(model)
    candidates = [root]
    for part in path:
        candidates = [
            inner for schema in candidates for plain in _plain(root, schema, value) for inner in _inside(plain, part)
        ][:_MAX_WALK]
        value = value[part]
    return frozenset(
        key for schema in candidates for plain in _plain(root, schema, value) for key in plain.get("properties", ())
    )


def _inside(schema: dict[str, Any], part: str | int) -> list[dict[str, Any]]:
    """The schemas of one key or item of a schema without references."""
    if isinstance(part, int):
        found = [schema.get("items")]
    elif part in schema.get("properties", {}):
        found = [schema["properties"][part]]
    else:
        found = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    return [inner for inner in found if isinstance(inner, dict)]


def _plain(root: dict[str, Any], schema: dict[str, Any], value: Any) -> Iterator[dict[str, Any]]:
    """The alternatives of a schema, references followed, without those whose fixed keys contradict the value."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from _plain(root, root.get("$defs", {}).get(name, {}), value)
        return
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from _plain(root, branch, value)
    if not _contradicts(schema, value):
        yield schema


def _contradicts(schema: dict[str, Any], value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    fixed = ((key, rule["const"]) for key, rule in schema.get("properties", {}).items() if "const" in rule)
    return any(key in value and value[key] != constant for key, constant in fixed)
