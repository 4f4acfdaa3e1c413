"""Says from when a person may be asked again at each touchpoint, as things stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading
from journeys.reading import EventView
from surveys.deciding_facts import OpenCases, Subject, World, read_world
from surveys.sampling.instants import to_datetime, to_micros
from surveys.sampling.plan import Plan, TouchpointRules
from surveys.sampling.rules import RULES_BY_NAME
from surveys.sampling.verdict import Verdict

LASTING = ("erased", "suppressed", "hold")
"""Rules whose end nobody can foretell."""

PASSING = ("quarantine", "contact_frequency", "account_cap")
"""Rules that end by themselves; random share, condition and age depend on an event that has not happened yet."""

_MOST_STEPS = 200
_NO_EVENT = UUID(int=0)


@dataclass(frozen=True, slots=True)
class AskAgain:
    """From when a contact may be asked at a touchpoint, if something happens there.

    `at` is None when nobody can foretell it, and `rule` and `verdict` say why; both are None when nothing stands in
    the way now.
    """

    contact: ContactView
    touchpoint: str
    at: datetime | None
    rule: str | None = None
    verdict: Verdict | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing stands in the way now."""
        return self.rule is None


def when_again(
    reading: Reading, contacts: Sequence[ContactView], open_cases: OpenCases, touchpoint: str | None, at: datetime
) -> Iterator[AskAgain]:
    """For each contact and each touchpoint that asks people like them, in the order of the plan in force at `at`."""
    found = versions.in_force(reading, "plan", "plan", at)
    if found is None:
        return
    plan = Plan.from_body(found.body, found.version)
    wanted = [rules for key, rules in plan.touchpoints.items() if touchpoint in (None, key) and rules.survey]
    pairs = [(contact, rules) for contact in contacts for rules in wanted if rules.means(contact.role)]
    subjects = [_subject(contact, rules, at) for contact, rules in pairs]
    world = read_world(reading, subjects, wanted, open_cases, known_by=at)
    for subject, (contact, rules) in zip(subjects, pairs, strict=True):
        yield _when(world, subject, contact, rules, to_micros(at))


def roles_asked_nowhere(reading: Reading, roles: Iterable[str]) -> list[str]:
    """Those of the roles that no touchpoint with a survey is meant for; none while no program is in force."""
    found = versions.in_force(reading, "plan", "plan")
    if found is None:
        return []
    asking = [rules for rules in Plan.from_body(found.body, found.version).touchpoints.values() if rules.survey]
    return [role for role in roles if not any(rules.means(role) for rules in asking)]


def _subject(contact: ContactView, rules: TouchpointRules, at: datetime) -> Subject:
    """An event that might happen."""
    event = EventView(
        id=_NO_EVENT,
        partner_id=contact.partner_id,
        contact_id=contact.id,
        source="",
        external_id="",
        event_key=0,
        type="",
        at=at,
        received_at=at,
        attributes={},
        replayed=False,
    )
    return Subject(event, rules.touchpoint, contact, to_micros(at))


def _when(world: World, subject: Subject, contact: ContactView, rules: TouchpointRules, start: int) -> AskAgain:
    subject.at = start
    facts = world.facts(subject, rules)
    for name in LASTING:
        verdict = RULES_BY_NAME[name].judge(rules, facts, start)
        if verdict.fired:
            return AskAgain(contact, rules.touchpoint, None, name, verdict)
    first: tuple[str, Verdict] | None = None
    for _ in range(_MOST_STEPS):
        facts = world.facts(subject, rules)
        fired = [(name, RULES_BY_NAME[name].judge(rules, facts, subject.at)) for name in PASSING]
        waiting = max((pair for pair in fired if pair[1].fired), key=lambda pair: pair[1].until, default=None)
        if waiting is None:
            break
        first = first or waiting
        subject.at = waiting[1].until
    rule, verdict_of = first if first is not None else (None, None)
    return AskAgain(contact, rules.touchpoint, to_datetime(subject.at), rule, verdict_of)
