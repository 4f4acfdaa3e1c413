"""Rows that are read past SQLAlchemy's result machinery, and used as its rows are: by the names of columns."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column


class _AsRow:
    """What SQLAlchemy's rows have besides their values."""

    __slots__ = ()

    @property
    def _mapping(self) -> dict[str, Any]:
        values: dict[str, Any] = self._asdict()  # type: ignore[attr-defined]
        return values


def record_of(columns: Iterable[Column[Any]]) -> Any:
    """The class of rows with these columns, each made of a tuple by its `_make`."""
    names = [column.name for column in columns]
    return type("Record", (_AsRow, namedtuple("Record", names)), {"__slots__": ()})
