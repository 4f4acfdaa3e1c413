"""Pure. The program's root causes: a list, or a tree of causes and sub-causes, each with a key that stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from feedback_engine.foundation.definitions import Key, Line, LocalLine, Strict

MOST_SUB_CAUSES = 30


class SubCause(Strict):
    """A cause more closely told; without a `department` of its own, that of the cause it belongs to."""

    key: Key
    name: LocalLine
    department: Line | None = Field(default=None, min_length=1, max_length=120)


class RootCause(SubCause):
    """Why a case came to be; `department` is where a change would have to happen, `causes` tell it more closely.

    A case is closed with a cause or with one of its sub-causes; themes count by the key that was chosen.
    """

    causes: Annotated[tuple[SubCause, ...], Field(min_length=1, max_length=MOST_SUB_CAUSES)] | None = None


def all_causes(causes: Iterable[RootCause]) -> Iterator[tuple[SubCause, RootCause | None]]:
    """Every cause in the order of the tree, a sub-cause with the cause it belongs to."""
    for cause in causes:
        yield cause, None
        yield from ((sub, cause) for sub in cause.causes or ())
