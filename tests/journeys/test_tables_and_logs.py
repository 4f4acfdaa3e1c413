"""Tables and logs: one mapping reads both, real files give the published counts, broken files are refused in words."""

from __future__ import annotations

import gzip
import io
import os
import random
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from feedback_engine.foundation.definitions import DefinitionError
from feedback_engine.foundation.errors import Invalid
from journeys.sources import SOURCES, ContactDraft, EventDraft, Rejected, csv_table, find_source, xes, xlsx_table
from journeys.sources.mapping import synthetic_address
from tests.journeys.builders import CARPENTRIES, HELPDESK, mapping

WORKSHOPS = Path(__file__).parents[1] / "data" / "carpentries" / "all_workshops.csv"
SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared(name: str) -> bytes:
    """A file that may not live in the project; without it the test is reported as not run, and fails under CI."""
    path = SHARED / name
    if not path.exists():
        assert os.environ.get("CI") != "true", f"{name} is needed under CI"
        pytest.skip(f"not run: {path} is not on this machine")
    return path.read_bytes()


def table(text: str, mapping_text: str = HELPDESK) -> list[EventDraft | Rejected]:
    return list(csv_table.read(io.BytesIO(text.encode()), mapping(mapping_text)))


def accepted(outcomes: Iterable[EventDraft | Rejected]) -> list[EventDraft]:
    drafts = []
    for outcome in outcomes:
        assert isinstance(outcome, EventDraft), outcome
        drafts.append(outcome)
    return drafts


def test_the_help_desk_log_means_the_same_as_table_and_as_log() -> None:
    from_table = accepted(csv_table.read(io.BytesIO(shared("helpdesk.csv.gz")), mapping(HELPDESK)))
    from_log = accepted(xes.read(io.BytesIO(shared("helpdesk.xes.gz")), mapping(HELPDESK)))
    assert from_table == from_log
    assert len(from_table) == 4559
    assert len({one.subject for one in from_table}) == 390
    assert len({one.contact.email for one in from_table if one.contact}) == 390


def test_the_order_of_a_file_means_nothing() -> None:
    header, *rows = gzip.decompress(shared("helpdesk.csv.gz")).decode().splitlines(keepends=True)
    random.Random(7).shuffle(rows)
    shuffled = accepted(table("".join([header, *rows])))
    straight = accepted(csv_table.read(io.BytesIO(shared("helpdesk.csv.gz")), mapping(HELPDESK)))
    assert _by_id(shuffled) == _by_id(straight)


def _by_id(drafts: list[EventDraft]) -> list[tuple[object, ...]]:
    return sorted((one.id, one.subject, one.at, str(one.contact), str(one.attributes)) for one in drafts)


def test_the_workshops_are_read_as_published() -> None:
    with WORKSHOPS.open("rb") as stream:
        drafts = accepted(csv_table.read(stream, mapping(CARPENTRIES)))
    assert len(drafts) == len({one.id for one in drafts}) == 1869
    assert len({one.subject for one in drafts}) == 492
    assert all(one.at is not None and (one.at.hour, one.at.minute) == (0, 0) for one in drafts)


TICKETS = """case:concept:name,concept:name,time:timestamp,customer,product
T1,Closed,2026-03-02T10:00:00+00:00,acme,router
T1,Closed,2026-03-01T10:00:00+00:00,acme,switch
T1,Opened,2026-03-09T10:00:00+00:00,acme,switch
T2,Closed,2026-03-03T10:00:00+00:00,bolt,
"""


def test_only_the_last_wanted_record_of_a_case_counts() -> None:
    drafts = accepted(table(TICKETS))
    assert [(one.index, one.id, one.attributes) for one in drafts] == [(0, "T1", {"product": "router"}), (3, "T2", {})]


def test_every_wanted_record_of_a_case_counts_where_each_is_taken() -> None:
    drafts = accepted(table(TICKETS, HELPDESK.replace("take: last", "take: each")))
    assert [one.index for one in drafts] == [0, 1, 3]


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        (",Closed,2026-03-02T10:00:00+00:00,acme,", "/case:concept:name"),
        ("T1,Closed,2026-03-02T10:00:00+00:00,,", "/customer"),
        ("T1,Closed,soon,acme,", "/time:timestamp"),
        ("T1,Closed,,acme,", "/time:timestamp"),
        (f"{'x' * 600},Closed,2026-03-02T10:00:00+00:00,acme,", "/case:concept:name"),
        ('T1,Closed,2026-03-02T10:00:00+00:00,"ac\nme",', "/customer"),
    ],
)
def test_a_bad_row_is_rejected_by_column_and_the_others_stand(row: str, pointer: str) -> None:
    outcomes = table(f"{TICKETS}{row}\n".replace("T1,", "T0,", 3))
    assert [type(one) for one in outcomes] == [EventDraft, EventDraft, Rejected]
    assert isinstance(outcomes[2], Rejected)
    assert (outcomes[2].index, outcomes[2].pointer) == (4, pointer)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n", "no column"),
        (b"", "no column"),
        (TICKETS.replace("acme", "Acmé").encode("windows-1252"), "utf-8"),
        (gzip.compress(TICKETS.encode())[:-12], "cannot be read"),  # torn off
        (b"\x1f\x8b\x08garbage", "cannot be read"),
        (TICKETS.encode() + b"x" * 200_000, "cannot be read"),  # a cell without end
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_words(content: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        list(csv_table.read(io.BytesIO(content), mapping(HELPDESK)))


def test_encoding_delimiter_and_zone_come_from_the_mapping() -> None:
    settings = 'encoding: windows-1252\ndelimiter: ";"\ntime_zone: Europe/Rome\n'
    content = "id;when;who\n1;2026-07-01;Acmé\n".encode("windows-1252")
    rules = f"source: s\nid: id\ntype: {{constant: t}}\nsubject: who\nat: when\n{settings}"
    (one,) = accepted(csv_table.read(io.BytesIO(content), mapping(rules)))
    assert one.subject == "Acmé"
    assert one.at is not None
    assert one.at.isoformat() == "2026-06-30T22:00:00+00:00"


def test_columns_of_the_right_names_need_no_mapping_of_their_own() -> None:
    rows = ("1,qbr.held,acme,2026-03-02,ana@acme.example,sales", "2,qbr.held,acme,2026-03-02,,")
    content = "\n".join(("id,type,subject,time,email,role", *rows))
    first, second = accepted(table(content, "source: desk"))
    assert (first.id, first.type, first.subject) == ("1", "qbr.held", "acme")
    assert first.contact == ContactDraft("ana@acme.example", role="sales")
    assert second.contact is None


def test_a_mapping_may_say_that_there_is_no_contact() -> None:
    (one,) = accepted(table("id,type,subject,time,email\n1,t,acme,2026-03-02,no address\n", "source: desk\ncontact:\n"))
    assert one.contact is None


def workbook(*rows: tuple[object, ...]) -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    content.seek(0)
    return content


def test_a_workbook_means_the_same_as_the_table() -> None:
    names = ("id", "type", "subject", "time", "email")
    book = workbook(
        names,
        (17, "qbr.held", "acme", datetime(2026, 3, 2), "ana@acme.example"),  # noqa: DTZ001 - cells have no zone
        (None, None, None, None, None),
        ("18", "qbr.held", "acme", "2026-03-02T10:00:00+01:00", None),
    )
    rows = ("17,qbr.held,acme,2026-03-02,ana@acme.example", ",,,,", "18,qbr.held,acme,2026-03-02T10:00:00+01:00,")
    from_table = accepted(table("\n".join((",".join(names), *rows)), "source: desk"))
    assert accepted(xlsx_table.read(book, mapping("source: desk"))) == from_table
    assert [one.id for one in from_table] == ["17", "18"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"a,b\n", workbook(("a", "b")).getvalue()])
def test_a_file_that_is_no_such_workbook_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"cannot be read|no column"):
        list(xlsx_table.read(io.BytesIO(content), mapping("source: desk")))


def log(body: str, head: str = "") -> io.BytesIO:
    return io.BytesIO(f'<?xml version="1.0"?>{head}<log xmlns="http://www.xes-standard.org/">{body}</log>'.encode())


TRACE = """<trace><string key="concept:name" value="T1"/><event><string key="concept:name" value="Closed"/>
<date key="time:timestamp" value="2026-03-02T10:00:00+00:00"/><string key="customer" value="acme"/>
<string key="product" value="router"><string key="inner" value="left out"/></string></event></trace>"""


def test_a_log_is_read_with_the_keys_of_its_traces() -> None:
    (one,) = accepted(xes.read(log(TRACE), mapping(HELPDESK)))
    assert (one.id, one.subject, one.attributes) == ("T1", "acme", {"product": "router"})


BOMB = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for name, inner in zip("bcdefghij", "abcdefghi", strict=True))


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (log(TRACE, f'<!DOCTYPE log [<!ENTITY a "ha">{BOMB}]>'), "document type"),
        (log(TRACE, '<!DOCTYPE log SYSTEM "file:///etc/passwd">'), "document type"),
        (log(TRACE.replace("acme", "&j;"), f'<!DOCTYPE log [<!ENTITY a "ha">{BOMB}]>'), "document type|cannot be read"),
        (io.BytesIO(b"<html><trace/></html>"), "no XES log"),
        (io.BytesIO(b"<other/>"), "no XES log"),
        (io.BytesIO(b"a,b,c"), "cannot be read"),
        (io.BytesIO(b""), "cannot be read"),
        (log(TRACE + "<trace>"), "cannot be read"),
        (log("<trace>" * 2_000), "cannot be read"),
        (io.BytesIO(gzip.compress(log(TRACE).getvalue())[:-20]), "cannot be read"),
    ],
)
def test_a_hostile_or_broken_log_is_refused_in_words(stream: io.BytesIO, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        list(xes.read(stream, mapping(HELPDESK)))


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("subject: customer", "subject: {column: a, constant: b}", "one value"),
        ("subject: customer", "subject: {}", "one value"),
        ("at:", "when:", "when"),
        ("source: helpdesk", "", "source"),
        ('case: "case:concept:name"\n', "", "case"),
        ("helpdesk.invalid}", "helpdesk.example}", "synthetic"),  # somebody could be mailed there
        ("take: last", "take: first", "`last`"),
        ("take: last", "time_zone: Mars/Olympus", "time zone"),
        ("take: last", "encoding: klingon", "encoding"),
    ],
)
def test_a_broken_mapping_is_refused_with_a_remedy(written: str, instead: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        mapping(HELPDESK.replace(written, instead))


def test_tables_and_logs_need_a_mapping() -> None:
    for source in (csv_table, xlsx_table, xes):
        with pytest.raises(Invalid, match="--mapping"):
            list(source.read(io.BytesIO(b""), None))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("events.csv", "csv"),
        ("events.CSV.gz", "csv"),
        ("log.xes.gz", "xes"),
        ("events.xlsx", "xlsx"),
        ("events.ndjson", "cloudevents"),
        ("events.json", "cloudevents"),
        ("events.pdf", None),
    ],
)
def test_a_file_is_read_by_its_name(name: str, source: str | None) -> None:
    found = find_source(name)
    assert (found and found.name) == source
    assert found is None or found in SOURCES


def test_stand_in_addresses_tell_subjects_apart() -> None:
    subjects = ["Value 1", "Value-1", "value 1", "Université", "Universite", "株式会社", "", "x" * 500, "x" * 501]
    addresses = [synthetic_address(subject, "log.invalid") for subject in subjects]
    assert len(set(addresses)) == len(subjects)
    assert all(address.endswith("@log.invalid") and address.isascii() and len(address) < 100 for address in addresses)
