"""Closed cases with one root cause make a theme; a program owner makes an initiative of it and answers for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from feedback_engine.foundation import ids
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.outer_loop import lifecycle, reading, service
from feedback_engine.outer_loop.reading import ThemeView
from feedback_engine.outer_loop.service import ClosedCase, Proposal


def close(engine: Engine, root_cause: str = "late_decision", case_id: UUID | None = None) -> list[UUID]:
    """Record one closed case of a partner of its own; returns the themes that it opened."""
    partner_id = ids.new_id(11)
    case = ClosedCase(partner_id, case_id or ids.new_id(11), root_cause, "deal.registered", engine.clock.now())
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.record_closed_cases(uow, [case])


def open_themes(engine: Engine) -> list[ThemeView]:
    with engine.work.read() as now:
        return reading.open_themes(now)


def test_the_third_case_of_a_root_cause_makes_a_theme(engine: Engine) -> None:
    assert close(engine) == []
    assert close(engine) == []
    [theme_id] = close(engine)

    [theme] = open_themes(engine)
    assert (theme.id, theme.root_cause, theme.cases, theme.partners) == (theme_id, "late_decision", 3, 3)
    with engine.work.read() as now:
        assert len(reading.evidence_of(now, theme_id)) == 3


def test_a_fourth_case_joins_the_theme(engine: Engine) -> None:
    for _ in range(4):
        close(engine)
    [theme] = open_themes(engine)
    assert theme.cases == 4


def test_other_root_causes_do_not_add_up(engine: Engine) -> None:
    for root_cause in ("late_decision", "no_status", "price_list"):
        close(engine, root_cause)
    assert open_themes(engine) == []


def test_a_case_closed_twice_counts_once(engine: Engine) -> None:
    again = ids.new_id(11)
    for _ in range(3):
        close(engine, case_id=again)
    assert open_themes(engine) == []


def test_cases_half_a_year_apart_are_no_theme(engine: Engine, clock: MovedClock) -> None:
    for _ in range(3):
        close(engine)
        clock.advance(lifecycle.THEME_WINDOW / 2 + timedelta(days=1))
    assert open_themes(engine) == []


def test_a_batch_makes_the_same_theme_as_single_cases(engine: Engine) -> None:
    now = engine.clock.now()
    cases = [ClosedCase(ids.new_id(n), ids.new_id(n), "late_decision", "deal.registered", now) for n in range(5)]
    with engine.work.begin(actor=SYSTEM) as uow:
        assert len(service.record_closed_cases(uow, cases)) == 1
    assert [theme.cases for theme in open_themes(engine)] == [5]


def test_a_theme_without_an_accountable_person_is_not_accepted(engine: Engine) -> None:
    [theme_id] = [close(engine) for _ in range(3)][-1]
    with pytest.raises(Invalid) as caught, engine.work.begin(actor=SYSTEM) as uow:
        service.accept_theme(uow, theme_id, Proposal(" ", "", "", None))
    assert [fault.pointer for fault in caught.value.faults] == ["/title", "/department", "/accountable"]
    assert len(open_themes(engine)) == 1


def test_a_dismissed_theme_needs_a_reason_and_stays_closed(engine: Engine) -> None:
    [theme_id] = [close(engine) for _ in range(3)][-1]
    with pytest.raises(Invalid), engine.work.begin(actor=SYSTEM) as uow:
        service.dismiss_theme(uow, theme_id, " ")
    with engine.work.begin(actor=SYSTEM) as uow:
        service.dismiss_theme(uow, theme_id, "The rule is the law's.")
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.dismiss_theme(uow, theme_id, "Again.")
    assert open_themes(engine) == []


@pytest.mark.parametrize(
    ("now", "wanted", "comment", "effect", "refused"),
    [
        ("accepted", "started", "", None, None),  # the ordinary way
        ("started", "delivered", "", None, None),
        ("delivered", "verified", "", "cannot_tell", None),  # an honest end
        ("delivered", "verified", "", None, Invalid),  # nobody looked
        ("accepted", "delivered", "", None, Conflict),  # a step left out
        ("verified", "started", "", None, Conflict),  # it is over
        ("accepted", "declined", "", None, Invalid),  # no reason given
        ("accepted", "declined", "No budget this year.", None, None),
    ],
)
def test_an_initiative_goes_step_by_step(
    now: str, wanted: str, comment: str, effect: str | None, refused: type[Exception] | None
) -> None:
    if refused is None:
        lifecycle.check_step(now, wanted, comment, effect)
        return
    with pytest.raises(refused):
        lifecycle.check_step(now, wanted, comment, effect)


@pytest.mark.parametrize("end", ["verified", "declined"])
def test_no_step_leads_out_of_an_end(end: str) -> None:
    for wanted in lifecycle.STATES:
        with pytest.raises(Conflict, match="open to it: nothing more"):
            lifecycle.check_step(end, wanted, "We think again.", "worked")


# ---- a closing that was taken back


def retract(engine: Engine, case_id: UUID) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.retract_cases(uow, [(case_id, engine.clock.now())])


def test_a_closing_that_was_taken_back_is_no_evidence(engine: Engine) -> None:
    slip = ids.new_id(11)
    for case_id in (None, None, slip):
        close(engine, case_id=case_id)
    assert len(open_themes(engine)) == 1
    retract(engine, slip)
    assert open_themes(engine) == []  # two cases make no theme
    retract(engine, slip)  # told again: nothing is left to take back
    close(engine, case_id=slip)
    [theme] = open_themes(engine)
    assert theme.cases == 3


def test_a_theme_with_enough_left_stays(engine: Engine) -> None:
    slip = ids.new_id(11)
    for case_id in (None, None, None, slip):
        close(engine, case_id=case_id)
    retract(engine, slip)
    assert [theme.cases for theme in open_themes(engine)] == [3]


def test_what_was_decided_stays_decided(engine: Engine) -> None:
    slip = ids.new_id(11)
    [theme_id] = [*close(engine), *close(engine), *close(engine, case_id=slip)]
    with engine.work.begin(actor=SYSTEM) as uow:
        service.dismiss_theme(uow, theme_id, "Known.")
    retract(engine, slip)
    with engine.work.read() as now:
        assert (reading.get_theme(now, theme_id).state, reading.get_theme(now, theme_id).cases) == ("dismissed", 2)


def test_a_later_closing_is_not_taken_back_with_an_earlier_one(engine: Engine) -> None:
    case_id = ids.new_id(11)
    close(engine)
    close(engine)
    close(engine, case_id=case_id)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.retract_cases(uow, [(case_id, uow.now - timedelta(hours=1))])
    assert [theme.cases for theme in open_themes(engine)] == [3]
