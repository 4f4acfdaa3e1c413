"""Tells the reader on the next page that something was done, with a button that takes it back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash

UNDO = "undo"
"""The kind of these messages; the layout shows them with their button."""


def flash_undoable(words: str, path: str, fields: Mapping[str, object]) -> None:
    """Say `words`; the button posts `fields` to `path`, a path of ours."""
    flash({"words": words, "path": path, "fields": dict(fields)}, UNDO)  # type: ignore[arg-type]
