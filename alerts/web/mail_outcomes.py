"""How what was told stands on the pages: a mail by the words of outgoing mail, the rest by how its attempt ended."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint

from alerts.notices import words as notice_words
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.outbox import state_words


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Give the templates of the blueprint `mail_states`, words by state, and `outcome_of`, that of an attempt."""
    in_folder = engine.settings.mail_transport == "folder"

    @pages.context_processor
    def outcomes() -> dict[str, Any]:
        states = state_words(in_folder=in_folder)
        return {"mail_states": states, "outcome_of": partial(_outcome_of, states["sent"])}


def _outcome_of(sent: str, attempt: Attempt) -> str:
    # Whether a mail arrived nobody knows, and in a folder it reaches nobody; a webhook and a chat answer.
    if attempt.channel == "email" and attempt.outcome == "sent":
        return sent
    return notice_words.outcome(attempt.outcome)
