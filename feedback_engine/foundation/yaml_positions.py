"""Pure. Strict YAML: plain mappings, lists and scalars only, read with the line of every key and list item.

Refused, each with its line and remedy: duplicate keys, tags, anchors, aliases and merge keys, directives, a second
document, keys that are not text, control characters, NaN and infinity, and files beyond the limits below. Scalars are
those of the YAML 1.2 core schema without its octal and hexadecimal numbers: `no`, `yes`, `on`, `off` and `09:00` are
text, so that Norway stays a country.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from feedback_engine.foundation.definition_faults import (
    DefinitionError,
    DefinitionFault,
    KeyPath,
    pointer_of,
    shortened,
)

MAX_CHARACTERS = 128 * 1024
MAX_LINE = 4_096
MAX_BRACKETS = 256
MAX_LEVELS = 64
MAX_VALUES = 8_000
"""The reader is pure Python: some 300 KB or 20,000 values a second, and quadratic in the length of some lines.
These limits keep any input under a second; a long survey in 20 languages holds some 3,000 keys and values."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Loaded:
    """A file as read: its value, the line of each key and item, and the faults found so far.

    `places` says where each value that is no list or mapping stands in the text, as its first character and the one
    behind its last.
    """

    name: str
    value: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    faults: list[DefinitionFault] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """The line, from 1, of the key or item at `path`, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: KeyPath, message: str, remedy: str = "") -> DefinitionFault:
        """A fault at `path`, for checks that a schema cannot express."""
        return DefinitionFault(self.name, self.line(path), message, remedy, pointer_of(path))


def scan(text: str, *, name: str) -> Loaded:
    """Read strict YAML; whatever is wrong stands in `faults` of the result, which may then lack parts."""
    loaded = Loaded(name)
    try:
        _refuse_oversize(text, loaded)
        _Composer(text, loaded).compose()
    except _Stop:
        pass
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _note(loaded, mark.line + 1 if mark else 0, _syntax_message(error), _syntax_remedy(error))
    except (YAMLError, ValueError, OverflowError) as error:
        # The reader raises plain errors for escapes such as "\UFFFFFFFF" that name no character.
        _note(loaded, 0, f"This is not readable YAML: {shortened(error, 120)}.", "Check quotes and escapes.")
    return loaded


def load(text: str, *, name: str) -> Loaded:
    """Read strict YAML. Raises DefinitionError with every fault found."""
    loaded = scan(text, name=name)
    if loaded.faults:
        raise DefinitionError(loaded.faults)
    return loaded


def decode(content: bytes, *, name: str) -> str:
    """The text of a definition file, which is UTF-8. Raises DefinitionError with the line that is not."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = DefinitionFault(name, line, "The file is not UTF-8 text.", "Save it with the encoding UTF-8.")
        raise DefinitionError([fault]) from error


class _Stop(Exception):
    """Reading ends here; the fault is noted already."""


def _note(loaded: Loaded, line: int, message: str, remedy: str, path: KeyPath = ()) -> None:
    loaded.faults.append(DefinitionFault(loaded.name, line, message, remedy, pointer_of(path)))


def _refuse_oversize(text: str, loaded: Loaded) -> None:
    if len(text) > MAX_CHARACTERS:
        _note(loaded, 0, f"The file is larger than {MAX_CHARACTERS // 1024} KB.", "Split it into several files.")
        raise _Stop
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            _note(loaded, number, f"The line is longer than {MAX_LINE} characters.", "Break it with `|` over lines.")
            raise _Stop
        if line.count("[") + line.count("{") > MAX_BRACKETS:
            _note(loaded, number, f"The line opens more than {MAX_BRACKETS} brackets.", "Write the list over lines.")
            raise _Stop
        bad = _FORBIDDEN.search(line)
        if bad:
            _note(loaded, number, f"The line holds the control character U+{ord(bad[0]):04X}.", "Delete it.")
            raise _Stop


class _Composer:
    """Builds values out of parser events, and keeps counts, so that no input can grow what it reads."""

    def __init__(self, text: str, loaded: Loaded) -> None:
        self._loaded = loaded
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))
        self._count = 0

    def compose(self) -> None:
        """Read the one document of the stream into the loaded value."""
        seen_document = False
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                line = event.start_mark.line + 1
                if seen_document:
                    _note(self._loaded, line, "A second document begins here.", "Keep one document a file; drop `---`.")
                    raise _Stop
                if event.version or event.tags:
                    _note(self._loaded, line, "A `%` directive stands before the document.", "Delete that line.")
                seen_document = True
            elif isinstance(event, NodeEvent):
                self._loaded.lines[()] = event.start_mark.line + 1
                self._loaded.value = self._node(event, ())

    def _node(self, event: NodeEvent, path: KeyPath) -> Any:
        line = event.start_mark.line + 1
        self._refuse_references(event, path, line)
        self._count += 1
        if self._count > MAX_VALUES:
            _note(self._loaded, line, f"The file holds more than {MAX_VALUES} values.", "Split it into several files.")
            raise _Stop
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path, line)
        if len(path) >= MAX_LEVELS:
            _note(self._loaded, line, f"Values are nested deeper than {MAX_LEVELS} levels.", "Flatten them.", path[:3])
            raise _Stop
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path) if isinstance(event, MappingStartEvent) else None

    def _value(self, event: NodeEvent, path: KeyPath) -> Any:
        if isinstance(event, ScalarEvent):
            self._loaded.places[path] = (event.start_mark.index, event.end_mark.index)
        return self._node(event, path)

    def _refuse_references(self, event: NodeEvent, path: KeyPath, line: int) -> None:
        if isinstance(event, AliasEvent):
            name = shortened(event.anchor)
            _note(self._loaded, line, f"The alias `*{name}` is not allowed.", "Write the value out.", path)
        elif event.anchor:
            _note(self._loaded, line, f"The anchor `&{shortened(event.anchor)}` is not allowed.", "Delete it.", path)
        tag = getattr(event, "tag", None)
        if tag is not None:
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            # `condition: !event.won` is the usual way to write a tag without meaning one.
            remedy = "Write the plain value." if short.startswith("!!") else "If text is meant, put it in quotes."
            _note(self._loaded, line, f"The tag `{shortened(short)}` is not allowed.", remedy, path)

    def _scalar(self, event: ScalarEvent, path: KeyPath, line: int) -> Any:
        text: str = event.value
        if _FORBIDDEN.search(text):
            _note(self._loaded, line, "The text holds an escaped control character.", "Delete it.", path)
        if event.style:
            return text
        value, problem = plain_scalar(text)
        if problem:
            _note(self._loaded, line, problem, "If text is meant, put it in quotes.", path)
        return value

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            assert isinstance(event, NodeEvent)
            at = (*path, len(items))
            self._loaded.lines[at] = event.start_mark.line + 1
            items.append(self._value(event, at))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            assert isinstance(event, NodeEvent)
            line = event.start_mark.line + 1
            key = self._key(event, path, line)
            at = (*path, key)
            if at in self._loaded.lines:
                first = f"The key `{shortened(key)}` stands twice; first in line {self._loaded.lines[at]}."
                _note(self._loaded, line, first, "Keep one of them.", at)
                # Its contents are read aside, or each key in them would be called a second one too.
                at = (*path, f"{key} (again in line {line})")
            self._loaded.lines[at] = line
            value_event = next(self._events)
            assert isinstance(value_event, NodeEvent)
            values.setdefault(key, self._value(value_event, at))
        return values

    def _key(self, event: NodeEvent, path: KeyPath, line: int) -> str:
        """The key, as text even where it is refused, so that reading goes on to the next fault."""
        if not isinstance(event, ScalarEvent | AliasEvent):
            _note(self._loaded, line, "A list or mapping stands where a key should be.", "Use a word as key.", path)
            raise _Stop
        value = self._node(event, path)
        if not isinstance(event, ScalarEvent):
            return f"<key in line {line}>"
        if event.value == "<<" and not event.style:
            _note(self._loaded, line, "The merge key `<<` is not allowed.", "Write the keys out.", path)
        elif not isinstance(value, str):
            _note(self._loaded, line, f"The key `{shortened(event.value)}` is not text.", "Put it in quotes.", path)
        return event.value if isinstance(event.value, str) else str(event.value)


def plain_scalar(text: str) -> tuple[Any, str]:
    """The value of an unquoted scalar, and what is wrong with it (empty when nothing is)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text], ""
    if _INTEGER.fullmatch(text):
        if len(text) > 18:
            return text, f"The number `{shortened(text)}` has more than 18 digits."
        return int(text), ""
    if _NOT_FINITE.fullmatch(text):
        return text, f"`{text}` is not a finite number."
    # Leading zeros mark a phone number or a code, not a quantity.
    if _FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit():
        value = float(text)
        return (value, "") if math.isfinite(value) else (text, f"`{shortened(text)}` is not a finite number.")
    return text, ""


def _syntax_message(error: MarkedYAMLError) -> str:
    problem = shortened(error.problem or error.context or "a syntax error", 160)
    where = f" {shortened(error.context, 80)}" if error.context and error.problem else ""
    return f"The YAML cannot be read{where}: {problem}."


def _syntax_remedy(error: MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem or "'\t'" in problem:
        return "Indent with spaces, not tabs."
    if "mapping values are not allowed" in problem:
        return "Check the indentation; put text that contains `: ` in quotes."
    if "block end" in problem or "block mapping" in (error.context or ""):
        return "Check that keys of one level begin in the same column."
    if "end of stream" in problem or "quoted" in (error.context or ""):
        return "Close the quote or bracket that was opened."
    if "start any token" in problem:
        return "Put text that begins with this character in quotes."
    return "Check indentation, colons and quotes around this line."
