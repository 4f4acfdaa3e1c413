"""What may be done with a case, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.casework.flow import (
    ALLOWED,
    MAX_TEXT,
    STATES,
    Acknowledge,
    Action,
    Assign,
    CaseFacts,
    Close,
    Dismiss,
    LogContact,
    Note,
    Pause,
    Refused,
    Reopen,
    Resume,
    Snooze,
    State,
    Step,
    decide,
)
from alerts.terms import KINDS, Kind
from alerts.words import refusal

DANA, LUIS = UUID(int=1), UUID(int=2)
CAUSES = {"late-decision"}
NOW = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
CLOSE = Close("settled", "late-decision", "We agreed on three days.")


def case(state: State = "new", kind: Kind = "recovery") -> CaseFacts:
    return CaseFacts(state, kind, DANA)


@pytest.mark.parametrize(
    ("state", "action", "becomes"),
    [
        ("new", Acknowledge(), "acknowledged"),
        ("reopened", Acknowledge(), "acknowledged"),
        ("new", LogContact("call", "talked"), "in_progress"),  # who calls has seen it
        ("acknowledged", LogContact("call", "no_answer"), "in_progress"),
        ("in_progress", LogContact("mail", "left_message"), "in_progress"),
        ("new", CLOSE, "closed"),  # some cases are over at a glance
        ("in_progress", CLOSE, "closed"),
        ("reopened", CLOSE, "closed"),
        ("closed", Reopen("They called again."), "reopened"),
        ("new", Note("Ask the deal desk."), "new"),  # a note moves nothing
        ("closed", Note("They sent flowers."), "closed"),
        ("in_progress", Assign(LUIS), "in_progress"),
        ("new", Dismiss("mistaken"), "closed"),
        ("new", Snooze(TOMORROW), "acknowledged"),  # who puts it aside has seen it
        ("in_progress", Snooze(TOMORROW), "in_progress"),
        ("reopened", Pause("agreed_date", "They are back on Monday."), "acknowledged"),
        ("in_progress", Pause("awaiting_others", "Legal reads it.", TOMORROW), "in_progress"),
    ],
)
def test_an_allowed_action_moves_the_case(state: State, action: Action, becomes: State) -> None:
    step = decide(case(state), action, CAUSES, NOW)
    assert isinstance(step, Step)
    assert step.state == becomes


@pytest.mark.parametrize(
    ("state", "action", "reason", "field"),
    [
        ("acknowledged", Acknowledge(), "already_acknowledged", None),
        ("in_progress", Acknowledge(), "already_acknowledged", None),
        ("closed", Acknowledge(), "closed", None),
        ("closed", LogContact("call", "talked"), "closed", None),
        ("closed", CLOSE, "closed", None),  # not twice
        ("closed", Assign(LUIS), "closed", None),
        ("new", Reopen("Why not"), "not_closed", None),
        ("new", Note("  "), "text_missing", "text"),
        ("closed", Reopen(""), "text_missing", "text"),
        ("new", Note("x" * (MAX_TEXT + 1)), "text_too_long", "text"),
        ("new", Note("a\x00b"), "text_unreadable", "text"),  # PostgreSQL stores no NUL
        ("new", LogContact("pigeon", "talked"), "channel_unknown", "channel"),
        ("new", LogContact("call", "shouted"), "outcome_unknown", "outcome"),
        ("new", Close("settled"), "root_cause_missing", "root_cause"),  # a recovery must teach us something
        ("new", Close("settled", "the moon"), "root_cause_unknown", "root_cause"),
        ("new", Close("fine", "late-decision"), "outcome_unknown", "outcome"),
        ("new", Close("thanked", "late-decision"), "outcome_of_others", "outcome"),  # one does not thank for a 3
        ("new", Assign(DANA), "same_owner", "owner"),
        ("new", Dismiss("bored"), "reason_unknown", "reason"),
        ("closed", Dismiss("test"), "closed", None),
        ("new", Pause("holiday", "x"), "reason_unknown", "reason"),
        ("new", Pause("agreed_date", " "), "text_missing", "text"),  # whoever reads it later wants to know
        ("new", Pause("agreed_date", "x", NOW), "until_past", "until"),
        ("closed", Pause("agreed_date", "x"), "closed", None),
        ("new", Resume(), "not_paused", None),
        ("new", Snooze(NOW), "until_past", "until"),
        ("new", Snooze(NOW + timedelta(days=91)), "until_far", "until"),
    ],
)
def test_a_refused_action_says_why_and_which_field(
    state: State, action: Action, reason: str, field: str | None
) -> None:
    assert decide(case(state), action, CAUSES, NOW) == Refused(reason, field)


@pytest.mark.parametrize("kind", ["callback", "thanks"])
def test_only_a_recovery_needs_a_root_cause(kind: Kind) -> None:
    outcome = "thanked" if kind == "thanks" else "settled"
    assert isinstance(decide(case("new", kind), Close(outcome), CAUSES, NOW), Step)


def test_a_thank_you_has_no_root_cause() -> None:
    refused = decide(case("new", "thanks"), Close("thanked", "late-decision"), CAUSES, NOW)
    assert refused == Refused("cause_of_thanks", "root_cause")


@pytest.mark.parametrize(
    ("channel", "outcome", "reached"),
    [
        ("call", "talked", True),
        ("meeting", "talked", True),
        ("call", "left_message", False),  # a voice mail is not yet a talk
        ("call", "no_answer", False),
        ("mail", "left_message", True),  # a written answer arrives
    ],
)
def test_only_words_that_arrived_stop_the_clock_of_first_contact(channel: str, outcome: str, reached: bool) -> None:
    step = decide(case(), LogContact(channel, outcome), CAUSES, NOW)
    assert isinstance(step, Step)
    assert step.contacts == reached


def test_every_action_has_its_row_in_the_table() -> None:
    assert set(ALLOWED) == set(get_args(Action))


def test_a_clock_that_stands_still_is_not_stopped_twice_and_goes_on_once() -> None:
    still = CaseFacts("in_progress", "recovery", DANA, paused=True)
    assert decide(still, Pause("agreed_date", "x"), CAUSES, NOW) == Refused("already_paused")
    assert decide(still, Resume(), CAUSES, NOW) == Step("in_progress", "resumed")


ACTIONS = st.one_of(
    st.just(Acknowledge()),
    st.builds(Note, st.sampled_from(["", "word"])),
    st.builds(LogContact, st.sampled_from(["call", "x"]), st.sampled_from(["talked", "x"])),
    st.builds(Close, st.sampled_from(["settled", "thanked", "x"]), st.sampled_from([None, "late-decision", "x"])),
    st.builds(Assign, st.sampled_from([DANA, LUIS])),
    st.builds(Reopen, st.sampled_from(["", "word"])),
    st.builds(Dismiss, st.sampled_from(["test", "x"])),
    st.builds(Pause, st.sampled_from(["agreed_date", "x"]), st.just("word")),
    st.just(Resume()),
    st.builds(Snooze, st.sampled_from([NOW, TOMORROW])),
)


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.lists(ACTIONS, max_size=12))
def test_no_sequence_of_actions_leaves_the_states_or_closes_a_recovery_without_cause(
    kind: Kind, actions: list[Action]
) -> None:
    state: State = "new"
    for action in actions:
        step = decide(CaseFacts(state, kind, DANA), action, CAUSES, NOW)
        if isinstance(step, Refused):
            assert refusal(step.reason)
            continue
        assert step.state in STATES
        if step.state == "closed" and state != "closed" and kind == "recovery":
            assert isinstance(action, Dismiss) or (isinstance(action, Close) and action.root_cause in CAUSES)
        state = step.state
