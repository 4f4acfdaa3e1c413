"""What may be written about partners and contacts, and where a refusal points."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.directory.inputs import read_contact, read_partner
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.ids import shard_of_key


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({}, ["/key"]),  # nothing at all
        ({"key": "  "}, ["/key"]),  # blank
        ({"key": "a\tb"}, ["/key"]),  # control character inside
        ({"key": "a\x00"}, ["/key"]),  # PostgreSQL cannot hold it
        ({"key": "\ud800"}, ["/key"]),  # nor this
        ({"key": "k" * 513}, ["/key"]),  # 512 at most
        ({"key": 7}, ["/key"]),  # numbers are not quietly made texts
        ({"key": "k", "kind": "reseller"}, ["/kind"]),
        ({"key": "k", "side": "both"}, ["/side"]),
        ({"key": "k", "time_zone": "Mars/Olympus"}, ["/time_zone"]),
        ({"key": "k", "name": "n" * 201}, ["/name"]),
        ({"key": "k", "colour": "red", "tier": 3}, ["/tier", "/colour"]),  # every fault is told at once
        ({"key": "k", "attributes": {"a": [1]}}, ["/attributes/a"]),
        ({"key": "k", "attributes": {"a/b~": float("inf")}}, ["/attributes/a~1b~0"]),  # RFC 6901 escapes
        ({"key": "k", "attributes": {"a": 2**63}}, ["/attributes/a"]),
        ({"key": "k", "attributes": {str(n): n for n in range(101)}}, ["/attributes"]),
    ],
)
def test_a_wrong_partner_is_refused_at_each_wrong_field(fields: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_partner(fields)
    assert [fault.pointer for fault in refused.value.faults] == pointers


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({}, ["/email"]),
        ({"email": "ana@acme"}, ["/email"]),
        ({"email": "ana@acme.example", "language": "klingon!"}, ["/language"]),
        ({"email": "ana@acme.example", "language": "zz"}, ["/language"]),  # well formed, and no language
        ({"email": "ana@acme.example", "name": "Ana\r\nBcc: x"}, ["/name"]),
        ({"email": "ana@acme.example", "time_zone": "CEST+2"}, ["/time_zone"]),
        ({"email": None, "phone": 5}, ["/email", "/phone"]),
    ],
)
def test_a_wrong_contact_is_refused_at_each_wrong_field(fields: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_contact(fields)
    assert [fault.pointer for fault in refused.value.faults] == pointers


@pytest.mark.parametrize("raw", [None, [], "acme", 7])
def test_what_is_no_object_is_refused_as_a_whole(raw: object) -> None:
    with pytest.raises(Invalid) as refused:
        read_partner(raw)
    assert [fault.pointer for fault in refused.value.faults] == [""]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("it", "it"),
        ("IT", "it"),
        ("it_IT", "it-IT"),
        ("pt-BR", "pt-BR"),
        ("zh-Hans-CN", "zh-Hans-CN"),
        ("iw", "he"),  # as Hebrew was written once
        ("in_ID", "id-ID"),  # and Indonesian
        ("prs", "fa-AF"),  # Dari, which is written as Persian of Afghanistan now
        ("swc", "sw-CD"),
        ("prs-AF", "fa-AF"),
        ("", ""),
    ],
)
def test_language_tags_are_read_as_people_write_them(written: str, tag: str) -> None:
    assert read_contact({"email": "ana@acme.example", "language": written}).language == tag


@pytest.mark.parametrize("written", ["und", "mul", "zxx", "en-ZZ", "en-Zxxx", "qq"])
def test_what_names_no_language_that_a_letter_can_be_written_in_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_contact({"email": "ana@acme.example", "language": written})
    assert "is not a language that is known; write its code, like it or pt-BR." in refused.value.faults[0].detail


def test_texts_are_trimmed_and_composed() -> None:
    partner = read_partner({"key": " A-1 ", "name": "  Cafe\u0301 Ltd ", "attributes": {" revenue ": " 12 "}})
    assert (partner.key, partner.name, partner.attributes) == ("A-1", "Café Ltd", {"revenue": "12"})


@given(st.text(min_size=1, max_size=600))
def test_every_accepted_key_has_a_shard_and_stays_itself(text: str) -> None:
    try:
        key = read_partner({"key": text}).key
    except Invalid:
        return
    assert 0 <= shard_of_key(key) <= 255
    assert read_partner({"key": key}).key == key
    assert 0 < len(key) <= 512
