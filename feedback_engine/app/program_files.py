"""The files of a program folder: reads them with every fault, writes them, and holds the starter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString, SingleQuotedScalarString

from alerts.definitions import AlertFile
from feedback_engine.directory.program_definitions import ProgramDefinition
from feedback_engine.foundation.definitions import DefinitionFault, Loaded, check, did_you_mean, scan, scan_file
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.json_schema import draft7
from feedback_engine.foundation.yaml_positions import plain_scalar
from journeys.definitions import JourneyDefinition
from surveys.definitions import SurveyDefinition
from surveys.sampling.definitions import SamplingRules

M = TypeVar("M", bound=BaseModel)

PROGRAM_FILE = "program.yaml"
FOLDERS = ("journeys", "surveys", "alerts")
MAX_FILES = 500

SCHEMAS: Mapping[str, type[BaseModel]] = {
    "program": ProgramDefinition,
    "journeys": JourneyDefinition,
    "surveys": SurveyDefinition,
    "alerts": AlertFile,
}
"""The model of each kind of file; `schemas/<name>.json` describes it to editors."""

_LIBRARIES = (
    ("feedback_engine.directory", ""),
    ("journeys", "journeys/"),
    ("surveys", "surveys/"),
    ("alerts", "alerts/"),
)
_LINE = 100


@dataclass(frozen=True, slots=True)
class Source(Generic[M]):
    """A file that says what its model wants, with the lines of its keys."""

    loaded: Loaded
    model: M


@dataclass(slots=True)
class Sources:
    """The files of a program that could be read, and what is wrong with them and the others.

    `whole` names the folders whose every file could be read: only there does a missing key mean that it is missing.
    """

    program: Source[ProgramDefinition] | None = None
    journeys: list[Source[JourneyDefinition]] = field(default_factory=list)
    surveys: list[Source[SurveyDefinition]] = field(default_factory=list)
    alerts: list[Source[AlertFile]] = field(default_factory=list)
    whole: set[str] = field(default_factory=lambda: {"program", *FOLDERS})
    faults: list[DefinitionFault] = field(default_factory=list)


def read_folder(folder: Path) -> Sources:
    """The files of a program folder; faults name them by their path inside it."""
    names, faults = _list_folder(folder)
    sources = read_sources(scan_file(folder / name, name=name) for name in names)
    sources.faults[:0] = faults
    return sources


def read_texts(texts: Mapping[str, str]) -> Sources:
    """The same for files held in memory, by their path inside the folder."""
    return read_sources(scan(text, name=name) for name, text in sorted(texts.items()))


def read_sources(files: Iterable[Loaded]) -> Sources:
    """Check each file against the model of its kind."""
    sources = Sources()
    for loaded in files:
        kind = "program" if loaded.name == PROGRAM_FILE else loaded.name.partition("/")[0]
        made, faults = (None, []) if loaded.value is None and loaded.faults else check(SCHEMAS[kind], loaded)
        sources.faults += [*loaded.faults, *faults]
        if made is None or loaded.faults:
            sources.whole.discard(kind)
        elif isinstance(made, ProgramDefinition):
            sources.program = Source(loaded, made)
        else:
            getattr(sources, kind).append(Source(loaded, made))
    if sources.program is None and "program" in sources.whole:
        remedy = "Make a folder with `feedback-engine init DIR`, or write the file."
        sources.faults.append(DefinitionFault(PROGRAM_FILE, 0, "The file is missing.", remedy))
        sources.whole.discard("program")
    return sources


def _list_folder(folder: Path) -> tuple[list[str], list[DefinitionFault]]:
    """The names of the definition files, sorted, and a fault for each file that looks like one but is not read."""
    names: list[str] = []
    faults: list[DefinitionFault] = []
    for path in _yaml_files(folder):
        name = path.relative_to(folder).as_posix()
        parts = PurePosixPath(name).parts
        if path.suffix != ".yaml":
            faults.append(DefinitionFault(name, 0, "The file is not read.", "Let its name end in `.yaml`."))
        elif name == PROGRAM_FILE or (len(parts) == 2 and parts[0] in FOLDERS):
            names.append(name)
        else:
            known = did_you_mean(parts[0], FOLDERS) if len(parts) > 1 else ""
            remedy = f"Files stand in `journeys`, `surveys` and `alerts`. {known}".strip()
            faults.append(DefinitionFault(name, 0, "The file is not read here.", remedy))
    if len(names) > MAX_FILES:
        faults.append(DefinitionFault("", 0, f"There are more than {MAX_FILES} files.", "Join some of them."))
    return sorted(names)[:MAX_FILES], faults


def _yaml_files(folder: Path) -> Iterator[Path]:
    inside = [folder, *(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))]
    for place in inside:
        yield from (path for path in sorted(place.glob("*.y*ml")) if path.is_file() and not path.name.startswith("."))


def starter_texts() -> dict[str, str]:
    """The starter program from the libraries of the slices, by path inside a program folder."""
    return {
        prefix + entry.name: entry.read_text("utf-8")
        for package, prefix in _LIBRARIES
        for entry in sorted((resources.files(package) / "library").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def write_folder(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Write definition files and the schemas that they name on line 1; returns the paths written.

    Raises Conflict when the folder holds anything already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} exists and is not empty; name a new folder.")
    written = {name: _schema_line(name) + text for name, text in texts.items()}
    written |= {f"schemas/{name}.json": schema_text(name) for name in SCHEMAS}
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(written)


def _schema_line(name: str) -> str:
    folder, slash, _ = name.rpartition("/")
    schema = f"../schemas/{folder}.json" if slash else "schemas/program.json"
    return f"# yaml-language-server: $schema={schema}\n"


def schema_text(name: str) -> str:
    """The JSON Schema (draft-07) of a kind of file."""
    schema = draft7(SCHEMAS[name])
    # The directory and the journeys leave this block to the surveys, so their own schemas say nothing about it.
    for holder in (schema, schema["definitions"].get("TouchpointDefinition", {})):
        if "sampling" in holder.get("properties", {}):
            holder["properties"]["sampling"] = {"$ref": "#/definitions/SamplingRules"}
            _add_sampling(schema["definitions"])
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() + "\n"


def _add_sampling(definitions: dict[str, Any]) -> None:
    rules = draft7(SamplingRules)
    del rules["$schema"]
    definitions.update(rules.pop("definitions", {}))
    definitions["SamplingRules"] = rules


def to_yaml(value: Mapping[str, Any]) -> str:
    """A definition as YAML that reads back as the same value."""
    writer = YAML()
    writer.width = _LINE
    writer.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    writer.dump(_writable(value), text)
    return text.getvalue()


def _writable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_writable(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    if not isinstance(value, str):
        return value
    if "\n" in value and all(line == line.strip() for line in value.split("\n")):
        return LiteralScalarString(value)
    # The writer's idea of a number or a truth value is not quite ours.
    return value if plain_scalar(value) == (value, "") else SingleQuotedScalarString(value)
