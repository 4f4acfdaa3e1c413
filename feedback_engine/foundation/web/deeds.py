"""Tells the reader on the next page that something was done, with a button that takes it back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, session

UNDO = "undo"
"""The kind of these messages; the layout shows them with their button."""


def flash_undoable(words: str, path: str, fields: Mapping[str, object], seconds: int | None = None) -> None:
    """Say `words`; the button posts `fields` to `path`, a path of ours, and goes after a minute or so many seconds."""
    told = {"words": words, "path": path, "fields": dict(fields), "seconds": seconds}
    flash(told, UNDO)  # type: ignore[arg-type]


def tells_undo() -> bool:
    """Whether the next page that is drawn offers to take something back."""
    return any(kind == UNDO for kind, _ in session.get("_flashes", ()))
