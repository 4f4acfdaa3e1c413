"""A link opens one row for one purpose, cannot be forged, and dies when its row moves on."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.app import schema
from feedback_engine.foundation import ids, keys
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Work
from tests.conftest import START

KEYS = Keys({1: b"1" * 32}, b"p" * 32)
PURPOSES = ("survey", "unsubscribe", "receipt", "sign-in")
row_ids = st.builds(UUID, int=st.integers(0, 2**128 - 1))


@given(row_ids, st.integers(0, 0xFFFF), st.sampled_from(PURPOSES))
def test_a_link_opens_what_it_was_made_for(row_id: UUID, generation: int, purpose: str) -> None:
    assert KEYS.open_token(purpose, KEYS.token(purpose, row_id, generation)) == (row_id, generation)


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("used_for", PURPOSES)
def test_one_purpose_never_opens_another(made_for: str, used_for: str) -> None:
    opened = KEYS.open_token(used_for, KEYS.token(made_for, ids.new_id(3)))
    assert (opened is not None) == (made_for == used_for)


@given(row_ids, st.integers(0, 47), st.sampled_from("ABCxyz019-_"))
def test_a_changed_sign_makes_a_link_worthless(row_id: UUID, place: int, sign: str) -> None:
    link = KEYS.token("survey", row_id)
    changed = link[:place] + sign + link[place + 1 :]
    assert (KEYS.open_token("survey", changed) is not None) == (changed == link)


@given(st.text(max_size=80))
def test_any_text_is_answered_calmly(text: str) -> None:
    assert KEYS.open_token("survey", text) is None


def test_old_links_open_after_the_key_was_rotated_and_new_ones_use_the_new_key() -> None:
    rotated = Keys({1: b"1" * 32, 2: b"2" * 32}, b"p" * 32)
    row_id = ids.new_id(3)
    assert rotated.open_token("survey", KEYS.token("survey", row_id)) == (row_id, 0)
    assert KEYS.open_token("survey", rotated.token("survey", row_id)) is None


def test_an_installation_makes_its_keys_once(empty_url: str) -> None:
    schema.load()
    database = Database(empty_url)
    database.create_all()
    work = Work(database, MovedClock(START))
    with work.read() as reading:
        assert keys.find(reading, None) is None
    made, again = (keys.load(work, None) for _ in range(2))
    link = made.token("survey", ids.new_id(3))
    assert again.open_token("survey", link) is not None
    assert made.person("ana@acme.example") == again.person("ana@acme.example")
    database.dispose()


def test_the_keys_of_an_installation_stay_the_same_and_depend_on_its_secret(engine: Engine) -> None:
    again = keys.load(engine.work, "test secret")
    other = keys.load(engine.work, "another secret")
    link = engine.keys.token("survey", ids.new_id(3))
    assert again.open_token("survey", link) is not None
    assert other.open_token("survey", link) is None
    assert (
        again.person("ana@acme.example") == other.person("ana@acme.example") == engine.keys.person("ana@acme.example")
    )
