"""The import in a browser without scripts: from a file to the register, and every way it may go wrong."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback_engine.app import first_run
from feedback_engine.app.factory import create_app
from feedback_engine.directory import reading as directory
from feedback_engine.directory.views import StaffView
from feedback_engine.directory.web import blueprint, importing, principal_loader
from feedback_engine.foundation.engine import Engine
from tests.data import make_messy_workbook as messy
from tests.directory import builders
from tests.directory.import_files import csv_bytes, xlsx_bytes
from tests.directory.site import post, signed_in

ROWS = [
    ("Partner", "E-mail", "Owner"),
    ("Acme", "ana@acme.example", "Dana Keller"),
    ("Beta", "bad@", "Tom Nobody"),
]


def site(engine: Engine) -> Flask:
    pages = [blueprint(engine), importing.blueprint(engine)]
    return create_app(engine, blueprints=pages, load_principal=principal_loader(engine))


@pytest.fixture
def priya(sqlite_engine: Engine) -> StaffView:
    builders.staff(sqlite_engine, name="Dana Keller")
    return builders.staff(sqlite_engine, "priya@ours.example", "program_owner", name="Priya Raman")


@pytest.fixture
def browser(sqlite_engine: Engine, priya: StaffView) -> FlaskClient:
    return signed_in(sqlite_engine, site(sqlite_engine), priya)


def upload(browser: FlaskClient, content: bytes, name: str = "list.csv") -> TestResponse:
    return post(browser, "/import", file=(io.BytesIO(content), name))


def uploaded(browser: FlaskClient, content: bytes) -> str:
    """The path of an upload that was accepted."""
    answer = upload(browser, content)
    assert answer.status_code == 303
    return answer.location.removesuffix("/columns")


def chosen(browser: FlaskClient, path: str) -> dict[str, str]:
    """The fields as the columns page proposes them."""
    page = browser.get(f"{path}/columns").text
    selects = re.findall(r'name="(column/\d+)".*?</select>', page, re.DOTALL)
    values = re.findall(r'<option value="([^"]+)" selected>', page)
    return dict(zip(selects, values, strict=True))


def reviewed(browser: FlaskClient, content: bytes) -> str:
    """The path of an upload whose columns were found right."""
    path = uploaded(browser, content)
    answer = post(browser, f"{path}/columns", **chosen(browser, path))
    assert (answer.status_code, answer.location) == (303, path)
    return path


def confirm(browser: FlaskClient, path: str) -> TestResponse:
    digest = re.search(r'name="digest" value="([^"]+)"', browser.get(path).text)
    assert digest
    return post(browser, path, digest=digest[1])


def words(answer: TestResponse) -> str:
    """The text of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_file_becomes_partners_in_four_actions(sqlite_engine: Engine, browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes(ROWS, ";", "cp1252"))
    review = words(browser.get(path))
    assert "1 row cannot be imported whole" in review
    assert "“bad@” is not an e-mail address." in review
    assert "Tom Nobody not on the staff Correct the name" in review
    assert confirm(browser, path).location == path
    result = words(browser.get(path))
    assert "Partners 2 added, 0 changed Contacts 1 added, 0 changed" in result
    assert "1 partner was given its owner" in result
    assert "1 row to mend" in result
    with sqlite_engine.work.read() as reading:
        assert directory.get_partner(reading, "beta").name == "Beta"


def test_a_total_below_the_list_is_left_out_and_is_no_row_to_mend(browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes([("Partner", "E-mail"), ("Acme", "ana@acme.example"), ("Total", "")]))
    review = words(browser.get(path))
    assert "1 row is left out Row 3 “Total”" in review
    confirm(browser, path)
    result = words(browser.get(path))
    assert "1 row is left out" in result
    for page in (review, result):
        assert "cannot be imported whole" not in page
        assert "to mend" not in page
        assert "Download these rows" not in page
    assert browser.get(f"{path}/refused.csv").text.count("\n") == 1  # the headers alone


def test_a_file_with_nothing_to_change_does_not_wait_for_a_yes(browser: FlaskClient) -> None:
    confirm(browser, reviewed(browser, csv_bytes(ROWS)))
    again = reviewed(browser, csv_bytes(ROWS))
    assert "Nothing to change" in words(browser.get(again))
    listed = words(browser.get("/import"))
    assert "waits for your yes" not in listed
    assert "to look through" in listed


def test_the_review_says_which_languages_and_zones_it_takes_for_granted(
    sqlite_engine: Engine, browser: FlaskClient
) -> None:
    rows = [("Partner", "Country", "E-mail", "Language"), ("Acme", "Italien", "ana@acme.example", "Deutsch"),
            ("Beta", "Polska", "bo@beta.example", "it")]  # fmt: skip
    path = reviewed(browser, csv_bytes(rows))
    assert "does not offer" not in words(browser.get(path)), "no program is in force"
    first_run.prepare(sqlite_engine)
    review = words(browser.get(path))
    assert "1 contact has German, which the program does not offer; they get English." in review
    assert "because the file gives none: Europe/Rome (1), Europe/Warsaw (1)." in review
    confirm(browser, path)
    with sqlite_engine.work.read() as reading:
        assert directory.get_partner(reading, "beta").time_zone == "Europe/Warsaw"


def test_an_unknown_owner_is_chosen_without_leaving_the_import(sqlite_engine: Engine, browser: FlaskClient) -> None:
    rows = [("Partner", "Owner"), ("Acme", "Anna Rossi"), ("Beta", "rossi, anna"), ("Gamma", "Tom Nobody")]
    path = reviewed(browser, csv_bytes(rows))
    review = browser.get(path)
    assert words(review).count("Or give their partners to") == 2  # both spellings of Anna are one person
    assert "Anna Rossi not on the staff" in words(review)
    with sqlite_engine.work.read() as reading:
        dana = next(member for member in directory.list_staff(reading) if member.name == "Dana Keller")
    digest = re.search(r'name="digest" value="([^"]+)"', review.text)
    assert digest
    post(browser, path, **{"digest": digest[1], "owner/0": str(dana.id), "owner/1": "rubbish"})
    result = words(browser.get(path))
    assert "2 partners were given their owner" in result
    assert "Tom Nobody not on the staff" in result
    assert "Anna Rossi" not in result
    with sqlite_engine.work.read() as reading:
        owned = {key: directory.get_partner(reading, key).id for key in ("acme", "beta", "gamma")}
        owners = directory.owners_of(reading, owned.values(), reading.now)
    assert {key for key, partner_id in owned.items() if partner_id in owners} == {"acme", "beta"}


def test_the_same_file_again_is_known_and_changes_nothing(browser: FlaskClient) -> None:
    confirm(browser, reviewed(browser, csv_bytes(ROWS)))
    path = uploaded(browser, csv_bytes(ROWS))
    assert "was imported before" in browser.get(f"{path}/columns").text
    post(browser, f"{path}/columns", **chosen(browser, path))
    review = browser.get(path)
    assert "The register already says all that this file says." in review.text
    assert 'name="digest"' not in review.text


def test_a_column_may_be_said_to_mean_something_else(sqlite_engine: Engine, browser: FlaskClient) -> None:
    path = uploaded(browser, csv_bytes([("Partner", "Wer"), ("Acme", "Dana Keller"), ("Beta", "Dana Keller")]))
    assert chosen(browser, path) == {"column/0": "partner.name", "column/1": "partner.owner"}
    post(browser, f"{path}/columns", **{"column/0": "partner.name", "column/1": "attribute"})
    confirm(browser, path)
    with sqlite_engine.work.read() as reading:
        assert directory.get_partner(reading, "acme").attributes == {"wer": "Dana Keller"}


@pytest.mark.parametrize(
    ("fields", "says", "anchor"),
    [
        ({"column/0": "partner.name", "column/1": "partner.name"}, "“Partner” is already used for this", "#column-1"),
        ({"column/0": "attribute", "column/1": "attribute"}, "No column says which partner", None),
        ({"column/0": "made.up"}, "No column says which partner", None),
    ],
)
def test_columns_that_cannot_be_are_refused_at_their_place(
    browser: FlaskClient, fields: dict[str, str], says: str, anchor: str | None
) -> None:
    path = uploaded(browser, csv_bytes([("Partner", "Wer"), ("Acme", "x"), ("Beta", "y")]))
    answer = post(browser, f"{path}/columns", **fields)
    assert answer.status_code == 422
    assert says in words(answer)
    assert anchor is None or f'href="{anchor}"' in answer.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"Only a title\n", "Only one row holds text"),
        (b"%PDF-1.7", "not a spreadsheet"),
        (xlsx_bytes([]), "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(
    browser: FlaskClient, content: bytes, says: str
) -> None:
    answer = upload(browser, content)
    assert answer.status_code == 422
    assert says in words(answer)
    assert 'aria-invalid="true"' in answer.text


def test_pressing_upload_without_a_file_asks_for_one(browser: FlaskClient) -> None:
    answer = post(browser, "/import")
    assert answer.status_code == 422
    assert "Choose a file first" in words(answer)


def test_a_file_that_is_too_large_is_refused_unread(browser: FlaskClient) -> None:
    assert upload(browser, b"x" * (21 * 1024 * 1024)).status_code == 413


def test_an_admin_adds_an_owner_nobody_bears_and_comes_back_to_the_file(sqlite_engine: Engine) -> None:
    builders.staff(sqlite_engine, name="Dana Keller")
    admin = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, "root@ours.example", "admin"))
    path = reviewed(admin, csv_bytes(ROWS))
    page = admin.get(path).text
    links = [unescape(link) for link in re.findall(r'href="(/admin/staff/new[^"]*)"', page)]
    assert len(links) == 1, "Dana is known; only Tom is not"
    form = admin.get(links[0]).text
    assert 'value="Tom Nobody"' in form
    fields = {"email": "tom@ours.example", "name": "Tom Nobody", "role": "alliance_manager"}
    added = post(admin, links[0], page=links[0], **fields, locale="en", time_zone="UTC")
    assert added.location == path
    assert "Add to the staff" not in admin.get(path).text, "the name is found now"


def test_a_program_owner_who_adds_no_staff_is_offered_no_link_to_it(browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes(ROWS))
    assert "/admin/staff/new" not in browser.get(path).text


def test_what_changed_since_the_review_is_shown_before_it_is_written(
    sqlite_engine: Engine, browser: FlaskClient
) -> None:
    path = reviewed(browser, csv_bytes(ROWS))
    digest = re.search(r'name="digest" value="([^"]+)"', browser.get(path).text)
    assert digest
    builders.partner(sqlite_engine, "acme", name="Acme", tier="Gold")
    answer = post(browser, path, digest=digest[1])
    assert "The register has changed since you looked." in browser.get(answer.location).text
    with sqlite_engine.work.read() as reading:
        assert directory.find_partner(reading, "beta") is None


def test_confirming_twice_writes_once_and_keeps_the_first_result(browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes(ROWS))
    page = browser.get(path).text
    fields = dict(re.findall(r'name="(csrf_token|digest)" value="([^"]+)"', page))
    for _ in range(2):
        assert browser.post(path, data=fields).status_code == 303
    assert "Partners 2 added" in words(browser.get(path))


def test_the_rows_to_mend_come_as_a_file(browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes(ROWS))
    answer = browser.get(f"{path}/refused.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rows-to-mend.csv"'
    assert answer.data.decode("utf-8-sig").splitlines()[0] == "Row,What is wrong,Remedy,Partner,E-mail,Owner"
    mended = uploaded(browser, answer.data.replace(b"bad@", b"bo@beta.example"))
    assert list(chosen(browser, mended).values()) == [
        "leave", "leave", "leave", "partner.name", "contact.email", "partner.owner",
    ]  # fmt: skip


def test_files_of_one_name_are_told_apart_by_their_rows_and_what_came_of_them(browser: FlaskClient) -> None:
    done = reviewed(browser, csv_bytes(ROWS))
    confirm(browser, done)
    reviewed(browser, csv_bytes(ROWS[:2]))
    listed = words(browser.get("/import"))
    assert "1 row to look through" in listed
    assert "2 rows · Partners: 2 added, 0 changed · Contacts: 1 added, 0 changed imported" in listed


def test_an_upload_can_be_discarded_and_is_nobody_elses(sqlite_engine: Engine, browser: FlaskClient) -> None:
    path = reviewed(browser, csv_bytes(ROWS))
    other = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, "o@ours.example", "admin"))
    assert [other.get(f"{path}{page}").status_code for page in ("", "/columns", "/refused.csv")] == [404, 404, 404]
    assert "list.csv" in browser.get("/import").text
    assert post(browser, f"{path}/discard", page=path).location == "/import"
    assert browser.get(path).status_code == 404
    assert "list.csv" not in browser.get("/import").text.replace("list.csv was discarded", "")


@pytest.mark.parametrize(
    ("role", "status"), [("program_owner", 200), ("admin", 200), ("alliance_manager", 403), ("viewer", 403)]
)
def test_only_program_owners_and_admins_import(sqlite_engine: Engine, role: str, status: int) -> None:
    browser = signed_in(sqlite_engine, site(sqlite_engine), builders.staff(sqlite_engine, "x@ours.example", role))
    assert browser.get("/import").status_code == status


def test_text_of_the_file_is_never_code_on_a_page(browser: FlaskClient) -> None:
    evil = "<script>alert(1)</script>\"'{{7*7}}"
    rows = [("Partner", "E-mail", evil), (evil, evil, evil), ("Beta", "b@beta.example", evil)]
    path = reviewed(browser, csv_bytes(rows))
    for page in (f"{path}/columns", path):
        text = browser.get(page).text
        assert "<script>" not in text
        assert "{{7*7}}" in text


def test_the_messy_workbook_passes_with_its_first_guess(sqlite_engine: Engine, browser: FlaskClient) -> None:
    path = reviewed(browser, xlsx_bytes(messy.make_rows().sheet))
    review = words(browser.get(path))
    assert "Partners 400 0 0 0" in review
    assert "12 rows cannot be imported whole" in review
    assert "9 duplicates" in review
