"""What a chat and a digest call a piece of news, in a few words: what happened, not how the case once began."""

from __future__ import annotations

import pytest

from alerts.notices.headlines import of_news
from alerts.notices.rules import TOPICS
from feedback_engine.foundation.engine import Engine
from tests.alerts import test_watching as watching
from tests.alerts.builders import merge, open_case, world
from tests.alerts.test_chats_as_mails import chats
from tests.alerts.test_digests import DAILY, morning
from tests.alerts.told import Postbox, choose

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


def test_what_was_noticed_is_called_alike_by_chat_and_mail(sqlite_engine: Engine) -> None:
    with chats(sqlite_engine) as (engine, chat):
        of = watching.world(engine)
        chat.of(of, of.dana)
        case = watching.silent_case(of)
        [(title, _)] = chat.new(of)
        [mail] = Postbox(of).empty()
    assert title == mail.message.subject == f"{case.ref} Acme: Too few certified people"


def test_a_digest_says_what_was_noticed_and_not_that_somebody_answered(sqlite_engine: Engine) -> None:
    of = watching.world(sqlite_engine)
    choose(of, of.dana, **DAILY)
    case = watching.silent_case(of)
    morning(of)
    [mail] = Postbox(of).empty()
    assert f"{case.ref} Acme: Too few certified people" in mail.message.text
    assert "answered" not in mail.message.text


def test_a_digest_calls_each_piece_of_news_by_what_it_is(engine: Engine) -> None:
    of = watching.world(engine)
    choose(of, of.dana, **DAILY)
    opened = open_case(of, 3)
    of.later(minutes=1)
    watching.silent_case(of)
    morning(of)
    [mail] = Postbox(of).empty()
    new = mail.message.text.partition("Due next")[0]
    assert f"{opened.ref} Acme gave a 3" in new
    assert new.count("Acme: Too few certified people") == 1


def test_what_was_noticed_is_called_so_when_its_case_was_merged_away(sqlite_engine: Engine) -> None:
    of = watching.world(sqlite_engine, watching.NOTICED.replace("{deals: [deal.approved, deal.closed]}", "{}"))
    choose(of, of.dana, **DAILY)
    noticed = watching.silent_case(of)
    answered = open_case(of, 3)
    merge(of, noticed, answered)
    morning(of)
    [mail] = Postbox(of).empty()
    assert f"{noticed.ref} Acme: Too few certified people" in mail.message.text
    assert "Acme answered" not in mail.message.text
