"""What a channel is: who hears of a piece of news by it, and how the telling begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from alerts.notices.news import News
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

Notice = Mapping[str, Any]
"""A row of the notification table."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell somebody of a case.

    `choose_recipients` reads who hears of each piece of news, before the transaction. `begin` runs inside it, after the
    notifications were written in `first_state`: it hands them to a queue or wakes the one who sends them. `head_start`
    is how much later than now a kind of news is due: for as long as only a thread of this process may send it, or as
    whoever made it can take it back.
    """

    key: str
    first_state: str
    choose_recipients: Callable[[Reading, Sequence[News]], Sequence[tuple[News, UUID]]]
    begin: Callable[[UnitOfWork, Sequence[Notice]], None]
    head_start: Callable[[UnitOfWork, str], timedelta] = lambda _uow, _news: timedelta(0)
