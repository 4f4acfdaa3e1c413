"""Pure. The life of an initiative, and when closed cases make a theme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, get_args

from feedback_engine.foundation.errors import Conflict, Invalid

State = Literal["proposed", "accepted", "started", "delivered", "verified", "declined"]
Effect = Literal["worked", "no_effect", "cannot_tell"]

STATES: tuple[State, ...] = get_args(State)
EFFECTS: tuple[Effect, ...] = get_args(Effect)
NEXT: Mapping[str, tuple[State, ...]] = {
    "proposed": ("accepted", "declined"),
    "accepted": ("started", "declined"),
    "started": ("delivered", "declined"),
    "delivered": ("verified",),
    "verified": (),
    "declined": (),
}
"""Where an initiative may go from each state."""

THEME_CASES = 3
"""How many closed cases with one root cause make a theme."""

THEME_WINDOW = timedelta(days=180)
"""How close together these cases must have been closed."""


def check_step(now: str, wanted: str, comment: str, effect: str | None) -> None:
    """Whether an initiative may go from `now` to `wanted`.

    Declining needs a reason that the people who asked may read; verifying needs the effect that was seen, and "cannot
    tell" is an honest one. Raises Conflict when the step is not open, Invalid when something is missing.
    """
    if wanted not in NEXT.get(now, ()):
        steps = ", ".join(NEXT.get(now, ())) or "nothing more"
        raise Conflict(f"An initiative that is {now} cannot become {wanted}; open to it: {steps}.")
    if wanted == "declined" and not comment.strip():
        raise Invalid("Declining needs a reason that the partners who asked may read.")
    if wanted == "verified" and effect not in EFFECTS:
        raise Invalid("Say what effect was seen: it worked, it had none, or it cannot be told yet.")
