"""The schemas of a program's files: editors complete by them, and they object to what the reader refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from feedback_engine.app import program_files
from feedback_engine.foundation.definitions import load
from tests.app.program_texts import STARTER


def test_every_file_names_its_schema_on_line_1(tmp_path: Path) -> None:
    program_files.write_folder(tmp_path / "p", STARTER)
    for name in STARTER:
        path = tmp_path / "p" / name
        first = path.read_text("utf-8").split("\n")[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert orjson.loads((path.parent / schema).read_bytes())["$schema"].endswith("draft-07/schema#")


@pytest.mark.parametrize("name", sorted(STARTER))
def test_the_starter_satisfies_its_own_schemas(name: str) -> None:
    kind = name.partition("/")[0] if "/" in name else "program"
    schema = orjson.loads(program_files.schema_text(kind))
    assert list(schema_faults(schema, schema, load(STARTER[name], name=name).value)) == []


def test_a_schema_objects_to_what_the_reader_refuses() -> None:
    schema = orjson.loads(program_files.schema_text("journeys"))
    value = load(STARTER["journeys/support.yaml"], name="a").value
    touchpoint = value["stages"][0]["touchpoints"][0]
    for key, wrong in (
        ("evnt", "x"),
        ("key", "Not a key"),
        ("sampling", {"hold": "yes"}),
        ("attributes", {"a": "text"}),
    ):
        broken = {**touchpoint, key: wrong}
        assert list(
            schema_faults(schema, schema, {**value, "stages": [{**value["stages"][0], "touchpoints": [broken]}]})
        )


_JSON_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def schema_faults(root: dict[str, Any], schema: dict[str, Any], value: Any) -> Any:
    """The part of draft-07 that the exported schemas use, checked by the book."""
    if "$ref" in schema:
        yield from schema_faults(root, root["definitions"][schema["$ref"].removeprefix("#/definitions/")], value)
        return
    for word in ("anyOf", "oneOf"):
        if word in schema and all(list(schema_faults(root, branch, value)) for branch in schema[word]):
            yield f"{value!r} fits no branch"
    for branch in schema.get("allOf", ()):
        yield from schema_faults(root, branch, value)
    wanted = _JSON_TYPES.get(schema.get("type", ""))
    if wanted and (
        not isinstance(value, wanted) or (isinstance(value, bool) and schema["type"] in ("integer", "number"))
    ):
        yield f"{value!r} is not {schema['type']}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{value!r} is not in {schema['enum']}"
    if isinstance(value, str):
        yield from _string_faults(schema, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{value} is out of bounds"
    if isinstance(value, list):
        for item in value:
            yield from schema_faults(root, schema.get("items", {}), item)
    if isinstance(value, dict):
        yield from _object_faults(root, schema, value)


def _string_faults(schema: dict[str, Any], value: str) -> Any:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
        yield f"{value!r} has {len(value)} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value!r} does not match {schema['pattern']}"


def _object_faults(root: dict[str, Any], schema: dict[str, Any], value: dict[str, Any]) -> Any:
    yield from (f"{key} is missing" for key in schema.get("required", ()) if key not in value)
    for key, inner in value.items():
        if key in schema.get("properties", {}):
            yield from schema_faults(root, schema["properties"][key], inner)
            continue
        matching = [rule for pattern, rule in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        for rule in matching:
            yield from schema_faults(root, rule, inner)
        other = schema.get("additionalProperties", True)
        if not matching and other is False:
            yield f"{key} is unknown"
        elif not matching and isinstance(other, dict):
            yield from schema_faults(root, other, inner)
