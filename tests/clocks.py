"""A clock as real ones are: no two looks at it see the same instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedback_engine.foundation.clock import MovedClock

MOMENT = timedelta(milliseconds=1)


class WalkingClock(MovedClock):
    """A clock that goes on by a moment with every look, so that what was read and what is written are not of one time.

    Take it by `@pytest.mark.parametrize("clock", [WalkingClock], indirect=True)`.
    """

    def now(self) -> datetime:
        self.advance(MOMENT)
        return super().now()
