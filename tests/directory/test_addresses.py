"""What is an address, what is written on the envelope, and which addresses are one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.directory.addresses import LONGEST_ADDRESS, deliverable_address, normalise_address
from feedback_engine.foundation.errors import Invalid


@pytest.mark.parametrize(
    ("text", "envelope", "identity"),
    [
        ("ana@acme.example", "ana@acme.example", "ana@acme.example"),  # nothing to do
        ("  ana@acme.example\n", "ana@acme.example", "ana@acme.example"),  # blanks from a spreadsheet cell
        ("Ana.Bell@ACME.Example", "Ana.Bell@acme.example", "ana.bell@acme.example"),  # case is the server's affair
        ("ana+qbr@acme.example", "ana+qbr@acme.example", "ana+qbr@acme.example"),  # a tag may be another mailbox
        ("info@münchen.example", "info@xn--mnchen-3ya.example", "info@xn--mnchen-3ya.example"),  # IDNA
        ("info@xn--mnchen-3ya.example", "info@xn--mnchen-3ya.example", "info@xn--mnchen-3ya.example"),
        ("info@straße.example", "info@xn--strae-oqa.example", "info@xn--strae-oqa.example"),  # 2008, not 2003's ss
        ("jose\u0301@acme.example", "josé@acme.example", "josé@acme.example"),  # two ways to write é
        ("o'neil@acme.example", "o'neil@acme.example", "o'neil@acme.example"),
        ("ana@mail.acme.co.uk", "ana@mail.acme.co.uk", "ana@mail.acme.co.uk"),
    ],
)
def test_an_address_is_cleaned_for_the_envelope_and_folded_for_the_person(
    text: str, envelope: str, identity: str
) -> None:
    assert deliverable_address(text) == envelope
    assert normalise_address(text) == identity


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("ana", "no @"),
        ("ana@acme", "no dot in the domain"),
        ("ana@", "no domain"),
        ("@acme.example", "no local part"),
        ("ana@b@acme.example", "two @"),
        ("ana@acme.example, ben@acme.example", "two addresses"),
        ("Ana Bell <ana@acme.example>", "a name around it"),
        ("ana bell@acme.example", "a blank"),
        ('"ana"@acme.example', "quoted local part"),
        ("ana@acme.example\r\nBcc: everybody@acme.example", "header injection"),
        ("ana\n@acme.example", "line feed"),
        ("ana\x00@acme.example", "NUL"),
        ("ana\u200b@acme.example", "zero width space"),
        ("ana\u2028@acme.example", "line separator"),
        ("\ud800@acme.example", "lone surrogate"),
        ("ana..bell@acme.example", "two dots"),
        (".ana@acme.example", "leading dot"),
        ("ana.@acme.example", "trailing dot"),
        ("ana@acme..example", "empty label"),
        ("ana@.acme.example", "leading dot in the domain"),
        ("ana@acme.example.", "trailing dot in the domain"),
        ("ana@-acme.example", "label begins with a hyphen"),
        ("ana@acme_x.example", "underscore in the domain"),
        ("ana@127.0.0.1", "numeric address"),
        ("ana@[127.0.0.1]", "address literal"),
        ("a" * 65 + "@acme.example", "local part longer than 64"),
        ("é" * 33 + "@acme.example", "local part longer than 64 bytes"),
        ("ana@" + "a" * 64 + ".example", "label longer than 63"),
        ("ana@" + "abcdefg." * 40 + "example", "longer than 254"),
        ("a" * 100_000, "very long"),
    ],
)
def test_what_is_not_one_plain_address_is_refused_at_its_field(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        normalise_address(text, "/data/contact/email")
    assert [fault.pointer for fault in refused.value.faults] == ["/data/contact/email"], reason
    assert refused.value.faults[0].detail


@given(st.text(max_size=300))
def test_any_text_is_either_refused_or_normalised_for_good(text: str) -> None:
    try:
        once = normalise_address(text)
    except Invalid:
        return
    assert normalise_address(once) == once
    assert normalise_address(deliverable_address(text)) == once


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40),
    st.text("abcdefghijklmnopqrstuvwxyzäßé0123456789-", min_size=1, max_size=40),
)
def test_an_accepted_address_can_stand_in_a_mail_header(local: str, domain: str) -> None:
    try:
        address = deliverable_address(f"{local}@{domain}.example")
    except Invalid:
        return
    assert address.count("@") == 1
    assert len(address) <= LONGEST_ADDRESS
    assert not any(sign.isspace() or ord(sign) < 32 for sign in address)
    assert address.partition("@")[2].isascii()


def test_an_address_that_ends_with_its_at_sign_is_told_so() -> None:
    with pytest.raises(Invalid) as refused:
        deliverable_address("ana@")
    assert refused.value.message.startswith("Nothing stands after the @")
