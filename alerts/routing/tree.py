"""Pure. The route tree of the alert file: what a branch is for, to whom it leads, and what it inherits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from alerts.terms import PARTNER_OWNER, FixedRecipient, Kinds, Names, Recipient, Severities
from feedback_engine.foundation.definitions import KeyPath, Strict, refusal


class Match(Strict):
    """What a branch of the route tree is for. Every field given must hold; a list holds when one of it does."""

    touchpoint: Names | None = None
    kind: Kinds | None = None
    severity: Severities | None = None
    region: Names | None = None
    tier: Names | None = None
    stage: Names | None = None
    persona: Names | None = None
    language: Names | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Match:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            remedy = f"Name one or more of {', '.join(type(self).model_fields)}."
            raise refusal("A branch needs something to match.", remedy)
        return self


class Route(Strict):
    """A branch. What it does not say, `to` or `otherwise`, it inherits from the branch above."""

    match: Match
    to: Recipient | None = None
    otherwise: Recipient | None = None
    children: tuple[Route, ...] = ()


class Routes(Strict):
    """The root of the tree. Its `otherwise` is the last resort and therefore names a team or a person.

    With `fallback: refuse` a tree that leaves a case to nobody but the last resort cannot be published.
    """

    to: Recipient = PARTNER_OWNER
    otherwise: FixedRecipient
    fallback: Literal["allow", "refuse"] | None = None
    children: tuple[Route, ...] = ()


def branches_of(routes: Routes) -> Iterator[tuple[KeyPath, Route]]:
    """Every branch of the tree with its path below `routes`, from the root down."""

    def below(children: tuple[Route, ...], at: KeyPath) -> Iterator[tuple[KeyPath, Route]]:
        for n, child in enumerate(children):
            path = (*at, "children", n)
            yield path, child
            yield from below(child.children, path)

    return below(routes.children, ())


def recipients_of(routes: Routes) -> list[str]:
    """Every recipient the tree names, once each, for checking that it exists."""
    named = [routes.to, routes.otherwise]
    named += [name for _, branch in branches_of(routes) for name in (branch.to, branch.otherwise) if name]
    return list(dict.fromkeys(named))
