"""The pages of notices: one's own choices and ways, what admins see, the log, and a webhook's secret and tries."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from alerts import reading, service
from alerts.notices import choices as notice_choices
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.base import Refused
from tests.alerts.builders import open_case, rows, staff_actor, world
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_delivery import Receiver, deliver, listen, receiver
from tests.alerts.told import Postbox, choose
from tests.directory import builders as directory

__all__ = ["receiver"]
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
HOME = "/account/notices"


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, words(answer.text)
    return answer.text


def send(client: FlaskClient, path: str, status: int = 303, at: str = HOME, **typed: str) -> str:
    """Send a form as its page would; the page that follows."""
    answer = client.post(path, data={"csrf_token": token(page(client, at)), **typed})
    assert answer.status_code == status, words(answer.text)
    return page(client, answer.location) if status == 303 else answer.text


def chosen(shown: str, name: str) -> str:
    """What stands in a select of a page."""
    of_field = shown.split(f'id="{name}"')[1].split("</select>")[0]
    return of_field.split(" selected")[0].rpartition('value="')[2].rstrip('"')


def test_choices_are_kept_as_they_were_made(engine: Engine) -> None:
    of = world(engine)
    dana = browser(engine, staff(of.dana))
    typed = {"topic-mention": "off", "topic-new_case": "digest", "rhythm": "weekly", "digest_at": "07:30"}
    shown = send(dana, HOME, **typed, weekday="4", quiet_from="20:00", quiet_until="07:00", grave_wakes="yes")
    assert "Saved." in words(shown)
    assert [chosen(shown, name) for name in ("topic-mention", "topic-new_case", "rhythm", "weekday")] == [
        "off", "digest", "weekly", "4",
    ]  # fmt: skip
    assert "The next one: Fri 13 Mar, 07:30." in words(shown)
    account = words(page(dana, "/account"))
    assert "all but: New or reopened case: with the digest; Somebody mentions me: not at all" in account
    assert "20:00–07:00" in account
    luis = words(page(browser(engine, staff(of.luis)), "/account"))
    assert "At once everything" in luis


def marked(shown: str) -> list[str]:
    """Which of the choices for all news is marked."""
    return re.findall(r'name="all" value="(\w+)" checked', shown)


def test_one_choice_sets_how_all_news_comes(engine: Engine) -> None:
    of = world(engine)
    dana = browser(engine, staff(of.dana))
    assert marked(page(dana, HOME)) == ["at_once"]
    typed = {"topic-mention": "off", "rhythm": "never"}  # as they stand below, where the page cannot hide them
    shown = send(dana, HOME, all="weekly", digest_at="07:30", weekday="4", **typed)
    assert marked(shown) == ["weekly"]
    assert (chosen(shown, "rhythm"), chosen(shown, "topic-mention")) == ("weekly", "digest")
    assert "The next one: Fri 13 Mar, 07:30." in words(shown)
    assert "Digest once a week, 07:30 in Rome; the next one: Fri 13 Mar" in words(page(dana, "/account"))
    shown = send(dana, HOME, all="at_once", digest_at="late", weekday="4", **typed)
    assert marked(shown) == ["at_once"]
    assert (chosen(shown, "rhythm"), chosen(shown, "topic-mention")) == ("never", "at_once")
    assert "At once everything Digest no digest" in words(page(dana, "/account"))


def test_what_was_set_kind_by_kind_is_shown_as_that_and_stays_when_it_is_saved_again(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    choose(of, of.dana, topics={"mention": "off", "reply": "digest"}, rhythm="daily")
    dana = browser(sqlite_engine, staff(of.dana))
    shown = page(dana, HOME)
    assert marked(shown) == ["each"]
    stands = {name: chosen(shown, name) for name in re.findall(r'<select id="([\w-]+)"', shown)}
    again = send(dana, HOME, all="each", digest_at="08:00", **stands)
    assert marked(again) == ["each"]
    assert {name: chosen(again, name) for name in stands} == stands
    assert (stands["topic-mention"], stands["topic-reply"], stands["rhythm"]) == ("off", "digest", "daily")


def test_a_choice_for_all_news_that_nobody_offered_is_refused(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    assert "Choose one." in words(send(browser(sqlite_engine, staff(of.dana)), HOME, 422, all="hourly"))


def test_an_escalation_offers_no_other_choice(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    of_escalation = page(browser(sqlite_engine, staff(of.dana)), HOME).split('id="topic-escalation"')[1]
    assert of_escalation.split("</select>")[0].count("<option") == 1


def test_a_wrong_form_comes_back_as_it_was_typed_with_its_faults(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    dana = browser(sqlite_engine, staff(of.dana))
    shown = send(dana, HOME, 422, rhythm="daily", digest_at="late", quiet_from="20:00", **{"topic-reply": "off"})
    assert "2 things need correcting" in words(shown)
    assert 'value="late"' in shown
    assert chosen(shown, "topic-reply") == "off"
    assert rows(of, "notice_choice") == []


@pytest.mark.parametrize(
    ("typed", "shown_as"),
    [
        ("8", "08:00"),  # as people write a full hour
        ("20", "20:00"),
        ("8:30", "08:30"),
        ("8.30", "08:30"),  # as it is written in Italy
    ],
)
def test_an_hour_is_taken_as_people_write_it(sqlite_engine: Engine, typed: str, shown_as: str) -> None:
    dana = browser(sqlite_engine, staff(world(sqlite_engine).dana))
    shown = send(dana, HOME, rhythm="daily", digest_at=typed, quiet_from="21:00", quiet_until=typed)
    assert shown.count(f'value="{shown_as}"') == 2


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "asked_for_both"),
    [
        ("20h", "7", False),  # both were given
        ("20h", "", True),
        ("20", "", True),
        ("24", "7", False),
    ],
)
def test_both_hours_are_asked_for_where_one_is_missing_not_where_it_is_wrong(
    sqlite_engine: Engine, quiet_from: str, quiet_until: str, asked_for_both: bool
) -> None:
    dana = browser(sqlite_engine, staff(world(sqlite_engine).dana))
    shown = send(dana, HOME, 422, rhythm="daily", digest_at="8", quiet_from=quiet_from, quiet_until=quiet_until)
    assert ("Give both hours, or none." in words(shown)) == asked_for_both
    assert ("Write an hour of the day" in words(shown)) == (quiet_from != "20")


def test_admins_see_how_somebody_is_told_and_set_nothing(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    ada = directory.staff(sqlite_engine, "ada@ours.example", name="Ada", role="admin")
    choose(of, of.dana, topics={"reply": "off"})
    with sqlite_engine.work.begin(actor=staff_actor(of.dana)) as uow:
        notice_choices.add_chat(uow, of.dana.id, SLACK, ("slack",), allow_private=False)
    shown = page(browser(sqlite_engine, staff(ada)), f"/admin/staff/{of.dana.id}")
    assert "How they are told" in shown
    assert "The partner replies: not at all" in words(shown)
    assert "E-mail, Slack" in words(shown)
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in shown
    assert HOME not in shown


def test_a_chat_is_added_masked_and_taken_away(engine: Engine) -> None:
    of = world(engine)
    dana = browser(engine, staff(of.dana))
    shown = send(dana, f"{HOME}/chats", chat=SLACK)
    assert "https://hooks.slack.com/…i7FQ" in shown
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in shown
    [row] = rows(of, "chat_address")
    assert bytes(row.url).decode() == SLACK
    luis = browser(engine, staff(of.luis))
    assert "You have no such chat." in words(send(luis, f"{HOME}/chats/{row.id}/remove"))
    assert "You have no such chat." in words(send(luis, f"{HOME}/chats/{row.id}/test"))
    assert "Taken away" in words(send(dana, f"{HOME}/chats/{row.id}/remove"))
    assert rows(of, "chat_address") == []


@pytest.mark.parametrize("address", ["json://127.0.0.1/", "mailto://a:b@example.com", "https://evil.example/x", ""])
def test_an_address_of_no_service_is_refused_with_what_there_is(sqlite_engine: Engine, address: str) -> None:
    of = world(sqlite_engine)
    shown = words(send(browser(sqlite_engine, staff(of.dana)), f"{HOME}/chats", 422, chat=address))
    assert "This is no address of a chat service that is offered here: Slack (" in shown


def test_ones_own_webhook_shows_its_secret_once_and_its_test_in_words(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    dana = browser(engine, staff(of.dana))
    shown = send(dana, f"{HOME}/webhook", 201, webhook=receiver.url)
    assert shown.count("whsec_") == 1
    assert "whsec_" not in page(dana, HOME)
    assert "The test arrived; the answer was 204." in words(send(dana, f"{HOME}/webhook/test"))
    receiver.statuses = [404]
    assert "The test did not arrive: 127.0.0.1 answered 404." in words(send(dana, f"{HOME}/webhook/test"))
    assert "There is no such webhook." in words(send(browser(engine, staff(of.luis)), f"{HOME}/webhook/test"))
    send(dana, f"{HOME}/webhook/off")
    receiver.statuses = [204]
    open_case(of, 3)
    deliver(of)
    assert len(receiver.received) == 2
    send(dana, f"{HOME}/webhook", 201, webhook=receiver.url)  # on again, with a new secret
    open_case(of, 2)
    deliver(of)
    assert len(receiver.received) == 3


def test_a_test_mail_goes_the_way_of_all_mail(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shown = send(browser(sqlite_engine, staff(of.dana)), f"{HOME}/mail/test")
    assert "The test is on its way to dana@ours.example." in words(shown)
    [mail] = Postbox(of).empty()
    assert (mail.message.recipient.email, mail.message.subject) == (of.dana.email, "Test")


# ---- what admins do


def test_the_log_shows_who_was_told_and_lets_what_was_given_up_go_again(engine: Engine) -> None:
    of = world(engine)
    ada = directory.staff(engine, "ada@ours.example", name="Ada", role="admin")
    opened = open_case(of, 3)
    Postbox(of, [Refused("550 no such mailbox")]).empty()
    client = browser(engine, staff(ada))
    shown = page(client, "/admin/notices?view=given_up")
    assert f"Dana Keller E-mail {opened.ref}" in words(shown)
    assert "given up 550 no such mailbox" in words(shown)
    path = f"/admin/notices/{rows(of, 'notification')[0].id}/retry"
    assert f'action="{path}"' in shown
    assert "It goes again now." in words(send(client, path))
    assert "It is not given up any more" in words(send(client, path))
    assert len(Postbox(of).empty()) == 1
    assert f'action="{path}"' not in page(client, "/admin/notices?view=given_up")
    log = words(page(client, "/admin/notices"))
    assert "written to the folder" in log
    assert "arrived" not in log, "what stands in a folder reaches nobody"


@pytest.mark.parametrize(
    ("locale", "why"),
    [
        ("en", "the case was closed before the message went"),
        ("it", "il caso è stato chiuso prima che il messaggio partisse"),
    ],
)
def test_why_a_mail_was_withdrawn_is_read_in_the_language_of_its_reader(
    sqlite_engine: Engine, locale: str, why: str
) -> None:
    of = world(sqlite_engine)
    ada = directory.staff(sqlite_engine, "ada@ours.example", name="Ada", role="admin", locale=locale)
    opened = open_case(of, 3)
    service.close(sqlite_engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    of.later(minutes=2)
    assert Postbox(of).empty() == []
    for path in ("/admin/notices", f"/cases/{opened.ref}", "/outbox"):
        assert why in words(page(browser(sqlite_engine, staff(ada, locale)), path)), path


def test_the_page_of_a_case_says_who_was_told_and_how_it_went(engine: Engine) -> None:
    of = world(engine)
    choose(of, of.dana, quiet_from=0, quiet_until=20 * 60)
    opened = open_case(of, 3)
    dana = browser(engine, staff(of.dana))
    assert "waits until Mon 9 Mar, 20:00, the end of their quiet hours" in words(page(dana, f"/cases/{opened.ref}"))
    of.later(hours=12)
    Postbox(of, [Refused("550 no such mailbox")]).empty()
    assert "given up, 550 no such mailbox" in words(page(dana, f"/cases/{opened.ref}"))


def test_the_log_is_walked_by_pages_without_gap_or_repeat(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    ada = directory.staff(sqlite_engine, "ada@ours.example", name="Ada", role="admin")
    refs = {open_case(of, 3, touchpoint=f"touchpoint.{number}").ref for number in range(53)}
    Postbox(of).empty()
    client, path, seen = browser(sqlite_engine, staff(ada)), "/admin/notices", list[str]()
    while path:
        shown = page(client, path)
        seen += [part.split('"')[0] for part in shown.split('href="/cases/')[1:]]
        path = next(
            (link.split('"')[0].replace("&amp;", "&") for link in shown.split('href="') if "cursor=" in link), ""
        )
        path = "" if len(seen) >= len(refs) else path
    assert sorted(seen) == sorted(refs)
    assert client.get("/admin/notices?cursor=rubbish").status_code == 422


def test_a_webhooks_page_shows_its_tries_and_sends_again_and_makes_a_new_secret(
    engine: Engine, receiver: Receiver
) -> None:
    of = world(engine)
    ada = directory.staff(engine, "ada@ours.example", name="Ada", role="admin")
    endpoint = listen(of, receiver)
    receiver.statuses, receiver.reply = [200], b"<b>thanks</b>"
    opened = open_case(of, 3)
    deliver(of)
    client, path = browser(engine, staff(ada)), f"/admin/webhooks/{endpoint.id}"
    shown = page(client, path)
    assert f"case.opened {opened.ref}" in words(shown)
    assert "&lt;b&gt;thanks&lt;/b&gt;" in shown
    assert receiver.received[0][0]["x-request-id"] in shown
    [row] = [each for each in rows(of, "notification") if each.channel == "webhook"]
    assert "1 message goes again." in words(send(client, f"{path}/redeliver", at=path, message=str(row.id)))
    ranged = send(client, f"{path}/redeliver", at=path, from_on="2026-03-09", until_on="2026-03-09")
    assert "0 messages go again." in words(ranged)  # it is on its way already
    deliver(of)
    assert len(receiver.received) == 2
    assert "Give the first and the last day." in words(send(client, f"{path}/redeliver", 422, at=path, from_on="x"))
    for first, last in (("0001-01-01", "2026-03-09"), ("2026-03-09", "9999-12-31")):
        refused = send(client, f"{path}/redeliver", 422, at=path, from_on=first, until_on=last)
        assert "Give the first and the last day." in words(refused)
    assert "Choose one." in words(send(client, f"{path}/secret", 422, at=path, hours="5"))
    fresh = send(client, f"{path}/secret", 201, at=path, hours="24")
    assert "Until 10 Mar 2026, 09:12" in words(fresh)
    assert "Two secrets sign until" in words(page(client, path))
    assert "whsec_" not in page(client, path)
    assert "The test arrived; the answer was 200." in words(send(client, f"{path}/test", at=path))
    with engine.work.read() as view:
        assert reading.get_endpoint(view, endpoint.id).old_secret_until is not None


def test_an_endpoint_of_one_person_is_not_among_those_of_all(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    ada = directory.staff(sqlite_engine, "ada@ours.example", name="Ada", role="admin")
    send(browser(sqlite_engine, staff(of.dana)), f"{HOME}/webhook", 201, webhook=receiver.url)
    client = browser(sqlite_engine, staff(ada))
    assert receiver.url not in page(client, "/admin/webhooks")
    [row] = rows(of, "webhook_endpoint")
    assert client.get(f"/admin/webhooks/{row.id}").status_code == 404
