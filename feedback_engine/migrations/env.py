"""Runs schema changes on the connection it is handed, inside that connection's transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from feedback_engine.app import schema

schema.load()

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    render_as_batch=False,
)
context.run_migrations()
