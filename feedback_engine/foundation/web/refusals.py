"""Tells the reader of a page that what they pressed was refused, where they go on reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash

from feedback_engine.foundation.errors import FeedbackError


@contextmanager
def refusal_shown(refusal: type[FeedbackError] = FeedbackError, level: str = "warn") -> Iterator[None]:
    """A refusal of this kind ends the block and is said on the next page; other errors go on as they are."""
    try:
        yield
    except refusal as error:
        flash(error.message, level)
