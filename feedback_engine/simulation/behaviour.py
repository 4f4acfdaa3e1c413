"""How people in the simulated world behave: whether they answer, what, when, and how our people handle cases.

Joining events and answers is simulated, because no public data links the journey of one person to their scores; the
product says so where it shows this world.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from feedback_engine.simulation.world import Happening, Person

_MOOD = {
    "onboarding.completed": 8.1,
    "first_training.completed": 8.3,
    "deal.registration_decided": 7.2,
    "quote.delivered": 7.7,
    "deal.closed": 7.9,
    "ticket.closed": 7.9,
    "qbr.held": 8.2,
}
"""The score of an average partner after an average happening, 0..10."""

_COMPLAINTS = {
    "deal.registration_decided": (
        ("slow_decision", "Nine working days for a yes. By then the customer had signed with somebody else."),
        ("slow_decision", "We can live with a no. We cannot live with silence."),
        ("slow_decision", "You decided in five days. Fine for us, but the agreement says three."),
        ("not_informed", "Nobody could tell us where the request was stuck."),
        ("channel_conflict", "You went to our customer without us."),
    ),
    "quote.delivered": (
        ("unclear_terms", "The discount in the quote was not the one we had agreed."),
        ("slow_decision", "The quote came two days after the tender had closed."),
    ),
    "deal.closed": (
        ("channel_conflict", "Your direct team offered our customer a lower price."),
        ("promise_broken", "We were promised an engineer for the demo and nobody came."),
    ),
    "ticket.closed": (
        ("slow_solution", "Closed as solved, but the licence server still drops every night at two."),
        ("not_informed", "I had to write three times to learn that somebody was working on it."),
        ("product_fault", "It is the same fault as in March. Please fix the cause."),
    ),
    "onboarding.completed": (("training_gap", "The documents are for version 4, we were given version 5."),),
    "first_training.completed": (("training_gap", "Good trainer, but the dates for the second day never came."),),
    "qbr.held": (("promise_broken", "The actions of the last review were not even mentioned."),),
}
_PRAISE = (
    "Quick, clear, and somebody called us before we had to ask.",
    "Everything worked on the first day.",
    "Dana knew our case and did not make us repeat it.",
    "The best documents of all our vendors.",
    "",
    "",
)
_ITALIAN = {
    "We can live with a no. We cannot live with silence.": "Un no si può accettare. Il silenzio no.",
    "Everything worked on the first day.": "Ha funzionato tutto dal primo giorno.",
}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody does with a mail: nothing, an answer after a while, or "not now"."""

    kind: str
    after: timedelta
    score: int = 0
    comment: str = ""
    call: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """How an owner handles a case, counted from its opening; None where it stays undone for now."""

    acknowledge_after: timedelta
    contact_after: timedelta
    close_after: timedelta


def react(chance: random.Random, happening: Happening, person: Person, top: int) -> Reaction:
    """What `person` does when asked about `happening`; `top` is the highest score of the first question."""
    if chance.random() < 0.006:
        return Reaction("unsubscribe", timedelta(hours=chance.uniform(0.2, 30)))
    if chance.random() > 0.36 + 0.4 * person.answers:
        return Reaction("nothing", timedelta(0))
    after = timedelta(hours=min(chance.expovariate(1 / 20), 290))
    score = _score(chance, happening, person)
    cause, comment = _words(chance, happening, person, score)
    if top != 10:
        score = max(1, min(top, round(score * top / 10)))
    return Reaction("answer", after, score, comment, score <= top * 0.4 and chance.random() < 0.35, cause)


def handle(chance: random.Random) -> Handling:
    """How long the owner of a case takes: most are quick, some are not."""
    slow = chance.choice((1.0, 1.0, 1.0, 2.0, 5.0))
    acknowledge = timedelta(hours=chance.uniform(0.3, 20) * slow)
    contact = acknowledge + timedelta(hours=chance.uniform(2, 60) * slow)
    return Handling(acknowledge, contact, contact + timedelta(hours=chance.uniform(24, 200) * slow))


def _score(chance: random.Random, happening: Happening, person: Person) -> int:
    mood = _MOOD[happening.type] + happening.company.warmth + person.warmth + chance.gauss(0, 1.5)
    hours = happening.attributes.get("hours_to_decide") or happening.attributes.get("hours_to_close")
    if isinstance(hours, float) and hours > 72:
        mood -= 2.2
    if happening.attributes.get("decision") == "declined" or happening.attributes.get("outcome") == "lost":
        mood -= 0.8
    return max(0, min(10, round(mood)))


def _words(chance: random.Random, happening: Happening, person: Person, score: int) -> tuple[str, str]:
    if score <= 6:
        cause, comment = chance.choice(_COMPLAINTS[happening.type])
        told = comment if chance.random() < 0.35 + 0.6 * person.candour else ""
        return cause, _in_language(told, person)
    if score >= 9 and chance.random() < person.candour:
        return "", _in_language(chance.choice(_PRAISE), person)
    return "", ""


def _in_language(words: str, person: Person) -> str:
    return _ITALIAN.get(words, words) if person.language == "it" else words
