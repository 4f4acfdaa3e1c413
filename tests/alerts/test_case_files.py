"""Files on cases: limits, harmless names, handed out to be saved and to nobody who may not see the case."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from alerts import service
from alerts.threads import files
from alerts.threads.file_names import OTHER_TYPE, Upload, safe_name, safe_type
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from tests.alerts.builders import World, open_case, rows, staff_actor
from tests.alerts.site import browser, program, staff, token
from tests.alerts.threads import danas_case, reply, sent_id, take, thread_of, write
from tests.directory import builders as directory

PDF = b"%PDF-1.7 nine days"


def attach(of: World, opened: CaseView, *uploads: Upload, text: str = "") -> None:
    files.attach(of.engine, staff_actor(of.dana), opened.id, uploads, text)


def pdf(name: str = "offer.pdf", content: bytes = PDF) -> Upload:
    return Upload(name, "application/pdf", content)


def only_file(of: World) -> Any:
    [row] = rows(of, "case_file")
    return row


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Angebot – März 2026.pdf", "Angebot – März 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\offer.pdf", "offer.pdf"),
        ("..", "file"),
        ("", "file"),
        ("   ", "file"),
        (".htaccess", "htaccess"),
        ("con.txt", "file_con.txt"),  # a device on Windows
        ("offer.pdf.exe", "offer.pdf.exe.download"),
        ("page.HTML", "page.HTML.download"),
        ("drawing.svg", "drawing.svg.download"),
        ("offer\u202efdp.exe", "offerfdp.exe.download"),  # it would show as offerexe.pdf
        ("zero\u200bwidth.pdf", "zerowidth.pdf"),
        ("two\r\nlines.pdf", "two lines.pdf"),
        ("no\x00thing.pdf", "nothing.pdf"),
        ('quo"te;|<>.pdf', "quo_te____.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("trailing. . .", "trailing"),
    ],
)
def test_what_is_left_of_a_name_is_harmless(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    assert safe_name(kept) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("application/pdf", "application/pdf"),
        ("IMAGE/PNG; x=y", "image/png"),
        ("text/html", OTHER_TYPE),
        ("image/svg+xml", OTHER_TYPE),
        ("application/javascript", OTHER_TYPE),
        ("", OTHER_TYPE),
        ("text/plain\r\nX: y", OTHER_TYPE),
    ],
)
def test_a_type_that_a_browser_might_run_is_plain_bytes(given: str, kept: str) -> None:
    assert safe_type(given) == kept


def test_a_file_is_kept_to_the_byte_with_a_word_on_it(engine: Engine) -> None:
    of, opened = danas_case(engine)
    content = bytes(range(256)) * 2_000
    attach(of, opened, pdf(content=content), text="Their offer.")
    row = only_file(of)
    assert (bytes(row.content), row.size, row.by, row.from_partner) == (content, len(content), "Dana Keller", False)
    entry = rows(of, "case_entry")[-1]
    assert (entry.kind, entry.text) == ("attached", "Their offer.")


@pytest.mark.parametrize(
    ("uploads", "reason"),
    [
        ((), "Choose a file"),
        ((pdf(content=b""),), "offer.pdf is empty"),
        ((pdf(content=b"x" * 5_001),), "larger than"),
        (tuple(pdf(f"{n}.pdf") for n in range(6)), "At most 5 files"),
        (tuple(pdf(f"{n}.pdf", b"x" * 4_000) for n in range(3)), "take"),
    ],
)
def test_what_is_too_much_is_refused_with_the_limit(
    sqlite_engine: Engine, uploads: tuple[Upload, ...], reason: str
) -> None:
    of, opened = danas_case(sqlite_engine, file_bytes=5_000, case_files_bytes=10_000)
    with pytest.raises(Invalid, match=reason) as refused:
        attach(of, opened, *uploads)
    assert [fault.pointer for fault in refused.value.faults] == ["/files"]
    assert not rows(of, "case_file")


def _with_files(mail: bytes, *contents: bytes) -> bytes:
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    made = message_from_bytes(mail, policy=policy.default)
    assert isinstance(made, EmailMessage)
    for number, content in enumerate(contents):
        made.add_attachment(content, maintype="text", subtype="html", filename=f"../page{number}.html")
    return made.as_bytes()


def test_the_files_of_a_reply_come_into_the_case_within_the_limits(engine: Engine) -> None:
    of, opened = danas_case(engine, file_bytes=5_000)
    write(of, opened)
    mail = _with_files(reply(answers=sent_id(of, opened)), b"<script>alert(1)</script>", b"x" * 5_001)
    assert take(of, mail) == "landed"
    letter = thread_of(of, opened).messages[-1]
    assert [(file.name, file.media_type, file.by) for file in letter.files] == [
        ("page0.html.download", OTHER_TYPE, "Ana Silva")
    ]
    assert letter.left_out == 1
    assert letter.text == "Nine days for a yes."


# ---- who may fetch them


def fetch(client: FlaskClient, opened: CaseView, file_id: UUID) -> Any:
    return client.get(f"/cases/{opened.ref}/files/{file_id}")


def test_a_file_is_handed_out_to_be_saved_and_never_to_be_shown(engine: Engine) -> None:
    of, opened = danas_case(engine)
    attach(of, opened, Upload('Üb "er.html', "text/html", b"<script>alert(1)</script>"))
    answer = fetch(browser(of.engine, staff(of.dana)), opened, only_file(of).id)
    assert answer.status_code == 200
    assert answer.data == b"<script>alert(1)</script>"
    headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''%C3%9Cb%20_er.html.download" in headers["Content-Disposition"]
    assert headers["Content-Type"] == OTHER_TYPE
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"


def test_a_foreign_file_is_as_absent_as_none(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    attach(of, opened, pdf())
    file_id = only_file(of).id
    other = open_case(of, 2, partner=of.brisk)
    stranger = directory.staff(of.engine, "nia@ours.example", name="Nia")
    nia, luis = (browser(of.engine, staff(member)) for member in (stranger, of.luis))
    absent = UUID(int=(file_id.int & 0xFF) | 5 << 20)
    foreign = fetch(nia, opened, file_id)
    assert foreign.status_code == 404
    # The same answer for a foreign case, for a file that is none, and for a case that is none.
    assert _words(fetch(nia, opened, absent)) == _words(foreign)
    assert _words(nia.get(f"/cases/C-999999/files/{file_id}")) == _words(foreign)
    # By a case of one's own no file of another case is reached.
    assert (fetch(luis, other, file_id).status_code, fetch(luis, other, absent).status_code) == (404, 404)
    assert _words(fetch(luis, other, file_id)) == _words(fetch(luis, other, absent))


def _words(answer: Any) -> str:
    import re

    return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text)


def test_a_foreign_talk_is_as_absent_as_none(sqlite_engine: Engine) -> None:
    from tests.alerts.test_meetings import invite

    of, opened = danas_case(sqlite_engine)
    meeting = invite(of, opened)
    stranger = browser(of.engine, staff(directory.staff(of.engine, "nia@ours.example", name="Nia")))
    foreign, absent = (stranger.get(f"/cases/{opened.ref}/meetings/{each}.ics") for each in (meeting, UUID(int=5)))
    assert (foreign.status_code, _words(foreign)) == (404, _words(absent))
    own = browser(of.engine, staff(of.dana)).get(f"/cases/{opened.ref}/meetings/{meeting}.ics")
    assert own.status_code == 200
    assert b"METHOD:PUBLISH" in own.data
    assert own.headers["Content-Disposition"].startswith("attachment;")


# ---- forms


def send(client: FlaskClient, path: str, ref: str, **fields: Any) -> Any:
    page = client.get(f"/cases/{ref}").text
    return client.post(path, data={"csrf_token": token(page), **fields}, content_type="multipart/form-data")


def test_files_are_put_on_a_case_by_its_form(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    client = browser(of.engine, staff(of.dana))
    chosen = [(BytesIO(PDF), "offer.pdf"), (BytesIO(b"a,b"), "list.csv")]
    answer = send(
        client, f"/cases/{opened.ref}/files", opened.ref, revision=1, **{"attach-files": chosen, "attach-text": "Both."}
    )
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "offer.pdf" in page
    assert "Dana Keller attached files" in page
    assert [row.name for row in rows(of, "case_file")] == ["offer.pdf", "list.csv"]


def test_a_letter_with_a_file_goes_by_its_form_and_a_fault_comes_back_as_typed(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, file_bytes=5_000)
    client = browser(of.engine, staff(of.dana))
    typed = {"letter-subject": "Your <answer>", "letter-text": "What went wrong?"}
    path = f"/cases/{opened.ref}/letters"
    large = send(client, path, opened.ref, revision=1, **typed, **{"letter-files": (BytesIO(b"x" * 6_000), "big.pdf")})
    assert large.status_code == 422
    assert "big.pdf is larger than" in large.text
    assert "What went wrong?" in large.text
    sent = send(client, path, opened.ref, revision=1, **typed, **{"letter-files": (BytesIO(PDF), "offer.pdf")})
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Your &lt;answer&gt;" in page
    again = send(client, path, opened.ref, revision=1, **typed)
    assert again.status_code == 409  # the case has moved on; what was typed is still there
    assert "What went wrong?" in again.text


def test_a_form_that_is_far_too_large_is_refused_unread(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, file_bytes=1_000, files_at_once=1)
    client = browser(of.engine, staff(of.dana))
    answer = send(client, f"/cases/{opened.ref}/files", opened.ref, revision=1, filler="x" * 300_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["letters", "files", "meetings", f"meetings/{UUID(int=5)}/cancel"])
def test_a_viewer_and_a_stranger_change_nothing(sqlite_engine: Engine, path: str) -> None:
    of, opened = danas_case(sqlite_engine)
    viewer = directory.staff(of.engine, "vera@ours.example", name="Vera", role="viewer")
    stranger = directory.staff(of.engine, "nia@ours.example", name="Nia")
    for member, status in ((viewer, 403), (stranger, 404)):
        client = browser(of.engine, staff(member))
        csrf = token(client.get("/inbox").text)
        answer = client.post(f"/cases/{opened.ref}/{path}", data={"csrf_token": csrf, "revision": "1"})
        assert answer.status_code == status
    assert len(rows(of, "case_entry")) == 1


# ---- programs


def test_programs_list_fetch_and_add_files(engine: Engine) -> None:
    of, opened = danas_case(engine)
    attach(of, opened, pdf())
    api = browser(of.engine, program("cases:read", "cases:write"))
    [listed] = api.get(f"/api/v1/files?case={opened.ref}").json["data"]
    assert (listed["name"], listed["size"], listed["by"]) == ("offer.pdf", len(PDF), "Dana Keller")
    fetched = api.get(f"/api/v1/files/{listed['id']}")
    assert fetched.data == PDF
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    made = api.post(f"/api/v1/cases/{opened.ref}/files?name=scan.png", data=b"png", content_type="image/png")
    assert made.status_code == 201
    assert made.json["name"] == "scan.png"
    page = api.get("/api/v1/files?limit=1").json
    assert page["data"][0]["name"] == "scan.png"
    rest = api.get(f"/api/v1/files?limit=1&cursor={page['next_cursor']}").json
    assert [each["name"] for each in rest["data"]] == ["offer.pdf"]


def test_programs_meet_limits_and_scopes(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine, file_bytes=5_000)
    reads = browser(of.engine, program("cases:read"))
    path = f"/api/v1/cases/{opened.ref}/files?name=x.pdf"
    assert reads.post(path, data=b"x", content_type="application/pdf").status_code == 403
    writes = browser(of.engine, program("cases:write"))
    assert writes.post(path, data=b"x" * 6_000, content_type="application/pdf").status_code == 422
    assert writes.post(path, data=b"", content_type="application/pdf").status_code == 422
    assert reads.get(f"/api/v1/files/{UUID(int=5)}").status_code == 404
    assert reads.get("/api/v1/files?case=C-999999").status_code == 404
    assert reads.get("/api/v1/files?cursor=WyJ4IiwieSJd").status_code == 422


def test_a_file_on_a_closed_case_is_taken(sqlite_engine: Engine) -> None:
    of, opened = danas_case(sqlite_engine)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    attach(of, opened, pdf())
    assert only_file(of).name == "offer.pdf"
