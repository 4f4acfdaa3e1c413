"""Who is neutral in a conflict: what they did in a case, had of it, or were named in, whichever case it stood in."""

from __future__ import annotations

from alerts import service
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import joined, merge, open_case, split, staff_actor
from tests.alerts.settled import closed, say, steering, told, world
from tests.alerts.site import browser


def test_whoever_worked_on_the_case_that_this_one_was_split_off_from_is_no_neutral_mediator(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    opened, other = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    alerts = joined(of, 2, touchpoint="ticket.closed")
    service.note(engine.work, staff_actor(henrik), other.id, "They are right, I think.")
    part = split(of, merge(of, other, opened), alerts)
    say(of, browser(engine, None), closed(of, part), "no")
    assert told(of, "mediation_began") == [priya.id]


def test_what_was_done_in_a_case_after_another_was_split_off_is_no_part_of_the_other(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    opened, other = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    alerts = joined(of, 2, touchpoint="ticket.closed")
    part = split(of, merge(of, other, opened), alerts)
    of.later(minutes=1)
    service.note(engine.work, staff_actor(henrik), opened.id, "They are right, I think.")
    say(of, browser(engine, None), closed(of, part), "no")
    assert told(of, "mediation_began") == [henrik.id]
