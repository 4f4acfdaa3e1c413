"""The words of the outer loop, in the reader's language."""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext


def states() -> dict[str, str]:
    """What an initiative is in each state."""
    return {
        "proposed": gettext("proposed"),
        "accepted": gettext("accepted"),
        "started": gettext("started"),
        "delivered": gettext("delivered"),
        "verified": gettext("verified"),
        "declined": gettext("declined"),
    }


def moves() -> dict[str, str]:
    """What the button says that takes an initiative into each state."""
    return {
        "accepted": gettext("Accept"),
        "started": gettext("Start"),
        "delivered": gettext("Mark as delivered"),
        "verified": gettext("Verify"),
        "declined": gettext("Decline"),
    }


def effects() -> dict[str, str]:
    """What was seen after an initiative was delivered."""
    return {
        "worked": gettext("It worked"),
        "no_effect": gettext("It had no effect"),
        "cannot_tell": gettext("Cannot tell yet"),
    }
