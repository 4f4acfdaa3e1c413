"""A mail from outside is read within bounds and believed in nothing; its new words are told from its history."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback_engine.foundation.mail.html_text import as_text
from feedback_engine.foundation.mail.incoming import LONGEST_TEXT, MOST_PARTS, digest_of, read_mail
from feedback_engine.foundation.mail.mime import Unreadable
from feedback_engine.foundation.mail.quoting import without_history

HEAD = b"From: Ana <ana@acme.example>\nMessage-ID: <1@acme.example>\nSubject: Re: hello\nMIME-Version: 1.0\n"


def text_of(body: bytes, kind: str = "text/plain; charset=utf-8") -> str:
    return read_mail(HEAD + f"Content-Type: {kind}\n\n".encode() + body).text


# ---- who wrote


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("ana@acme.example", "ana@acme.example"),
        ("Ana <ana@acme.example>", "ana@acme.example"),
        ('"Silva, Ana" <ana@acme.example>', "ana@acme.example"),
        ('"a@b.example" <ana@acme.example>', "ana@acme.example"),
        ("Inês <ines@acme.example>", "ines@acme.example"),
        ("ana@acme.example <x@evil.example>", ""),  # CVE-2023-27043
        ("ana@acme.example, x@evil.example", ""),
        ("Team: ana@acme.example;", ""),
        ("ana@acme.example (x) <x@evil.example>", ""),
        ("<x@evil.example> ana@acme.example", ""),
        ('"ana@acme.example', ""),  # a quote that is never closed
        ("Ana", ""),
        ("", ""),
    ],
)
def test_a_sender_is_one_address_beyond_doubt(written: str, sender: str) -> None:
    assert read_mail(f"From: {written}\n\nwords\n".encode()).sender == sender


def test_what_a_mail_answers_is_nearest_first() -> None:
    mail = read_mail(HEAD + b"In-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x>\n\nwords")
    assert mail.answers == ("c@x", "b@x", "a@x")
    assert mail.message_id == "1@acme.example"


# ---- what it says


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"words", "text/plain", "words"),
        ("però".encode("latin-1"), "text/plain; charset=iso-8859-1", "però"),
        ("però".encode(), "text/plain; charset=no-such-set", "però"),
        (b"zero \x00 bell \x07 words", "text/plain", "zero  bell  words"),
        ("turned \u202eround".encode(), "text/plain; charset=utf-8", "turned round"),
        (b"<p>Hello <b>there</b></p><script>alert(1)</script>", "text/html", "Hello there"),
        (b"x" * (LONGEST_TEXT + 5), "text/plain", "x" * LONGEST_TEXT),
    ],
)
def test_the_words_of_a_mail_are_plain_text(body: bytes, kind: str, text: str) -> None:
    assert text_of(body, kind) == text


def test_of_several_forms_the_plain_one_is_read_and_files_come_along() -> None:
    mail = read_mail(
        HEAD
        + b'Content-Type: multipart/mixed; boundary="m"\n\n--m\nContent-Type: multipart/alternative; boundary="a"\n\n'
        + b"--a\nContent-Type: text/plain\n\nplain\n--a\nContent-Type: text/html\n\n<b>html</b>\n--a--\n"
        + b'--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="o.pdf"\n\npdf\n'
        + b"--m\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner words\n--m--\n"
    )
    assert mail.text == "plain"
    assert [(file.name, file.media_type) for file in mail.files] == [
        ("o.pdf", "application/pdf"),
        ("message.eml", "message/rfc822"),
    ]
    assert b"inner words" in mail.files[1].content


def test_a_mail_of_too_many_parts_is_unreadable() -> None:
    parts = b"".join(b"--m\n\nx\n" for _ in range(MOST_PARTS + 1))
    with pytest.raises(Unreadable, match="parts"):
        read_mail(HEAD + b'Content-Type: multipart/mixed; boundary="m"\n\n' + parts + b"--m--\n")


@given(st.binary(max_size=2_000))
@example(b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n")
@example(b"Content-Type: text/plain; charset*=a'b'%ff\n\nx")
@example(b'Content-Disposition: attachment; filename*0*=x; filename*1="y\n\nx')
@example(b"Content-Transfer-Encoding: base64\n\n=")
@example(b"Content-Type: text/plain; charset=idna\n\n\xff")
@example(b"Subject: =?utf-8?b?//?=\n\n")
@example(b"From: =?x?q?\n\n")
def test_any_bytes_are_a_mail_or_unreadable(raw: bytes) -> None:
    try:
        mail = read_mail(raw)
    except Unreadable:
        return
    for text in (mail.text, mail.subject, mail.sender_name, *(file.name for file in mail.files)):
        assert "\x00" not in text
        text.encode()  # no half of a character, which no database stores


_HEADER = st.sampled_from(
    [b"From", b"To", b"Subject", b"Content-Type", b"Content-Disposition", b"In-Reply-To", b"Content-Transfer-Encoding"]
)
_VALUE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"multipart/mixed; boundary=x", b"multipart/report; boundary=x", b"message/rfc822", b"base64"]),
)


@given(st.lists(st.tuples(_HEADER, _VALUE), max_size=8), st.binary(max_size=200))
def test_any_headers_are_a_mail_or_unreadable(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    test_any_bytes_are_a_mail_or_unreadable.hypothesis.inner_test(  # type: ignore[attr-defined]
        b"".join(name + b": " + value + b"\n" for name, value in headers) + b"\n--x\n\n" + body
    )


def test_a_mail_is_the_same_by_whichever_way_it_came() -> None:
    mail = HEAD + b"\nFrom here on.\nwords\n"
    other_way = b"Received: from mx2\nX-Spam: no\n" + mail.replace(b"\nFrom here", b"\n>From here") + b"\n"
    assert digest_of(mail) == digest_of(other_way.replace(b"\n", b"\r\n"))
    assert digest_of(mail) != digest_of(mail.replace(b"words", b"wards"))
    assert digest_of(mail) != digest_of(mail.replace(b"ana@", b"eve@"))


# ---- what is new in it


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Yes.\n\nOn Mon, 9 Mar 2026 at 10:12, Dana <d@x.example> wrote:\n> Really?\n", "Yes."),
        ("Yes.\n\nOn Mon, 9 Mar 2026 at 10:12, Dana Keller\n<d@x.example> wrote:\n> Really?\n", "Yes."),
        ("Sì.\n\nIl giorno lun 9 mar 2026 alle ore 10:12 Dana <d@x.example> ha scritto:\n\n> Davvero?\n", "Sì."),
        ("Ja.\n\nAm Mo., 9. März 2026 um 10:12 schrieb Dana <d@x.example>:\n\n> Wirklich?", "Ja."),
        ("Oui.\n\nLe lun. 9 mars 2026 à 10:12, Dana a écrit :\n> Vraiment ?", "Oui."),
        ("Sim.\n\nEm seg., 9 de mar. de 2026 às 10:12, Dana escreveu:\n> Mesmo?", "Sim."),
        ("Yes.\n\n-----Original Message-----\nFrom: Dana\nSent: Monday\nReally?", "Yes."),
        ("Yes.\n\nFrom: Dana Keller <d@x.example>\nSent: Monday, 9 March 2026 10:12\nTo: Ana\n\nReally?", "Yes."),
        ("Sì.\n\nDa: Dana Keller\nInviato: lunedì 9 marzo 2026\nA: Ana\n\nDavvero?", "Sì."),
        ("Yes.\n-- \nAna Silva\nAcme", "Yes."),  # the signature
        ("> Really?\n\nYes, below.\n\n> And when?\n\nOn Monday.", "Yes, below.\n\n\nOn Monday."),
        ("On Mon, 9 Mar 2026, Dana wrote:\n> Really?\n\nYes, below.", "Yes, below."),
        ("> only a quote", "> only a quote"),  # nothing else would be left
        ("On this we wrote: nothing.\nFrom: the heart\nof it", "On this we wrote: nothing.\nFrom: the heart\nof it"),
        ("", ""),
    ],
)
def test_history_and_signature_are_cut(text: str, new: str) -> None:
    assert without_history(text) == new


@given(st.text(max_size=500))
@example("On " + "a" * 5_000 + " wrote")
@example("From:" * 2_000)
def test_whatever_was_written_something_of_it_is_shown(text: str) -> None:
    assert bool(without_history(text)) is bool(text.strip())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("yes<blockquote>old<blockquote>older</blockquote></blockquote>", "yes\n> old\n> > older"),
        ("<style>p{}</style><title>t</title>words<!-- not this -->", "words"),
        ("<script>alert('</p>')</script>words", "words"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<b>unclosed", "unclosed"),
        ("<" * 1_000, "<" * 1_000),
    ],
)
def test_html_becomes_the_lines_that_a_reader_sees(html: str, text: str) -> None:
    assert as_text(html) == text


def test_html_that_is_nested_without_end_is_read_in_time() -> None:
    assert as_text("<div>" * 50_000 + "words" + "</div>" * 50_000) == "words"
    assert as_text("<blockquote>" * 50_000 + "words").endswith("words")


@pytest.mark.parametrize("endless", ["<a ", "<", "<!--", "<p a='", "&#x", "</", "<![CDATA[", "<b><i>"])
def test_html_with_a_tag_that_never_ends_is_read_in_time(endless: str) -> None:
    assert as_text("words<br>" + endless * 100_000).startswith("words")


@given(st.lists(st.sampled_from(["<", ">", "/", "a", " ", "p", "!--", "&", ";", "=", "'", "script", "\t", "é"])))
def test_whatever_html_is_sent_it_is_read(pieces: list[str]) -> None:
    assert isinstance(as_text("".join(pieces)), str)
