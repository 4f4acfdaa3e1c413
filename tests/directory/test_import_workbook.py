"""Reading a spreadsheet: which sheet, which header, which encoding and separator, and what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feedback_engine.directory.importing import delimited, workbook
from feedback_engine.directory.importing.delimited import read_delimited
from feedback_engine.directory.importing.encodings import find_encoding
from feedback_engine.directory.importing.packing import HEAD_LENGTH, count_rows, pack_table, unpack_table
from feedback_engine.directory.importing.table import Header, Origin, Row, column_letter, table_under
from feedback_engine.directory.importing.workbook import cell_text, read_table
from feedback_engine.foundation.errors import Invalid
from tests.directory.import_files import csv_bytes, xlsx_bytes

LIST = [["Partner", "E-mail", "Owner"], ["Acme", "ana@acme.example", "Dana"], ["Beta", "bo@beta.example", "Luis"]]


# ---- which row names the columns


@pytest.mark.parametrize(
    ("above", "header_row"),
    [
        ([], 1),  # nothing stands above
        ([["Our partners, confidential"]], 2),  # a title fills one cell
        ([["Our partners"], [], ["As of March"], []], 5),  # titles and blank rows
        ([["Company", "Contact", ""]], 2),  # names of groups of columns: fewer than the names themselves
        ([["Partner"]], 2),  # a title that is itself a column name
        ([["Please fill in every row, one row for each contact that we may write to, thank you very much"]], 2),
    ],
)
@pytest.mark.parametrize("as_bytes", [csv_bytes, xlsx_bytes])
def test_the_header_is_found_under_whatever_stands_above_it(
    above: list[list[str]], header_row: int, as_bytes: object
) -> None:
    rows = [*above, *LIST]
    read = read_table(csv_bytes(rows) if as_bytes is csv_bytes else xlsx_bytes(rows))
    assert [column.header for column in read.columns] == ["Partner", "E-mail", "Owner"]
    assert read.header_number == header_row
    assert [row.number for row in read.rows] == [header_row + 1, header_row + 2]


def test_rows_keep_the_number_that_the_spreadsheet_shows() -> None:
    rows = [*LIST[:2], [], ["", "", ""], LIST[2]]
    for content in (csv_bytes(rows), xlsx_bytes(rows)):
        assert [row.number for row in read_table(content).rows] == [2, 5]


def test_a_cell_of_several_lines_is_one_row() -> None:
    rows = [["Partner", "Note"], ["Acme", "call\nin March"], ["Beta", ""]]
    for content in (csv_bytes(rows), xlsx_bytes(rows)):
        read = read_table(content)
        assert [(row.number, row.cells[1]) for row in read.rows] == [(2, "call\nin March"), (3, "")]


def test_empty_columns_fall_away_and_nameless_ones_are_known_by_their_letter() -> None:
    read = read_table(csv_bytes([["Partner", "", "", "Owner"], ["Acme", "", "x", "Dana"]]))
    headers = [(column.header, column.letter) for column in read.columns]
    assert headers == [("Partner", "A"), ("(C)", "C"), ("Owner", "D")]


def test_two_columns_of_one_name_are_told_apart() -> None:
    read = read_table(csv_bytes([["Partner", "Phone", "phone", "Phone"], ["Acme", "1", "2", "3"]]))
    assert [column.header for column in read.columns] == ["Partner", "Phone", "phone (C)", "Phone (D)"]


def test_a_header_that_is_printed_again_in_the_middle_is_no_partner() -> None:
    read = read_table(csv_bytes([*LIST, LIST[0], ["Gamma", "g@gamma.example", "Mei"]]))
    assert [row.cells[0] for row in read.rows] == ["Acme", "Beta", "Gamma"]


def test_a_known_word_in_the_last_row_is_no_second_header() -> None:
    read = read_table(csv_bytes([["Alpha", "Bravo", "Delta"], ["Acme", "", "Rom"], ["Beta", "Person", "Bonn"]]))
    assert [row.cells for row in read.rows] == [("Acme", "", "Rom"), ("Beta", "Person", "Bonn")]


@pytest.mark.parametrize(
    ("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_lettered_as_spreadsheets_do(index: int, letter: str) -> None:
    assert column_letter(index) == letter


# ---- which sheet, which cells


def test_the_visible_sheet_that_looks_most_like_a_list_is_read() -> None:
    legend = [["Gold partners are reviewed each year."], ["Ask the partner team."]]
    read = read_table(xlsx_bytes(legend, LIST, [*LIST, ["Old", "o@old.example", "x"]], hidden=[2]))
    assert read.origin.sheet == "Sheet 2"
    assert read.origin.other_sheets == ("Sheet 1",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  as it stands ", "  as it stands "),
        (12.0, "12"),  # no .0 that nobody typed
        (390612345678.0, "390612345678"),  # a phone number is no 3.9e11
        (0.1 + 0.2, "0.3"),  # as the spreadsheet shows it
        (1234567, "1234567"),
        (True, "TRUE"),
        (datetime.fromisoformat("2026-03-09"), "2026-03-09"),  # midnight is a day
        (datetime.fromisoformat("2026-03-09 17:30"), "2026-03-09 17:30"),
        (date(2026, 3, 9), "2026-03-09"),
        (time(9, 5), "09:05"),
        ("#N/A", ""),  # a failed look-up is no text
    ],
)
def test_cells_are_read_as_people_see_them(value: object, text: str) -> None:
    assert cell_text(value) == text


# ---- encoding and separator


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_western_lists_are_read_in_every_encoding_with_every_separator(delimiter: str, encoding: str) -> None:
    rows = [["Società", "Straße", "Prénom"], ["Müller & Söhne", "Größe 5", "Zoë"], ["Officine Perù", "Forlì", "José"]]
    read = read_table(csv_bytes(rows, delimiter, encoding))
    assert [[column.header for column in read.columns], *(list(row.cells) for row in read.rows)] == rows
    assert read.origin.delimiter == delimiter


@pytest.mark.parametrize(
    ("encoding", "rows"),
    [
        ("cp1250", [["Firma", "Miasto"], ["Łódź Żagle Święty", "Kraków"], ["Zażółć gęślą jaźń", "Gdańsk"]]),
        ("cp1250", [["Firma", "Miasto"], ["Żółw", "Wrocław"], ["Pole", "Gdańsk"]]),
        ("cp1251", [["Компания", "Город"], ["Рога и Копыта", "Москва"], ["Пётр и сыновья", "Тверь"]]),
        ("mac_roman", [["Società", "Città"], ["Caffè Perù però", "Forlì"], ["Müller Söhne Größe", "Köln"]]),
    ],
)
def test_other_single_byte_encodings_are_recognised_by_their_letters(encoding: str, rows: list[list[str]]) -> None:
    assert [list(row.cells) for row in read_delimited(csv_bytes(rows, ";", encoding)).rows] == rows


def test_one_accent_in_a_long_list_is_read_as_windows_1252() -> None:
    plain = [[f"Partner {number}", "Dana Keller"] for number in range(500)]
    rows = [["Partner", "Owner"], *plain, ["Perù", "José Ruiz"]]
    assert find_encoding(csv_bytes(rows, ";", "cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name;address\nAcme;Via Roma 1, Milano\nBeta;Via Po 2, Torino\n", ";"),  # commas inside cells
        ("name,email,tags\nAcme,a@acme.example,x;y;z\nBeta,b@beta.example,x;y;z\n", ","),  # lists inside cells
        ('name,note\nAcme,"a;b;c"\nBeta,"d;e;f"\n', ","),  # quoted separators do not count
        ("Our list\n\nname;city\nAcme;Rome\nBeta;Milan\n", ";"),  # a title without separators
        ("name|city\nAcme|Rome, Italy\n", "|"),
        ("name\nAcme\n", ";"),  # one column: any will do
    ],
)
def test_the_separator_is_the_one_that_makes_even_rows(text: str, delimiter: str) -> None:
    assert read_delimited(text.encode()).delimiter == delimiter


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
WESTERN = st.sampled_from(
    ["", "Müller & Söhne", "Città", "Perù", "José Ruiz", "Straße 5", "Crème brûlée", "São Paulo", "L’Été", "Ångström"]
)


@st.composite
def _tables(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> list[list[str]]:
    """At least two columns and rows, every row filled at its ends, so that no row or column is blank."""
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=2, max_size=6))
    return [["x " + row[0], *row[1:-1], row[-1] + " y"] for row in rows]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    rows=_tables(WORDS),
    delimiter=st.sampled_from(delimited.DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example(rows=[["x\ufeff", "y"], ["x;", ",y"]], delimiter=";", encoding="utf-8")
@example(rows=[["x ", "; y"], ["x ", "; y"]], delimiter=",", encoding="utf-8")
def test_any_table_of_text_is_read_back_as_it_was_written(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    quoted = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    read = read_delimited(quoted.encode(encoding))
    assert [list(row.cells) for row in read.rows] == rows
    assert read.delimiter == delimiter


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=_tables(WESTERN), delimiter=st.sampled_from(delimited.DELIMITERS))
def test_western_text_survives_windows_1252_with_any_separator(rows: list[list[str]], delimiter: str) -> None:
    header = ["Società", *(f"colonna {number}" for number in range(1, len(rows[0])))]
    read = read_delimited(csv_bytes([header, *rows], delimiter, "cp1252"))
    assert [list(row.cells) for row in read.rows] == [header, *rows]


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=_tables(WORDS))
def test_a_kept_upload_is_the_table_that_was_read(rows: list[list[str]]) -> None:
    header = [f"column {number}" for number in range(len(rows[0]))]
    numbered = [Row(number, tuple(cells)) for number, cells in enumerate([header, *rows], start=1)]
    read = table_under(numbered, Header(position=0, score=1, known_labels=0), Origin(encoding="utf-8", delimiter=";"))
    packed = pack_table(read)
    assert unpack_table(packed) == unpack_table(packed[HEAD_LENGTH:]) == read, "also as a release before packed it"
    assert [count_rows(head[:HEAD_LENGTH]) for head in (packed, packed[HEAD_LENGTH:])] == [len(read.rows), None]


# ---- what is refused


def _zip(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return content.getvalue()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \r\n \r\n", "empty"),
        (xlsx_bytes([]), "empty"),
        (b"Our partners\r\n", "Only one row"),
        (xlsx_bytes([["Our partners"]]), "Only one row"),
        (b"Our partners\r\nPartner,E-mail,Owner\r\n", "No list was found"),  # names, and nothing under them
        (b"a@b.example,12\n5,6\n7,8\n", "No list was found"),
        (_OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (_OLE + "Workbook".encode("utf-16-le"), "old Excel file"),
        (b"%PDF-1.7 ...", "not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n", "not a spreadsheet"),
        (b"<!DOCTYPE html><table><tr><td>Partner</td></tr></table>", "not a spreadsheet"),
        (b"PK\x03\x04 broken", "not a spreadsheet"),
        (_zip(word__document_xml=b"<x/>"), "not a spreadsheet"),
        (_zip(xl__workbook_xml=b"no xml at all"), "not a spreadsheet"),
        (b"Partner,City\nAcme\0,Rome\n", "NUL"),
        (b'Partner,City\n"Acme,Rome\n' + b"x,y\n" * 20_000, "never closed"),
        (b"Partner\n" + b"x\n" * 100_001, "more than 100000 rows"),
        (b",".join([b"name"] * 201) + b"\n" + b",".join([b"x"] * 201), "more than 200 columns"),
        (b"x" * (workbook.MAX_BYTES + 1), "20 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_table(content)
    assert says in refused.value.message
    assert refused.value.message.count(".") >= 2 or says == "empty", "what is wrong, and then what to do"


def test_a_workbook_that_would_unpack_to_too_much_is_refused_before_it_does() -> None:
    bomb = _zip(xl__workbook_xml=b"<x/>", xl__sharedStrings_xml=b"a" * (workbook.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 1_000_000
    with pytest.raises(Invalid, match="unpacks to over 200 MB"):
        read_table(bomb)


@pytest.mark.parametrize(
    ("encoding", "sheet", "says"),
    [
        ("utf-8", "<sheetData>" + '<row r="1"/>' * 1_048_577 + "</sheetData>", "more than 100000 rows"),
        ("utf-8", "<sheetData>" + "<x:row\nr='1'/>" * 1_048_577 + "</sheetData>", "more than 100000 rows"),  # prefixed
        ("utf-16", "<sheetData>" + '<row r="1"/>' * 1_048_577 + "</sheetData>", "more than 100000 rows"),
        ("utf-8", '<row r="1">' + '<c r="A1"/>' * 2_000_001 + "</row>", "too many cells"),
    ],
)
def test_rows_and_cells_that_share_a_number_count_too(encoding: str, sheet: str, says: str) -> None:
    # The library passes over a row whose number does not rise, so no limit of the rows it gives would see them.
    content = _zip(xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=sheet.encode(encoding))
    with pytest.raises(Invalid, match=says):
        read_table(content)


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        ("<sheetData>" + "<x/>" * 5_000_001 + "</sheetData>", "too many cells"),
        ("<sheetData><row " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/></sheetData>", "not a spreadsheet"),
        ("<a>" * 20_000 + "</a>" * 20_000, "not a spreadsheet"),
        (f'<sheetData><row><c t="str"><v>{"x" * 300_000}</v></c></row></sheetData>', "not a spreadsheet"),
    ],
    ids=["tags without a meaning", "a tag without an end", "tags in tags in tags", "a cell without an end"],
)
def test_what_only_keeps_the_parser_busy_is_refused_before_it_is_parsed(sheet: str, says: str) -> None:
    content = _zip(xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=sheet.encode())
    with pytest.raises(Invalid, match=says):
        read_table(content)


def test_sheets_that_share_one_part_are_refused() -> None:
    whole, shared = io.BytesIO(xlsx_bytes(LIST, LIST)), io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(shared, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"worksheets/sheet2.xml", b"worksheets/sheet1.xml"))
    with pytest.raises(Invalid, match="not a spreadsheet"):
        read_table(shared.getvalue())


def test_a_workbook_with_an_entity_bomb_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><workbook>&e11;</workbook>'
    with pytest.raises(Invalid, match="not a spreadsheet"):
        read_table(_zip(xl__workbook_xml=bomb.encode()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(content=st.binary(max_size=400), as_workbook=st.booleans())
def test_no_bytes_break_the_reader(content: bytes, as_workbook: bool) -> None:
    damaged = xlsx_bytes(LIST)[: -len(content) or None] + content if as_workbook else content
    try:
        read = read_table(damaged)
    except Invalid:
        return
    assert all(len(row.cells) == len(read.columns) for row in read.rows)
