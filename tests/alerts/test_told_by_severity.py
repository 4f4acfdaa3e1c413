"""High severity at once and the rest with the digest, for who wants it: by mail, chat and webhook, in every topic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import service
from alerts.models import NEWS_KINDS
from alerts.notices import choices as notice_choices
from alerts.notices.rules import MODES, RHYTHMS, TOPICS, Choices, decide, mode_of, topic_of
from alerts.terms import SEVERITIES
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import ALERTS, World, answer, case, open_case, rows, staff_actor, take_in, tick, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_digests import morning
from tests.alerts.test_notice_pages import HOME, marked, page, send
from tests.alerts.told import Postbox, choose, to
from tests.directory import builders as directory

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TWO_RULES = ALERTS.replace(
    """  - key: praise""",
    """  - key: soft
    name: {en: Lukewarm, it: Tiepido}
    when: {condition: score_below, question: recommend, below: 8}
  - key: praise""",
)
"""A 7 opens a case of normal severity, a 3 makes it high."""
ALL = {topic: "digest" for topic in TOPICS if topic != "escalation"}
ANY_CHOICES = st.builds(
    Choices,
    st.sampled_from(["Europe/Rome", "America/New_York"]),
    st.dictionaries(st.sampled_from(list(TOPICS)), st.sampled_from(MODES)),
    st.sampled_from(RHYTHMS),
    quiet_from=st.just(22 * 60),
    quiet_until=st.just(7 * 60),
    grave_at_once=st.booleans(),
)


def told(of: World, channel: str = "email") -> list[tuple[str, str]]:
    found = [row for row in rows(of, "notification") if row.channel == channel]
    return [(row.news, row.state) for row in sorted(found, key=lambda row: (row.created_at, row.id))]


@given(ANY_CHOICES, st.sampled_from(NEWS_KINDS), st.sampled_from([*SEVERITIES, None]))
def test_all_news_comes_in_exactly_one_way_and_is_left_out_only_where_somebody_said_so(
    choices: Choices, kind: str, severity: str | None
) -> None:
    now = datetime(2026, 3, 10, 23, tzinfo=UTC)
    plan = decide(choices, kind, severity, now)
    said = mode_of(choices, topic_of(kind))
    rises = said == "digest" and choices.grave_at_once and severity == "high"
    assert plan.mode == ("at_once" if rises else said)
    assert plan.mode != "off" or choices.topics[topic_of(kind)] == "off"
    assert plan.mode != "digest" or choices.rhythm != "never"  # what waits is brought
    assert plan.due_at >= now


@pytest.mark.parametrize("rhythm", ["daily", "weekly"])
def test_high_severity_comes_at_once_and_the_rest_with_the_digest(engine: Engine, rhythm: str) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics=ALL, rhythm=rhythm, grave_at_once=True)
    soft = open_case(of, 7, touchpoint="training.held")
    hard = open_case(of, 3)
    assert told(of) == [("opened", "digest"), ("opened", "handed")]
    box = Postbox(of)
    [mail] = box.empty()
    assert hard.ref in mail.message.subject
    morning(of, days=7)
    [digest] = box.empty()
    new, _, _ = digest.message.text.partition("Overdue\n")
    assert (soft.ref in new, hard.ref in new) == (True, False)


def test_who_did_not_ask_for_it_has_all_of_it_in_the_digest(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics=ALL, rhythm="daily")
    open_case(of, 3)
    assert told(of) == [("opened", "digest")]


def test_a_case_that_becomes_graver_is_told_at_once_by_then(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True)
    soft = open_case(of, 7)
    open_case(of, 7)
    assert told(of) == [("opened", "digest"), ("joined", "digest")]
    open_case(of, 3)
    assert told(of)[2:] == [("joined", "handed")]
    assert case(of, soft.id).severity == "high"
    open_case(of, 7)  # the case is grave from then on
    assert told(of)[3:] == [("joined", "handed")]
    assert len(Postbox(of).empty()) == 2


def test_answers_that_come_together_count_by_what_the_case_has_become(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True)
    take_in(of, answer(of, 7), answer(of, 3))
    assert set(told(of)) == {("opened", "handed"), ("joined", "handed")}


def test_a_case_that_a_merge_makes_grave_is_told_at_once(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    luis = directory.staff(engine, "olga@ours.example", name="Olga", role="program_owner")
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True)
    soft, hard = open_case(of, 7, touchpoint="training.held"), open_case(of, 3)
    service.merge(engine.work, staff_actor(luis), hard.id, soft.id, expected=1)
    assert ("merged", "handed") in told(of)


def test_of_several_cases_that_are_given_those_that_can_wait_do(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.luis, topics=ALL, rhythm="daily", grave_at_once=True)
    given_away = [open_case(of, 7, touchpoint="training.held"), open_case(of, 3)]
    for each in given_away:
        service.assign(engine.work, staff_actor(of.dana), each.id, of.luis.id)
    of.later(minutes=3)
    box = Postbox(of)
    [mail] = to(of.luis, box.empty())
    assert given_away[1].ref in mail.message.subject
    assert given_away[0].ref not in mail.message.text
    morning(of)
    [digest] = to(of.luis, box.empty())
    assert given_away[0].ref in digest.message.text


def test_times_that_run_out_follow_the_severity_of_their_case(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True)
    open_case(of, 7, touchpoint="training.held")
    open_case(of, 3)
    of.later(hours=7)
    tick(of)
    assert sorted(told(of)) == sorted(
        [("opened", "digest"), ("opened", "handed"), ("warned", "digest"), ("warned", "handed")]
    )


def test_chats_and_ones_own_webhook_hear_of_what_comes_at_once(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    with engine.work.begin(actor=staff_actor(of.dana)) as uow:
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True, quiet_from=0, quiet_until=23 * 60)
    open_case(of, 7, touchpoint="training.held")
    assert told(of, "chat") == []
    open_case(of, 3)
    assert told(of, "chat") == [("opened", "pending")]
    # Quiet hours hold for it as for all that comes at once.
    assert {row.due_at for row in rows(of, "notification") if row.state != "digest"} == {
        datetime(2026, 3, 9, 22, tzinfo=UTC)
    }


def test_what_somebody_wants_not_at_all_stays_so(engine: Engine) -> None:
    of = world(engine, TWO_RULES)
    choose(of, of.dana, topics={"new_case": "off", "more_bad_news": "digest"}, rhythm="daily", grave_at_once=True)
    open_case(of, 3)
    open_case(of, 3)
    assert told(of) == [("joined", "handed")]


# ---- the page


def test_it_is_off_until_somebody_wants_it_and_then_kept(engine: Engine) -> None:
    of = world(engine)
    dana = browser(engine, staff(of.dana))
    assert 'name="grave_at_once">' in page(dana, HOME).replace(" aria-describedby", "> aria-describedby")
    shown = send(dana, HOME, all="daily", digest_at="8", grave_at_once="yes")
    assert marked(shown) == ["daily"]
    assert 'id="grave_at_once" value="yes" checked' in shown
    account = words(page(dana, "/account"))
    assert "At once escalations, and all about cases of high severity" in account
    [kept] = [row for row in rows(of, "audit") if row.action == "notices.chosen"]
    assert kept.detail == {"rhythm": "daily", "grave_at_once": True}
    shown = send(dana, HOME, all="daily", digest_at="8")
    assert 'id="grave_at_once" value="yes" checked' not in shown
    assert "At once escalations alone" in words(page(dana, "/account"))


@pytest.mark.parametrize(
    ("topics", "rhythm", "says"),
    [
        ({"reply": "digest"}, "daily", True),
        ({"reply": "off"}, "daily", False),  # nothing waits that could come at once
        ({"reply": "digest"}, "never", False),
    ],
)
def test_an_account_says_so_only_where_something_waits(
    sqlite_engine: Engine, topics: dict[str, str], rhythm: str, says: bool
) -> None:
    of = world(sqlite_engine)
    choose(of, of.dana, topics=topics, rhythm=rhythm, grave_at_once=True)
    account = words(page(browser(sqlite_engine, staff(of.dana)), "/account"))
    assert ("of cases of high severity nothing waits for the digest" in account) == says


def test_boxes_come_back_as_they_were_left_where_an_hour_is_wrong(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    choose(of, of.dana, topics=ALL, rhythm="daily", grave_at_once=True)  # and the gravest escalations wake
    shown = send(browser(sqlite_engine, staff(of.dana)), HOME, 422, all="daily", digest_at="late", quiet_from="")
    assert 'id="grave_at_once" value="yes" checked' not in shown
    assert 'id="grave_wakes" value="yes" checked' not in shown
