"""`import partners` and `import contacts`: what they say and exit with; a second run changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import make_url

from feedback_engine.app.cli.importing import import_group
from feedback_engine.foundation import settings
from tests.data import make_messy_workbook as messy
from tests.directory.import_files import csv_bytes
from tests.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    file = Path(str(make_url(settings.load().database_url).database))
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(migrated_sqlite, file)
    return Terminal(tmp_path, import_group)


ROWS = [("Partner", "E-mail", "Tier"), ("Acme", "ana@acme.example", "Gold"), ("Beta", "bad", "Silver")]


def test_partners_are_imported_and_the_second_run_changes_nothing(terminal: Terminal) -> None:
    path = terminal.file("list.csv", csv_bytes(ROWS, ";"))
    answer = terminal.type("partners", path)
    assert answer.exit_code == 0, answer.output
    assert "Partners: 2 new, 0 changed" in answer.output
    assert "Row 3, E-mail: “bad” is not an e-mail address." in answer.output
    assert "2 partners created" in answer.output
    second = terminal.json("partners", path)
    assert set(second["written"].values()) == {0}
    assert second["partners"] == {"new": 0, "changed": 0, "unchanged": 2, "missing": 0}


def test_a_dry_run_tells_all_and_writes_nothing(terminal: Terminal) -> None:
    path = terminal.file("list.csv", csv_bytes(ROWS, ";"))
    for _ in range(2):
        told = terminal.json("partners", path, "--dry-run")
        assert told["written"] is None
        assert told["partners"]["new"] == 2
        assert (told["delimiter"], told["header_row"]) == (";", 1)
        assert [(each["row"], each["reason"]) for each in told["refused"]] == [(3, "address_wrong")]
        assert told["refused"][0]["remedy"]


def test_a_mapping_file_decides_what_columns_mean_and_is_remembered(terminal: Terminal) -> None:
    path = terminal.file("list.csv", csv_bytes(ROWS))
    mapping = terminal.file("columns.yaml", "columns:\n  Partner: partner.name\n  Tier: attribute\n")
    told = terminal.json("partners", path, "--mapping", mapping)
    assert told["mapping"] == {"Partner": "partner.name", "E-mail": "leave", "Tier": "attribute"}
    assert terminal.json("partners", path)["mapping"] == told["mapping"]


def test_contacts_belong_to_partners_that_are_there(terminal: Terminal) -> None:
    terminal.json("partners", terminal.file("partners.csv", csv_bytes([("Partner",), ("Acme",), ("Beta",)])))
    rows = [("Partner", "E-mail"), ("Acme", "ana@acme.example"), ("Acne", "bo@acme.example")]
    told = terminal.json("contacts", terminal.file("contacts.csv", csv_bytes(rows)))
    assert told["written"]["contacts_created"] == 1
    assert [(each["row"], each["reason"]) for each in told["refused"]] == [(3, "partner_unknown")]


def test_the_rows_to_mend_are_written_where_wanted(terminal: Terminal) -> None:
    wanted = terminal.folder / "mend.csv"
    terminal.type("partners", terminal.file("list.csv", csv_bytes(ROWS)), "--dry-run", "--refused", wanted)
    assert len(wanted.read_text("utf-8-sig").splitlines()) == 2


def test_a_total_is_told_apart_from_the_rows_to_mend(terminal: Terminal) -> None:
    path = terminal.file("list.csv", csv_bytes([("Partner", "E-mail"), ("Acme", "ana@acme.example"), ("Total", "")]))
    told = terminal.json("partners", path, "--dry-run")
    assert ([each["row"] for each in told["left_out"]], told["refused"]) == ([3], [])
    assert "Row 3, Partner: “Total” looks like a total row." in terminal.type("partners", path, "--dry-run").output


@pytest.mark.parametrize(
    ("arguments", "content", "says"),
    [
        (["partners"], "", "The file is empty."),
        (["partners"], "Only a title\n", "Only one row holds text"),
        (["partners"], "a,b\nx,y\nz,w\n", "No column says which partner"),
        (["contacts"], "Partner,Tier\nAcme,Gold\n", "No column holds e-mail addresses."),
        (["contacts"], "Partner,E-mail\nAcme,ana@acme.example\n", "No row can be imported"),
        (["partners", "--mapping", "columns.yaml"], "Partner\nAcme\n", "no column “Street”"),
        (["partners", "--mapping", "broken.yaml"], "Partner\nAcme\n", "broken.yaml"),
        (["partners", "--refused", "no/such/folder.csv"], "Partner\nAcme\n", "Name another file."),
    ],
)
def test_what_cannot_be_done_ends_with_one_sentence_and_exit_code_1(
    terminal: Terminal, arguments: list[str], content: str, says: str
) -> None:
    terminal.file("columns.yaml", "columns: {Street: attribute}\n")
    terminal.file("broken.yaml", "colums: {}\n")
    path = terminal.file("list.csv", content)
    answer = terminal.type(arguments[0], path, *arguments[1:])
    assert answer.exit_code == 1
    assert says in answer.stderr
    assert "Traceback" not in answer.output


def test_the_messy_workbook_comes_in_by_one_command(terminal: Terminal) -> None:
    path = messy.write_csv(terminal.folder / "messy.csv", messy.make_rows())
    told = terminal.json("partners", path)
    assert told["encoding"] == "Windows-1252"
    assert (told["partners"]["new"], len(told["refused"]), len(told["duplicates"])) == (400, 12, 9)
