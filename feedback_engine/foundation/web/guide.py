"""Owns the style guide at /style: every part on one page, to be looked at and tested for accessibility."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template

from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, allow

# Token, light, contrast on the surface, dark, contrast on the surface; measured, see the style's own notes.
_TOKENS = (
    ("page", "#f4f6f7", "", "#10151a", ""),
    ("surface", "#ffffff", "", "#171d24", ""),
    ("sunk", "#ebeef1", "", "#1f2730", ""),
    ("line", "#d9dee3", "", "#2f3843", ""),
    ("edge", "#77828e", "3.9", "#7c8895", "4.7"),
    ("ink", "#18212b", "16.3", "#e7ebf0", "14.2"),
    ("muted", "#515d69", "6.7", "#a7b2be", "7.9"),
    ("accent", "#0b5a6f", "7.8", "#74c6d9", "8.7"),
    ("on-accent", "#ffffff", "7.8", "#06222a", "8.5"),
    ("accent-soft", "#e0eff3", "", "#15323c", ""),
    ("warn", "#7d4700", "7.6", "#f2b866", "9.6"),
    ("warn-soft", "#fbf0dc", "", "#33280f", ""),
    ("danger", "#a1261a", "7.5", "#ff9f91", "8.6"),
    ("danger-soft", "#fbe8e5", "", "#3b1d19", ""),
)

_EXAMPLE_INSTANT = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)


def blueprint() -> Blueprint:
    """The style guide, for anybody on staff."""
    pages = Blueprint("style_guide", __name__)

    @pages.get("/style")
    @allow(SIGNED_IN)
    def guide() -> str:
        faults = [
            Fault("/cause", gettext("Choose a root cause")),
            Fault("/promise/by", gettext("Give the promise a date")),
        ]
        return render_template("guide.html", tokens=_TOKENS, faults=faults, at=_EXAMPLE_INSTANT)

    return pages
