"""Loads every slice's tables, so that migrations and tests see the whole schema."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from sqlmodel import SQLModel

MODELS = (
    "feedback_engine.foundation.outbox_rows",
    "feedback_engine.foundation.audit_rows",
    "feedback_engine.foundation.leases",
    "feedback_engine.foundation.versions",
    "feedback_engine.foundation.keys",
    "feedback_engine.foundation.program_state",
    "feedback_engine.foundation.release_gate",
    "feedback_engine.foundation.request_keys",
    "feedback_engine.foundation.mail.models",
    "feedback_engine.foundation.attempts",
    "feedback_engine.directory.models",
    "feedback_engine.directory.importing.models",
    "journeys.models",
    "surveys.models",
    "surveys.decision_models",
    "alerts.models",
    "alerts.promises.models",
    "alerts.raising.watch_models",
    "alerts.threads.models",
    "alerts.notices.models",
    "alerts.settling.models",
    "alerts.regrouping.models",
    "feedback_engine.outer_loop.models",
    "feedback_engine.insights.models",
)


def load() -> None:
    """Import the modules that define tables."""
    for name in MODELS:
        if find_spec(name) is not None:
            importlib.import_module(name)


def tables() -> list[str]:
    """The names of all tables, after `load`."""
    return sorted(SQLModel.metadata.tables)
