"""The roll-up table: sums per metric, touchpoint, segment and day; a figure over millions of answers reads few rows."""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import REFERENCE


class Rollup(SQLModel, table=True):
    """All first confirmed answers to one metric, at one touchpoint, from one segment, submitted on one UTC day.

    For CSAT and CES `promoters` counts the top boxes and `detractors` the low ones.
    """

    __tablename__ = "rollup"
    __table_args__ = (REFERENCE,)

    metric: str = Field(primary_key=True, max_length=10)
    touchpoint: str = Field(primary_key=True, max_length=200)
    tier: str = Field(primary_key=True, max_length=100)
    region: str = Field(primary_key=True, max_length=100)
    day: datetime.date = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)
    promoters: int = Field(sa_type=BigInteger)
    passives: int = Field(sa_type=BigInteger)
    detractors: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)
    total_of_squares: int = Field(sa_type=BigInteger)
