"""Pure. What a sampling rule is: a judgement, its words, and the nearest change that would have let the event pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change of one rule, or of one circumstance, after which that rule would have passed.

    Whoever offers it decides again under it first: other rules may stand in the way as well.
    """

    rules: TouchpointRules
    facts: Facts
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the registry.

    `judge` is pure and quick: it runs for every event. `explain` says a verdict in words, `sentence` says the rule in
    force ("" when it is off), both in the locale in force. `ease` gives the nearest change, None where no rule of ours
    may be moved. `code` stands in the ledger and never changes.
    """

    name: str
    code: str
    judge: Callable[[TouchpointRules, Facts, int], Verdict]
    explain: Callable[[Verdict], str]
    sentence: Callable[[TouchpointRules], str]
    ease: Callable[[TouchpointRules, Facts, int, Verdict], Change | None]


def never_eased(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    """For rules that protect people: nothing we could change would ask them."""
    return None
