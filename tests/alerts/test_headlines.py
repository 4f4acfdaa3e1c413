"""What a chat and a digest call a piece of news, in a few words: what happened, not how the case once began."""

from __future__ import annotations

import pytest

from alerts.notices.headlines import of_news
from alerts.notices.rules import TOPICS
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import open_case, world

OF_THE_SCORE = {"opened", "joined"}
LATER = sorted({kind for kinds in TOPICS.values() for kind in kinds} - OF_THE_SCORE)


@pytest.mark.parametrize("news", LATER)
def test_news_that_comes_later_is_not_called_a_score(sqlite_engine: Engine, news: str) -> None:
    told = of_news(open_case(world(sqlite_engine), 3), news)
    assert "Acme" in told
    assert "gave a 3" not in told


def test_no_two_later_news_read_alike_but_what_is_given(sqlite_engine: Engine) -> None:
    case = open_case(world(sqlite_engine), 3)
    told = {news: of_news(case, news) for news in LATER if news != "transferred"}
    assert len(set(told.values())) == len(told)
