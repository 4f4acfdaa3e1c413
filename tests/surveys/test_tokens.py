"""Links cannot be forged, and what one purpose's link opens no other's does."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation import ids
from feedback_engine.foundation.keys import Keys
from surveys.tokens import PURPOSES, InvitationLinks, Links, Opened, Purpose

LINKS = Links(Keys({1: b"k" * 32}, b"p" * 32))
IDS = st.integers(min_value=0, max_value=(1 << 128) - 1).map(lambda number: UUID(int=number))
GENERATIONS = st.integers(min_value=0, max_value=0xFFFF)


def token(purpose: Purpose, row_id: UUID, generation: int) -> str:
    return LINKS.path(purpose, row_id, generation).rpartition("/")[2]


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("used_for", PURPOSES)
@given(row_id=IDS, generation=GENERATIONS)
def test_a_link_opens_only_its_own_purpose(made_for: Purpose, used_for: Purpose, row_id: UUID, generation: int) -> None:
    expected = Opened(row_id, generation) if made_for == used_for else None
    assert LINKS.open(used_for, token(made_for, row_id, generation)) == expected


@pytest.mark.parametrize("purpose", PURPOSES)
@given(row_id=IDS, bit=st.integers(min_value=0, max_value=36 * 8 - 1))
def test_a_link_with_one_bit_changed_opens_nothing(purpose: Purpose, row_id: UUID, bit: int) -> None:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    raw = bytearray(urlsafe_b64decode(token(purpose, row_id, 0)))
    raw[bit // 8] ^= 1 << (bit % 8)
    assert LINKS.open(purpose, urlsafe_b64encode(bytes(raw)).decode()) is None


@given(st.text(max_size=80))
def test_no_other_text_is_a_link(text: str) -> None:
    assert all(LINKS.open(purpose, text) is None for purpose in PURPOSES)


def test_a_link_of_another_installation_opens_nothing() -> None:
    other = Links(Keys({1: b"o" * 32}, b"p" * 32))
    made = other.path("survey", ids.new_id(3), 0).rpartition("/")[2]
    assert LINKS.open("survey", made) is None


def test_the_links_of_a_mail_lead_below_the_base_url() -> None:
    links = InvitationLinks(Links(LINKS.keys, "https://ours.example/feedback"), ids.new_id(3), 0)
    assert links.survey("7").startswith("https://ours.example/feedback/s/")
    assert links.survey("7").endswith("?a=7")
    assert links.decline().endswith("/not-now")
    assert links.stop().startswith("https://ours.example/feedback/u/")
