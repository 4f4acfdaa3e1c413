"""Says after the run what each promise came to: one line for each figure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tell = Callable[[int, str], None]
PROPERTY = "promise"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Keep a figure for the summary: `tell(1, "200 kills, 10,000 mails: 0 duplicates")`."""
    return lambda promise, words: record_property(PROPERTY, f"PROMISE {promise}: {words}")
