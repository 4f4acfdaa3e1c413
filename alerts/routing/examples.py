"""Pure. Examples of routes in the alert file: an answer that is made up, and to whom its case has to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from alerts.conditions import AnswerFacts, Scored
from alerts.raising.evaluate import Firing, evaluate, notice
from alerts.raising.rules import Rule
from alerts.routing.example_partners import GivenPartner
from alerts.routing.tree import Routes
from alerts.routing.walk import Branches, RouteFacts, branches_for, normalised
from alerts.terms import Kind, Recipient, Severity
from feedback_engine.foundation.definitions import Language, Line, Paragraphs, ShortText, Strict, refusal

MOST_EXAMPLES = 200


class Given(Strict):
    """The answer of an example: with something answered, the rules decide; without, `kind` and `severity` hold.

    With `partner` no answer is given, and the rules decide that look at partners.
    """

    touchpoint: Line | None = None
    partner: GivenPartner | None = None
    score: int | None = Field(default=None, ge=0, le=10)
    question: str | None = None
    wants_contact: bool = False
    comment: Paragraphs | None = Field(default=None, min_length=1, max_length=5000)
    kind: Kind | None = None
    severity: Severity | None = None
    tier: Line = ""
    region: Line = ""
    persona: Line | None = None
    language: Language | None = None
    stage: Line | None = None

    @model_validator(mode="after")
    def _of_one_sort(self) -> Given:
        if self.partner is None and self.touchpoint is None:
            raise refusal("An answer is given at a touchpoint.", "Name it as `touchpoint`, or give a `partner`.")
        if self.partner is not None and self.answers:
            raise refusal("An example gives an answer or a partner, not both.", "Make two examples of it.")
        return self

    @property
    def answers(self) -> bool:
        """Whether something was answered, so that rules can fire."""
        return self.score is not None or self.wants_contact or self.comment is not None


class Expected(Strict):
    """To whom the case goes, by the name that the tree gives them; or that there is none."""

    to: Recipient | None = None
    no_alert: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Expected:
        if (self.to is None) == (self.no_alert is None):
            raise refusal("An example expects one thing.", "Write `to: <recipient>` or `no_alert: true`.")
        return self


class Example(Strict):
    """A test that the alerts have to pass before they are published."""

    name: ShortText
    given: Given
    expect: Expected

    @model_validator(mode="after")
    def _can_be_without(self) -> Example:
        if self.expect.no_alert and not self.given.answers and self.given.partner is None:
            raise refusal("Nothing is answered here, so no rule can fire.", "Give a score, or expect a recipient.")
        return self


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an example: the recipient that the tree names (None: no alert), the rule, and the branches."""

    to: str | None
    rule: str | None
    branches: Branches


def holds(example: Example, outcome: Outcome) -> bool:
    """Whether that is what the example expects."""
    if example.expect.to is None or outcome.to is None:
        return example.expect.to == outcome.to
    return normalised(example.expect.to) == normalised(outcome.to)


def outcome_of(example: Example, rules: Sequence[Rule], routes: Routes, question: Scored | None, stage: str) -> Outcome:
    """What the rules and the tree make of an example. `question` is what its score answers, `stage` the touchpoint's.

    Everybody whom the tree names counts as there: an example tests the tree, not who has an owner today. Rules that
    compare with earlier answers see none; an overdue promise is one whose case is closed and whose maker is gone.
    """
    given = example.given
    firing = _firing(given, rules, question)
    if (given.answers or given.partner is not None) and firing is None:
        return Outcome(None, None, ())
    facts = RouteFacts(
        touchpoint=given.touchpoint or "",
        kind=firing.kind if firing else given.kind or "recovery",
        severity=firing.severity if firing else given.severity or "normal",
        region=given.region,
        tier=given.tier,
        stage=given.stage or stage,
        personas=(given.persona,) if given.persona else (),
        language=given.language or "",
    )
    branches = branches_for(routes, facts)
    to = next((branch.to for branch, _ in reversed(branches) if branch.to is not None), routes.to)
    return Outcome(to, firing.rule if firing else None, branches)


def _firing(given: Given, rules: Sequence[Rule], question: Scored | None) -> Firing | None:
    """The rule whose case the example is about: the first that fires, of its kind and severity where it names them."""
    facts = AnswerFacts(
        touchpoint=given.touchpoint or "",
        answers=(question,) if question is not None else (),
        wants_contact=given.wants_contact,
        language=given.language or "",
        comment=given.comment or "",
    )
    fired = evaluate(rules, facts) if given.answers else ()
    if given.partner is not None:
        fired = tuple(firing for firing, _ in notice(rules, given.partner.facts(given.touchpoint or "")))
    matching = (
        firing for firing in fired if given.kind in (None, firing.kind) and given.severity in (None, firing.severity)
    )
    return next(matching, None)
