"""Pure. Whether an answer that deserved thanks became worse since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def worst_fall(changes: Iterable[Mapping[str, Any]]) -> tuple[int, int] | None:
    """From which score to which one fell the most, of what lines about changed answers tell, the oldest first.

    Each question of each answer is compared with itself alone: the scores of others say nothing of it.
    """
    first: dict[tuple[str | None, str], int] = {}
    last: dict[tuple[str | None, str], int] = {}
    for change in changes:
        for question, (was, now) in change["scores"].items():
            if was is None or now is None:
                continue
            of = (change.get("response_id"), question)
            first.setdefault(of, was)
            last[of] = now
    falls = [(first[of], now) for of, now in last.items() if now < first[of]]
    return min(falls, key=lambda fall: (fall[1] - fall[0], fall), default=None)
