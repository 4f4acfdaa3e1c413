"""Whoever may read a mail gets no key with it, however it is spelled."""

from __future__ import annotations

import html
from base64 import b64encode
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.threads.case_address import CaseAddresses
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.web import key_cutting

ADDRESSES = CaseAddresses(b"z" * 32, "cases@ours.example")
ADDRESS = ADDRESSES.address_of(1042) or ""
TAG = ADDRESS.partition("+")[2].partition("@")[0]
INVITATION = UUID("01a2240f-a0c9-73ae-aa06-267d8acdc203")  # no new one: each process of the tests finds the same cases
KEYS = Keys({1: b"x" * 32}, b"y" * 32)
TOKEN = KEYS.token("survey", INVITATION)
SECRET = TAG[-26:]
GUARD = "https://guard.example/v2/url?u=https-3A__ours.example_s"
GUARDED = TOKEN.replace("-", "-2D").replace("_", "-5F")
ENCODED = [b64encode(f"https://{host}.example/s/{TOKEN}".encode()).decode() for host in ("a", "ab", "abc")]
"""An address as a guard of mail writes it into its own: its end lies differently in the four signs of three bytes."""


def find_keys(signs: str) -> list[tuple[int, int]]:
    return [*KEYS.tokens_in(("receipt", "survey"), signs), *ADDRESSES.tags_in(signs)]


def without_keys(words: str) -> str:
    return key_cutting.without_keys(words, find_keys)


@pytest.mark.parametrize(
    ("spelled", "shown"),
    [
        (ADDRESS, "cases+…@ours.example"),
        (ADDRESS.upper(), "CASES+…@OURS.EXAMPLE"),  # a mail server folds case
        (TAG, "…"),  # the mailbox is known to everybody
        (f"mailto:{quote(ADDRESS)}", "mailto:cases%2B…%40ours.example"),
        (ADDRESS.replace("+", "%2b"), "cases%2b…@ours.example"),
        (ADDRESS.replace("+", "&#43;"), "cases&#43;…@ours.example"),
        (ADDRESS.replace("+", "&#x2B;"), "cases&#x2B;…@ours.example"),
        (ADDRESS.replace("+", "&#x0002b;"), "cases&#x0002b;…@ours.example"),
        (ADDRESS.replace("+", "&plus;"), "cases&plus;…@ours.example"),
        (ADDRESS.replace("+", "=2B"), "cases=2B…@ours.example"),
        (ADDRESS.replace("+", "%252B"), "cases%252B…@ours.example"),  # an address within an address
        (html.escape(ADDRESS.replace("+", "&#43;")), "cases&amp;#43;…@ours.example"),  # typed by somebody
        (ADDRESS.replace("-", "%2D"), "cases+…@ours.example"),
        (ADDRESS.replace("-", "&hyphen;"), "cases+…@ours.example"),  # U+2010, which many programs write for it
        (ADDRESS.replace("-", "=2D"), "cases+…@ours.example"),
        (ADDRESS.replace("c1042", "%63&#49;0=34&#x32"), "cases+…@ours.example"),
        (f"{ADDRESS[:20]}=\r\n{ADDRESS[20:]}", "cases+…@ours.example"),  # a soft line break
        (f"{ADDRESS[:20]}=\n{ADDRESS[20:]}", "cases+…@ours.example"),
        (f"{ADDRESS[:20]}<wbr>{ADDRESS[20:]}", "cases+…@ours.example"),
        (f"{ADDRESS[:20]}&shy;{ADDRESS[20:]}", "cases+…@ours.example"),
        (f"<b>{ADDRESS[:20]}</b><i>{ADDRESS[20:]}</i>", "<b>cases+…@ours.example</i>"),
        (f"<i>{TAG}</i>on", "<i>…</i>on"),
        (f"so{TAG}on", "so…on"),  # words that touch a key do not save it
        (f"{TOKEN}{TOKEN}", "……"),
        (ADDRESS.replace("-", "-\n> > ", 1), "cases+…@ours.example"),  # a quoted line that was broken at its hyphen
        (f"https://ours.example/s/{TOKEN}?a=7", "https://ours.example/s/…?a=7"),
        (TOKEN.replace(TOKEN[9], f"&#{ord(TOKEN[9])};"), "…"),
        (f"http://other.example/c/{TOKEN[:24]}\n> {TOKEN[24:]}", "http://other.example/c/…"),
        (f"http://other.example/c/{TOKEN[:24]} {TOKEN[24:]}", "http://other.example/c/…"),
        (f"http://other.example/c/{TOKEN[:2]}\n> {TOKEN[2:]}", "http://other.example/c/…"),
        (f"{TOKEN[:9]}\u034f{TOKEN[9:20]}\ufe0f{TOKEN[20:30]}\u200e{TOKEN[30:]}", "…"),
        (f"{TOKEN[:9]}<b class='x'>{TOKEN[9:20]}</b><!-- x -->{TOKEN[20:]}", "…"),
        (f"<a href='https://ours.example/s/{TOKEN}'>Go</a>", "<a href='https://ours.example/s/…'>Go</a>"),
        (f"&#{ord(TOKEN[0]):012};{TOKEN[1:]}", "…"),
        ("".join(chr(ord(sign) + 0xFEE0) for sign in TOKEN), "…"),
        (ADDRESS.replace("-", "\u2010"), "cases+…@ours.example"),
        (f"{ADDRESS[:20]}\n> {ADDRESS[20:]}", "cases+…@ours.example"),
        (
            f"http://other.example/c/{TOKEN[:24]}\nJD> {TOKEN[24:]}",
            "http://other.example/c/…",
        ),  # who quotes, by initials
        (f"http://other.example/c/{TOKEN[:24]}\nJD> > AB> {TOKEN[24:]}", "http://other.example/c/…"),
        ("".join(f"\\u{ord(sign):04X}" for sign in TOKEN), "…"),  # in JSON
        (TOKEN.replace("-", "\\x2d").replace("_", "\\x5F"), "…"),
        (f"https://guard.example/v2/url?u=https-3A__ours.example_s_{GUARDED}&d=7", f"{GUARD}_…&d=7"),  # Proofpoint
        *((f"https://guard.example/?u={said}&d=7", "https://guard.example/?u=…&d=7") for said in ENCODED),  # Sophos
        *((f"https://guard.example/p/{said}", "https://guard.example/p/…") for said in ENCODED),
    ],
)
def test_a_key_is_cut_in_every_spelling_that_a_mail_program_reads(spelled: str, shown: str) -> None:
    assert without_keys(f"Write to {spelled}, please; or to {spelled}") == f"Write to {shown}, please; or to {shown}"


@pytest.mark.parametrize(
    "words",
    [
        "ana+news@acme.example and C-1042",
        "c1042-donaudampfschifffahrt",  # a shorter word
        "40 %2B, x=2B &plus; <b>bold</b> =\n",
        "&nosuchthing; &#99999999; %zz",
        "-" * 60,
        "",
    ],
)
def test_what_is_no_key_stays_as_it_is_spelled(words: str) -> None:
    assert without_keys(words) == words


SPELLINGS = (
    "{}",
    "{}",
    "&#{code};",
    "&#x{code:X};",
    "&amp;amp;amp;amp;amp;amp;amp;amp;#{code};",
    "%{code:02x}",
    "%2525252525252525{code:02X}",
    "%26%23{code}%3B",
    "={code:02X}",
    "&#37;{code:02x}",
    "\\u{code:04x}",
)
PARTS = (
    *("", "", "", " ", "\n", "\r\n> ", "\n>> | ", " | ", "=\n", "\t", "\u200b", "\ufe0f", "&shy;", "%C2%AD", "=C2=AD"),
    *("<wbr>", "</b>", "<i class='x'>", '<i title="a > b">', "<!-- a > b -->", "&lt;b&gt;", "<!-- -- ' -->"),
)
AROUND = ("", " ", "a", "Zz9_", "-", "AQ", "c7-", "c104", "5 %", "&", "\n", "(", "<p>", "é", "https://ours.example/s/")


@given(st.data(), st.sampled_from((TOKEN, TAG)), st.sampled_from(AROUND), st.sampled_from(AROUND))
def test_a_key_is_cut_in_every_disguise_at_every_place(data: st.DataObject, key: str, before: str, after: str) -> None:
    spellings = st.lists(st.sampled_from(SPELLINGS), min_size=len(key), max_size=len(key))
    parts = st.lists(st.sampled_from(PARTS), min_size=len(key) - 1, max_size=len(key) - 1)
    signs = [how.format(sign, code=ord(sign)) for how, sign in zip(data.draw(spellings), key, strict=True)]
    spelled = "".join(f"{sign}{part}" for sign, part in zip(signs, [*data.draw(parts), ""], strict=True))
    assert without_keys(f"{before}{spelled}{after}") == f"{before}…{after}"


@given(st.text(st.sampled_from("aAQ7-_c2 \n<>&;#=%'\"!/é\u200b\uff21"), max_size=300))
def test_words_without_a_key_stay_as_they_are(words: str) -> None:
    assert without_keys(words) == words


@pytest.mark.parametrize(
    "changed",
    [
        TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B"),  # of no installation
        TOKEN[1:],
        KEYS.token("sign-in", INVITATION),  # of a purpose that nobody named
        TAG.replace("c1042", "c1043"),
    ],
)
def test_what_only_looks_like_a_key_stays(changed: str) -> None:
    assert without_keys(f"See {changed}.") == f"See {changed}."


def test_a_long_letter_is_looked_through_to_its_end() -> None:
    line = "<p style='margin:0'>Thank you, Ana&nbsp;&mdash; it was <b>late</b>, 40 %25 of it. See https://ours.example/</p>\n"
    words = line * (200_000 // len(line)) + TOKEN
    assert without_keys(words) == words.replace(TOKEN, "…")


def test_a_spelling_of_any_depth_ends() -> None:
    words = "&" + "amp;" * 50_000 + "#43;"
    assert without_keys(words) == words


def test_the_secret_of_an_address_is_gone_with_its_tag() -> None:
    assert SECRET in ADDRESS
    assert SECRET not in without_keys(f"a+{TAG}@b, a%2B{TAG}@b, a&#43;{TAG}@b")


@pytest.mark.parametrize(
    "run",
    [
        "_",
        "-",
        "%25",
        "&amp;",
        "=\n",
        "<b>",
        "<b ",
        "<!--",
        '<b "',
        "<b ='",
        "a",
        "A",
        "AQ",
        "&a",
        "c2",
        "a1-",
        "a1-> ",
        "/s/",
        "/s/abcdefghijkl ",
        "\uff3f",
        "\\",
        "\\u005c",
        "-2D",
        "_5F-",
        "\nJD> ",
        "aHR0",
    ],
)
def test_a_long_run_of_anything_is_looked_through_once(run: str) -> None:
    """Of the code before, a million underscores took hours."""
    words = run * (300_000 // len(run))
    assert len(without_keys(words)) <= len(words)
