"""The table that says how far today's look at all partners got, for the rules that no answer sets off."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import REFERENCE, id_column, id_reference, instant_column


class WatchRound(SQLModel, table=True):
    """One row: the day and the rules of the last round, and the last partner it looked at; None: all of them."""

    __tablename__ = "watch_round"
    __table_args__ = (REFERENCE,)

    id: UUID = id_column()
    day: str = Field(max_length=10)
    alerts_version: str = Field(max_length=80)
    last_id: UUID | None = id_reference(nullable=True)
    step: int
    ended_at: datetime | None = instant_column(nullable=True)
