"""Events from an XES log (IEEE 1849), gzip too, by a mapping of its attribute keys.

Read as a stream, one trace in memory at a time. A key of the trace is called `case:<key>`, as in the tables that
process-mining tools write, so that one mapping serves a log in both forms.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO

from lxml import etree

from feedback_engine.foundation.errors import Invalid
from journeys.sources.draft import EventDraft, Rejected, Source
from journeys.sources.mapping import EventMapping, Record
from journeys.sources.packed import unpacked
from journeys.sources.records import Numbered, drafts_of

_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})


def read(stream: IO[bytes], mapping: EventMapping | None) -> Iterator[EventDraft | Rejected]:
    """The events of a log in document order. Raises Invalid when the file is no XES, or carries a document type."""
    if mapping is None:
        raise Invalid("A log needs a mapping that says what its keys mean; give one with --mapping.")
    yield from drafts_of(_events(stream), mapping)


def _events(stream: IO[bytes]) -> Iterator[Numbered]:
    index = 0
    try:
        for trace in _traces(unpacked(stream)):
            case = {f"case:{key}": value for key, value in _attributes(trace).items()}
            for event in trace.iterchildren("{*}event"):
                yield index, case | _attributes(event)
                index += 1
            _forget(trace)
    except (etree.XMLSyntaxError, OSError, EOFError, zlib.error) as error:
        raise Invalid(f"The file cannot be read as an XES log: {error}.") from error


def _traces(stream: IO[bytes]) -> Iterator[etree._Element]:
    # No entity is ever expanded and nothing is fetched: a log is data, and a document type could make it a program.
    reader = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}log", "{*}trace"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    inside_log = False
    for action, element in reader:
        if not inside_log:
            _require_log(element)
            inside_log = True
        elif action == "end" and _local_name(element) == "trace":
            yield element
    if not inside_log:
        raise Invalid("The file is no XES log: it holds no <log>.")


def _require_log(root: etree._Element) -> None:
    if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # missing from the stubs
        raise Invalid("The log carries a document type (DTD); remove the <!DOCTYPE ...> line.")
    if root.getparent() is not None or _local_name(root) != "log":
        raise Invalid("The file is no XES log: it does not begin with <log>.")


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: etree._Element) -> Record:
    """The key-value pairs directly inside a trace or event; lists and nested attributes are left out."""
    found: Record = {}
    for child in element.iterchildren(tag=etree.Element):
        key, value = child.get("key"), (child.get("value") or "").strip()
        if key and value and _local_name(child) in _VALUES:
            found[key] = value
    return found


def _forget(element: etree._Element) -> None:
    """Free a trace that has been read, and what stood before it, so that memory does not grow with the log."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]  # type: ignore[union-attr]


SOURCE = Source(name="xes", suffixes=(".xes",), needs_mapping=True, read=read)
