"""A mail from anybody is read in a time that grows as its length, or refused; no honest one meets a bound.

Each size here took the reader of before minutes, or hours; a test that does not end is the failure.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedback_engine.foundation.mail import html_text
from feedback_engine.foundation.mail.incoming import LONGEST_TEXT, digest_of, glance, read_mail
from feedback_engine.foundation.mail.mime import Unreadable
from feedback_engine.foundation.mail.quoting import without_history

HEAD = b"From: Ana <ana@acme.example>\nMessage-ID: <1@acme.example>\nSubject: Re: hello\nMIME-Version: 1.0\n"


def nested(levels: int, within: bytes) -> bytes:
    """Parts in parts, whose innermost holds these bytes."""
    opened = [b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (each, each) for each in range(levels)]
    closed = [b"\n--b%d--\n" % each for each in reversed(range(levels))]
    return b"".join([*opened, b"\n", within, *closed])


def mixed(*parts: bytes) -> bytes:
    """A mail of these parts, each with its headers."""
    held = b"".join(b"--m\n" + part + b"\n" for part in parts)
    return HEAD + b'Content-Type: multipart/mixed; boundary="m"\n\n' + held + b"--m--\n"


def file(name: bytes, content: bytes = b"x") -> bytes:
    return b"Content-Type: application/pdf\nContent-Disposition: attachment; " + name + b"\n\n" + content


# ---- what is refused, and in what words

REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("parts 250 deep", lambda: HEAD + nested(250, b"\n" * 200_000), "too deep"),
    ("parts 30,000 deep", lambda: HEAD + nested(30_000, b""), "too deep"),
    ("lines in deep parts", lambda: HEAD + nested(19, b"\n" * 990_000), "lines in parts"),
    ("lines", lambda: HEAD + b"\n" * 14_000_000, "lines"),
    ("lines that end as they did on old machines", lambda: HEAD + b"\n" + b"\r" * 14_000_000, "lines"),
    ("empty parts", lambda: mixed(*[b""] * 490_000), "parts"),
    ("quotes in a type", lambda: HEAD + b"Content-Type: text/plain" + b';"' * 2_000_000 + b"\n\nx", "Content-Type"),
    ("a quote in a type", lambda: HEAD + b'Content-Type: text/plain;"' + b";" * 2_000_000 + b"\n\nx", "Content-Type"),
    (
        "pieces of a name",
        lambda: mixed(file(b"; ".join(b"filename*%d=a" % each for each in range(600_000)))),
        "Content-Disposition",
    ),
    ("few letters, many parameters", lambda: mixed(file(b";" * 4_000)), "too many parameters"),
    ("types in parts", lambda: mixed(*[b'Content-Type: a/b;"' + b";" * 8_000 + b"\n\nx"] * 99), "Content-Type"),
    ("headers", lambda: HEAD + b"a:\n" * 300_000 + b"\nx", "headers"),
    ("a header", lambda: HEAD + b"To: " + b"a" * 9_000_000 + b"\n\nx", "header To is too long"),
    ("a header in many lines", lambda: HEAD + b"To: a\n" + b" a\n" * 300_000 + b"\nx", "header To is too long"),
    ("a boundary", lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 4_000 + b"\n\nx", "separates"),
    (
        "a boundary in pieces",
        lambda: (
            HEAD + b"Content-Type: multipart/mixed; boundary*0=" + b"b" * 200 + b"; boundary*1=" + b"b" * 200 + b"\n\n"
        ),
        "separates",
    ),
]


@pytest.mark.parametrize(
    ("make", "why"), [(make, why) for _, make, why in REFUSED], ids=[name for name, _, _ in REFUSED]
)
def test_a_mail_beyond_the_bounds_is_refused_before_it_is_read(make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_mail(make())


# ---- what is read in time

READ: list[tuple[str, Callable[[], bytes]]] = [
    ("a quote in From that never ends", lambda: b"From: " + b'"\\' * 3_900 + b"\n\nx"),
    (
        "an encoding that only Python knows",
        lambda: HEAD + b"Content-Type: text/plain; charset=punycode\n\na-" + b"a" * 9_000_000,
    ),
    ("another", lambda: HEAD + b"Content-Type: text/plain; charset=idna\n\n" + b"xn--a." * 2_000_000),
    ("a group of recipients", lambda: HEAD + (b"To: a: " + b"b," * 100_000 + b"\n") * 10 + b"\nx"),
    ("words begun and not ended", lambda: HEAD + b"Subject: " + b"=?a?q? " * 30_000 + b"\n\nx"),
    ("the same in names", lambda: mixed(*[file(b'filename="' + b"=?a?q? " * 1_000 + b'"')] * 99)),
    ("forwards in forwards", lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 200_000 + b"x"),
    ("a report of a million", lambda: HEAD + b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 400_000),
    ("brackets in a header", lambda: HEAD + b"Authentication-Results: " + b"(" * 200_000 + b"\n\nx"),
]


@pytest.mark.parametrize("make", [make for _, make in READ], ids=[name for name, _ in READ])
def test_what_is_odd_and_within_the_bounds_is_read_in_time(make: Callable[[], bytes]) -> None:
    assert len(read_mail(make()).text) <= LONGEST_TEXT


@pytest.mark.parametrize("piece", ["<b>a ", "a<i></i> ", "<td>a</td>", "&lt; "])
def test_a_line_of_html_is_put_together_in_time(piece: str) -> None:
    assert html_text.as_text(piece * 300_000)


def test_history_is_cut_in_time() -> None:
    assert without_history("yes\n" + "On abcd wrote:\n>\n" * 60_000) == "yes"


@pytest.mark.parametrize("raw", [b"", b"\n", b":", b"From", HEAD * 5_000, b"to: a\n" * 200_000, b"\n" * 9_000_000])
def test_a_glance_and_a_digest_are_had_of_anything(raw: bytes) -> None:
    assert glance(raw).digest == digest_of(raw)


# ---- what honest people send


def words(*, boundary: bytes = b"w") -> bytes:
    """A text and the same as HTML, as mail programs write it."""
    kind = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\n\n'
    plain = b"Content-Type: text/plain\n\nNine days.\n"
    return kind + b"--%s\n%s--%s\nContent-Type: text/html\n\n<p>Nine days.</p>\n--%s--\n" % (
        boundary,
        plain,
        boundary,
        boundary,
    )


def forwarded(times: int) -> bytes:
    """A mail forwarded as a file by one after another."""
    mail = HEAD + words()
    for each in range(times):
        kind = b'Content-Type: multipart/mixed; boundary="f%d"\n\n--f%d\n' % (each, each)
        mail = HEAD + kind + words(boundary=b"w%d" % each) + b"--f%d\nContent-Type: message/rfc822\n\n" % each + mail
        mail += b"\n--f%d--\n" % each
    return mail


def pieces(name: str) -> bytes:
    """A file's name in the pieces of RFC 2231, as Thunderbird and Apple Mail write it."""
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())
    cut = [quoted[at : at + 60] for at in range(0, len(quoted), 60)]
    return ";\n ".join(f"filename*{at}*={chr(39) * 2 * (at == 0)}{each}" for at, each in enumerate(cut)).encode()


SEAL = b"i=1; a=rsa-sha256; d=microsoft.example; s=arcselector;\n b=" + b"\n ".join([b"QUJD" * 18] * 60) + b"\n"
RECIPIENTS = b",\n ".join(
    b'"Silva, Ana %d" <ana.silva.%d@long-name-of-a-partner.example>' % (each, each) for each in range(1_500)
)
REFERENCES = b"\n ".join(b"<%064d@eur05.prod.outlook.example>" % each for each in range(500))
LOG = b"2026-03-09 10:00:00 deal 4711 registered\n"

HONEST: list[tuple[str, Callable[[], bytes], int]] = [
    ("Gmail: two forms", lambda: HEAD + words(), 0),
    (
        "Outlook: pictures in the text, a file",
        lambda: mixed(words(), *[file(b"filename=a.png")] * 60),
        60,
    ),
    ("Notes: parts six deep", lambda: HEAD + nested(6, b"Nine days."), 0),
    ("a hundred photographs", lambda: mixed(*[file(b"filename=a.jpg")] * 100), 100),
    (
        "15 MB of base64",
        lambda: mixed(words(), file(b"filename=a.zip", b"QUJD" * 19 + b"\n" + (b"QUJD" * 19 + b"\n") * 190_000)),
        1,
    ),
    ("10 MB of a log as it is", lambda: mixed(words(), file(b"filename=a.log", LOG * 240_000)), 1),
    ("forwarded by forty people as a file", lambda: forwarded(40), 1),
    ("forwarded by one", lambda: forwarded(1), 1),
    ("a thread of 500 mails", lambda: HEAD + b"References: " + REFERENCES + b"\n" + words(), 0),
    ("1,500 recipients", lambda: HEAD + b"To: " + RECIPIENTS + b"\n" + words(), 0),
    ("seals of ten servers", lambda: HEAD + (b"ARC-Seal: " + SEAL + b"DKIM-Signature: " + SEAL) * 10 + words(), 0),
    (
        "opinions of a server",
        lambda: HEAD + b"X-Microsoft-Antispam-Message-Info: " + b"\n ".join([b"QUJD" * 18] * 900) + b"\n" + words(),
        0,
    ),
    ("250 stations", lambda: HEAD + b"Received: from a by b; Mon, 9 Mar 2026 10:00:00 +0000\n" * 250 + words(), 0),
    ("a name of 255 letters in pieces", lambda: mixed(words(), file(pieces("報" * 251 + ".pdf"))), 1),
    ("a name with semicolons", lambda: mixed(words(), file(b'filename="a; b; c; d; e.pdf"')), 1),
    ("a separator of 120 signs", lambda: HEAD + words(boundary=b"=_" + b"x" * 118), 0),
    (
        "a bounce of 300 readers",
        lambda: mixed(words(), b"Content-Type: message/delivery-status\n\n" + b"Status: 5.1.1\n\n" * 300),
        1,
    ),
    (
        "S/MIME, signed",
        lambda: (
            HEAD
            + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="s"\n\n--s\n'
            + words()
            + b"--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n"
            + b"Content-Disposition: attachment; filename=smime.p7s\n\n"
            + (b"QUJD" * 16 + b"\n") * 120
            + b"--s--\n"
        ),
        1,
    ),
]


@pytest.mark.parametrize(
    ("make", "files"), [(make, files) for _, make, files in HONEST], ids=[name for name, _, _ in HONEST]
)
def test_what_honest_people_send_meets_no_bound(make: Callable[[], bytes], files: int) -> None:
    made = make()
    # Large ones are read once.
    for raw in (made, made.replace(b"\n", b"\r\n")) if len(made) < 1_000_000 else (made,):
        mail = read_mail(raw)
        assert mail.sender == "ana@acme.example"
        assert len(mail.files) == files
        assert mail.text.strip() in ("Nine days.", "") if files == 100 else mail.text.strip() == "Nine days."


def test_a_forwarded_mail_keeps_its_bytes_so_that_its_seals_hold() -> None:
    inner = b"Subject:  two  blanks\nX-Long: " + b"word " * 40 + b"\nDKIM-Signature: b=QUJD\n\nwords  \n\n"
    [kept] = read_mail(mixed(b"Content-Type: message/rfc822\n\n" + inner)).files
    assert (kept.name, kept.media_type) == ("message.eml", "message/rfc822")
    assert kept.content == inner


@pytest.mark.parametrize(
    ("raw", "sender", "subject"),
    [
        (HEAD + b"\nwords", "ana@acme.example", "Re: hello"),
        (HEAD.replace(b"\n", b"\r\n") + b"\r\nwords", "ana@acme.example", "Re: hello"),
        (b"Subject: =?utf-8?q?per=C3=B2?=\n\nFrom: eve@x.example", "", "però"),  # what stands in the text is no header
        (b"From: a@b.example, c@d.example\n\n", "", ""),
        (b"no mail at all \xff", "", ""),
    ],
)
def test_a_glance_says_who_and_what(raw: bytes, sender: str, subject: str) -> None:
    mail = glance(raw)
    assert (mail.sender, mail.subject, mail.text, mail.files) == (sender, subject, "", ())
