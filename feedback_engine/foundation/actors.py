"""Pure. Who caused a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "system", "api", "partner"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused a change: a staff member, an API key, a partner by link, or the engine itself."""

    kind: ActorKind
    id: str
    name: str


SYSTEM = Actor("system", "engine", "engine")


def kept_name(actor: Actor) -> str:
    """The name that a list of steps keeps of whoever took one; empty for the engine itself, as nobody's name is."""
    return "" if actor == SYSTEM else actor.name
