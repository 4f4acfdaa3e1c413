"""How people in the simulated world behave: whether they answer, what, when, and how our people handle cases.

Joining events and answers is simulated, because no public data links the journey of one person to their scores; the
product says so where it shows this world.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Literal
from zoneinfo import ZoneInfo

from feedback_engine.simulation import comments, planted
from feedback_engine.simulation.planted import Truth
from feedback_engine.simulation.world import Happening
from surveys.metrics import SCALES

_LOW_MOOD, _HIGH_MOOD = 6.5, 8.5
_CONFLICTS_LAST = timedelta(days=14)
"""Below and above these, told as a share of the scale, an answer complains or praises."""

_FOREIGN_SHARE = 0.15
_BLAMES_CIRCUMSTANCE = 0.88
_ANSWERS_SOON = timedelta(hours=20)
_JOURNEYS = {
    "ticket.closed": "support",
    "escalation.closed": "support",
    "release.installed": "support",
} | dict.fromkeys(
    (
        "agreement.signed",
        "portal.opened",
        "onboarding.completed",
        "first_training.completed",
        "certification.passed",
    ),
    "onboarding",
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody does with a mail, and how long after it came."""

    kind: Literal["nothing", "answer", "decline", "unsubscribe"]
    after: timedelta = timedelta(0)
    score: int = 0
    comment: str = ""
    call: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """How an owner handles a case, counted from when they hear of it; None is a step that is left out."""

    acknowledge_after: timedelta | None
    hand_over_after: timedelta | None
    note_after: timedelta | None
    contact_after: timedelta
    close_after: timedelta
    outcome: str
    reopen_after: timedelta | None


def react(truth: Truth, happening: Happening) -> Reaction:
    """What the person of a happening does when asked about it."""
    draw = partial(planted.unit, truth, "reaction", happening.id)
    voice = happening.company.voice(happening.person)
    troubled = planted.incident_of(truth, voice.partner, happening.type, happening.at) is not None
    after = planted.answer_delay(truth, voice, draw("delay"))
    who = truth.answering
    if not troubled and draw("leaves") < who.unsubscribe_share:
        return Reaction("unsubscribe", after)
    if draw("answers") >= planted.answer_share(truth, voice, happening.at, happening.type):
        return Reaction("decline", after) if draw("declines") < who.decline_share else Reaction("nothing")
    mood = planted.mood(truth, voice, happening.type, happening.at, happening.matters)
    metric = truth.touchpoints[happening.type].metric
    score = planted.draw_score(mood, metric, draw("score"))
    felt = _as_mood(score, metric)
    cause = cause_of(truth, happening) if felt < _LOW_MOOD else ""
    comment = _comment(truth, happening, felt, cause)
    call = felt < 4.5 and draw("call") < 0.35
    return Reaction("answer", min(after, _ANSWERS_SOON) if troubled else after, score, comment, call, cause)


def cause_of(truth: Truth, happening: Happening) -> str:
    """Why a bad score is bad: mostly the worst of what was the matter, else something else of the touchpoint."""
    draw = partial(planted.unit, truth, "cause", happening.id)
    here = truth.touchpoints[happening.type]
    worst = min(
        (each for each in here.circumstances if each.key in happening.matters),
        key=lambda each: each.points,
        default=None,
    )
    if worst is not None and draw("blames") < _BLAMES_CIRCUMSTANCE:
        return worst.cause
    return comments.one_of(draw, "other", here.other_causes)


def handle(truth: Truth, ref: str, kind: str) -> Handling:
    """How the owner of a case goes about it: most are quick, some are not, a few give it to the department."""
    draw = partial(planted.unit, truth, "case", ref)
    slow = (1.0, 1.0, 1.0, 1.6, 3.0)[int(draw("slow") * 5)]
    first = timedelta(hours=(0.3 + 12 * draw("first")) * slow)
    contact = first + timedelta(hours=(2 + 40 * draw("contact")) * slow)
    close = contact + timedelta(hours=(24 + 190 * draw("close")) * slow)
    outcome = "thanked" if kind == "thanks" else _outcome(draw("outcome"))
    recovery = kind == "recovery"
    return Handling(
        acknowledge_after=first if draw("acknowledges") < 0.6 else None,
        hand_over_after=first + timedelta(hours=1) if recovery and draw("hands over") < 0.08 else None,
        note_after=contact + timedelta(hours=3) if recovery and draw("notes") < 0.25 else None,
        contact_after=contact,
        close_after=close,
        outcome=outcome,
        reopen_after=close + timedelta(days=4) if outcome == "not_settled" and draw("reopens") < 0.5 else None,
    )


def hear_of_closing(truth: Truth, ref: str, at: datetime, *, again: bool = False) -> tuple[str, timedelta]:
    """What somebody says who reads at `at` that their case was closed, and how long they take; "" for nothing.

    With `again` they had called it settled in part, and are content now.
    A "no" comes in the last weeks only: what it leads to is under way when the reader of the demo arrives.
    """
    draw = partial(planted.unit, truth, "closing", ref)
    after = timedelta(hours=2 + 40 * draw("delay"))
    said = draw("verdict")
    if again or said < 0.55:
        return "yes", after
    if said < 0.65:
        return "partly", after
    return ("no" if said < 0.75 and at > truth.ends_at - _CONFLICTS_LAST else ""), after


def in_office_hours(at: datetime, zone: str, u: float) -> datetime:
    """The instant itself if it lies in office hours of the zone, else some time in the first two hours of the next."""
    local = at.astimezone(ZoneInfo(zone))
    if local.weekday() < 5 and 9 <= local.hour < 17:
        return at
    day = local if local.hour < 9 else local + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    opening = day.replace(hour=9, minute=0, second=0, microsecond=0)
    return opening.astimezone(at.tzinfo) + timedelta(minutes=int(120 * u))


def _outcome(u: float) -> str:
    return "settled" if u < 0.72 else "partly_settled" if u < 0.88 else "not_settled"


def _as_mood(score: int, metric: str) -> float:
    low, high = SCALES[metric]
    return 10 * (score - low) / (high - low)


def _comment(truth: Truth, happening: Happening, felt: float, cause: str) -> str:
    person = happening.person
    draw = partial(planted.unit, truth, "comment", happening.id)
    # The unhappy write more often than the happy.
    told = person.candour + (0.25 if cause else -0.05 if felt >= _HIGH_MOOD else -0.3)
    if draw("writes") >= told:
        return ""
    language = "en" if draw("language") < _FOREIGN_SHARE else person.language
    if cause:
        number = _number(truth, happening, cause)
        return comments.complaint(draw, language, cause, happening.type, number, happening.reference)
    if felt < _HIGH_MOOD:
        return comments.remark(draw, language, _JOURNEYS.get(happening.type, "sales_cycle"))
    return comments.praise(draw, language, happening.type)


def _number(truth: Truth, happening: Happening, cause: str) -> str:
    """The figure behind a complaint, as people say it; empty when the event holds none for this cause."""
    for each in truth.touchpoints[happening.type].circumstances:
        value = happening.attributes[each.attribute]
        if each.cause != cause or each.key not in happening.matters or each.limit is None or isinstance(value, str):
            continue
        # The sentences speak of hours of support, and of rounds only where an agreement is meant.
        if each.attribute == "rounds" and happening.person.language != "en":
            return ""
        return str(ceil(value * 24 if each.attribute == "days_open" else value))
    return ""
