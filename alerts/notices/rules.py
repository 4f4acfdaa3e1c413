"""Pure. What somebody hears of at once, in a digest or not at all; when quiet hours end, and when a digest is due.

Hours are minutes of the reader's own day, by the clock on their wall. In the night in which clocks go forward an hour
that does not exist comes when the clocks have gone forward; in the night in which they go back the first one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from alerts.casework.undoing import UNDO_WITHIN

Mode = Literal["at_once", "digest", "off"]
MODES: tuple[Mode, ...] = ("at_once", "digest", "off")
RHYTHMS = ("never", "daily", "weekly")

TOPICS: Mapping[str, tuple[str, ...]] = {
    "new_case": ("opened", "reopened", "split"),
    "more_bad_news": ("joined",),
    "handed_to_me": ("assigned", "transferred"),
    "warning": ("warned", "promise_due"),
    "escalation": ("escalated", "promise_overdue", "promise_broken", "mediation_late", "holder_gone"),
    "mention": ("mentioned",),
    "reply": ("partner_replied",),
    "verdict": ("partner_confirmed", "partner_partly", "partner_disputed"),
    "mediation": ("mediation_began", "statement_given", "mediation_ended"),
    "moved": ("woke", "merged", "closed", "given_away"),
}
"""What can be chosen, and the kinds of news that it stands for."""

ALL_NEWS = ("at_once", "daily", "weekly")
"""What one choice can say of all that may be chosen: at once, or with a digest of this rhythm."""
EACH = "each"
"""Each topic on its own, where no one choice says it."""

GIVEN_AWAY = "given_away"
LOST = ("closed", GIVEN_AWAY)
"""What others do with cases of somebody."""
GIVEN = ("assigned",)
TOLD_TOGETHER = (*LOST, *GIVEN)
"""One message tells of all that somebody loses in a minute, and one of all that they are given."""
REGROUPED = ("merged", "split")
"""What changes which cases there are; each is told alone."""
TOLD_LATER = (*REGROUPED, "reopened")
"""What is told once it cannot be taken back any more, each alone."""

NEVER_OFF = frozenset({"escalation"})
NEVER_DIGESTED = frozenset({"escalation"})
"""A missed promise is nobody's private matter, and has waited long enough."""

LONGEST_HELD_BACK = timedelta(minutes=1) + UNDO_WITHIN

GRAVEST = "high"
DEFAULT_DIGEST = 8 * 60


@dataclass(frozen=True, slots=True)
class Choices:
    """How one of our people wants to be told; the defaults are those of who never chose."""

    zone: str
    topics: Mapping[str, str] = field(default_factory=dict)
    rhythm: str = "never"
    digest_minute: int = DEFAULT_DIGEST
    digest_weekday: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    grave_wakes: bool = True
    grave_at_once: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """When a piece of news goes to somebody: at `due_at`, or with the digest, or (off) never."""

    mode: Mode
    due_at: datetime


def topic_of(kind: str) -> str:
    """The topic of a kind of news; a kind that nobody has put anywhere comes as a new case does."""
    return next((topic for topic, kinds in TOPICS.items() if kind in kinds), "new_case")


def mode_of(choices: Choices, topic: str) -> Mode:
    """How somebody hears of a topic; what may not be off, or wait, comes at once, whatever is stored."""
    chosen = choices.topics.get(topic, "at_once")
    if (chosen == "off" and topic in NEVER_OFF) or (chosen == "digest" and topic in NEVER_DIGESTED):
        return "at_once"
    if chosen == "digest" and choices.rhythm == "never":
        return "at_once"
    return chosen if chosen in MODES else "at_once"


def with_all(wanted: str) -> tuple[Mapping[str, Mode], str]:
    """The topics that do not come at once, and the rhythm of the digest, of a choice for all news."""
    if wanted == "at_once":
        return {}, "never"
    return {topic: "digest" for topic in TOPICS if topic not in NEVER_DIGESTED}, wanted


def all_news(choices: Choices) -> str:
    """Which choice for all news says the same; EACH where none does."""
    modes = {topic: mode for topic in TOPICS if (mode := mode_of(choices, topic)) != "at_once"}
    return next((wanted for wanted in ALL_NEWS if with_all(wanted) == (modes, choices.rhythm)), EACH)


def decide(choices: Choices, kind: str, severity: str | None, now: datetime) -> Plan:
    """What becomes of a piece of news about a case that has this severity by then."""
    topic = topic_of(kind)
    mode = mode_of(choices, topic)
    if mode == "digest" and choices.grave_at_once and severity == GRAVEST:
        mode = "at_once"
    wakes = choices.grave_wakes and topic == "escalation" and severity == GRAVEST
    if mode != "at_once" or wakes:
        return Plan(mode, now)
    return Plan(mode, quiet_until(choices, now) or now)


def asks_severity(choices: Choices, kind: str) -> bool:
    """Whether it depends on the severity of a case how news of this kind comes."""
    return choices.grave_at_once or topic_of(kind) == "escalation"


def quiet_until(choices: Choices, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside of them."""
    begin, end = choices.quiet_from, choices.quiet_until
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(ZoneInfo(choices.zone))
    minute = local.hour * 60 + local.minute
    if begin < end:
        day = local.date() if begin <= minute < end else None
    else:
        day = local.date() + timedelta(days=1) if minute >= begin else local.date() if minute < end else None
    if day is None:
        return None
    first, second = _instants(day, end, choices.zone)
    return first if first > now else second


def told_together(at: datetime) -> tuple[datetime, datetime]:
    """The minute in which all that somebody loses, or is given, is told in one mail: its ends, the second excluded."""
    begins = at.replace(second=0, microsecond=0)
    return begins, begins + timedelta(minutes=1)


def held_back(kind: str, now: datetime) -> timedelta:
    """How long a piece of news waits because whoever caused it may take it back: what was said could not be.

    What is told together with others has come by then, and none of it can be taken back any more.
    """
    if kind in TOLD_TOGETHER:
        return told_together(now)[1] - now + UNDO_WITHIN
    return UNDO_WITHIN if kind in TOLD_LATER else timedelta(0)


def latest_digest(choices: Choices, now: datetime) -> tuple[date, datetime]:
    """The last time a digest fell due by `now`: the reader's day, which names the period, and the instant."""
    day = now.astimezone(ZoneInfo(choices.zone)).date() + timedelta(days=1)
    while True:
        day = _on_or_before(day, choices)
        at = _instants(day, choices.digest_minute, choices.zone)[0]
        if at <= now:
            return day, at
        day -= timedelta(days=1)


def next_digest(choices: Choices, now: datetime) -> datetime | None:
    """When a digest falls due next after `now`; None when somebody wants none."""
    if choices.rhythm == "never":
        return None
    day = latest_digest(choices, now)[0] + timedelta(days=7 if choices.rhythm == "weekly" else 1)
    return _instants(day, choices.digest_minute, choices.zone)[0]


def span_of(rhythm: str) -> timedelta:
    """How far ahead a digest looks, and how far back its figures."""
    return timedelta(days=7) if rhythm == "weekly" else timedelta(days=1)


def _on_or_before(day: date, choices: Choices) -> date:
    if choices.rhythm != "weekly":
        return day
    return day - timedelta(days=(day.weekday() - choices.digest_weekday) % 7)


def _instants(day: date, minute: int, zone: str) -> tuple[datetime, datetime]:
    """When the wall shows this hour on this day, the first and the second time; both the same but for one night."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(zone))
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    # In a gap the two readings swap: the hour before the change, read after it, lies earlier.
    return (first, second) if first <= second else (first, first)
