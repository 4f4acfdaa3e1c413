"""Pure. Consent: for what and why a person may not be asked, and who may take that back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, get_args

Cause = Literal["undeliverable", "opted_out", "complaint", "objected", "erased"]
Refusal = Literal["erased", "suppressed"]

CAUSES: tuple[Cause, ...] = get_args(Cause)
"""The strongest last."""

ALL = "all"
_FAMILY = "family:"
LONGEST_FAMILY = 100

# The person asked to be forgotten or objected to being asked at all: the sampling rule `erased`, before all others.
_FORGET: frozenset[str] = frozenset({"erased", "objected"})
# What staff may lift: an address may be mended, a person may change their mind and say so. A complaint to the mail
# provider, an objection in law and an erasure stay; only the person can end those, by coming to us anew.
_LIFTABLE: frozenset[str] = frozenset({"opted_out", "undeliverable"})


class Suppressed(Protocol):
    """One reason in force."""

    @property
    def scope(self) -> str: ...

    @property
    def cause(self) -> str: ...


def family_scope(family: str) -> str:
    """The scope that covers one survey family."""
    return _FAMILY + family


def is_scope(scope: str) -> bool:
    """Whether `scope` is `all` or names one survey family."""
    family = scope.removeprefix(_FAMILY)
    return scope == ALL or (scope.startswith(_FAMILY) and 0 < len(family) <= LONGEST_FAMILY)


def covers(scope: str, family: str) -> bool:
    """Whether a suppression of `scope` stands against a survey of `family`."""
    return scope in (ALL, family_scope(family))


def decide_refusal(suppressions: Iterable[Suppressed], family: str) -> tuple[Refusal, Cause] | None:
    """The strongest reason not to ask somebody for a survey of `family`: rule and cause; None when there is none.

    Of several causes the strongest is named, so that the answer does not depend on their order.
    """
    against = {each.cause for each in suppressions if covers(each.scope, family)}
    strongest = next((cause for cause in reversed(CAUSES) if cause in against), None)
    if strongest is None:
        return None
    return ("erased" if strongest in _FORGET else "suppressed"), strongest


def may_lift(cause: str) -> bool:
    """Whether staff may lift a suppression of this cause."""
    return cause in _LIFTABLE
