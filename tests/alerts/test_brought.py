"""Where a mediator and an escalation contact find what was brought to them without the mail."""

from __future__ import annotations

import re
from functools import partial

from alerts import reading, service
from alerts.settling import mediation
from feedback_engine.app import pages
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import open_case, staff_actor
from tests.alerts.settled import close_again, closed, denied, find, mediated, say, steering, world
from tests.alerts.site import browser, staff, token, words


def test_a_mediator_finds_the_mediation_on_monday_and_in_the_inbox_until_they_say_what_they_find(
    engine: Engine,
) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    mediator = browser(engine, staff(henrik))
    counted = partial(pages.unread_counts, engine, staff(henrik))
    assert counted() == {"inbox": 0}
    say(of, browser(engine, None), shut, "no")
    assert counted() == {"inbox": 1}
    service.log_contact(engine.work, staff_actor(henrik), shut.id)
    monday = mediator.get("/my").text
    assert "Mediate with Acme" in words(monday)
    assert "Say what you find by Wed 11 Mar, 09:12" in words(monday)
    assert f'href="/cases/{shut.ref}/mediation?view=brought"' in monday
    inbox = mediator.get("/inbox?view=brought").text
    assert "Asked to help 1" in words(inbox)
    assert "Say what you find by Wed 11 Mar, 09:12" in words(inbox)
    assert f'href="/cases/{shut.ref}/mediation?view=brought"' in inbox
    of.later(days=3)
    assert "Your finding was due Wed 11 Mar, 09:12" in words(mediator.get("/my").text)
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert counted() == {"inbox": 0}
    assert "Mediate with Acme" not in words(mediator.get("/my").text)
    assert "Asked to help 0" in words(mediator.get("/inbox?view=brought").text)


def test_the_inbox_opens_where_what_its_number_counts_stands(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    mediator = browser(engine, staff(henrik))

    def heading() -> str:
        return words(mediator.get("/inbox").text.partition('id="list-heading">')[2].partition("</h1>")[0])

    assert heading() == "Team, by time left"
    open_case(of, 2, touchpoint="training.held")
    with engine.work.read() as view:
        [other] = [each for each in reading.cases_of_partners(view, [shut.partner.id]) if each.is_open]
    service.note(engine.work, staff_actor(of.dana), other.id, f"@{henrik.email} Please look.")
    assert heading() == "Mentions, by time left"
    say(of, browser(engine, None), shut, "no")
    assert heading() == "Asked to help, by time left"
    service.assign(engine.work, staff_actor(of.dana), other.id, henrik.id)
    assert heading() == "Mine, by time left"


def test_the_inbox_says_of_what_its_number_is_made_where_one_list_is_not_all(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    mediator = browser(engine, staff(henrik))
    own = open_case(of, 2, touchpoint="training.held")
    service.assign(engine.work, staff_actor(of.dana), own.id, henrik.id)
    said = "cases wait for you, the number beside Inbox:"
    alone = words(mediator.get("/inbox?view=mine").text)
    assert "the number beside Inbox" not in alone, "all of it is here"
    say(of, browser(engine, None), shut, "no")
    assert pages.unread_counts(engine, staff(henrik)) == {"inbox": 2}
    for view in ("mine", "brought"):
        page = words(mediator.get(f"/inbox?view={view}").text).replace(" ,", ",")
        assert f"2 {said} Mine (1), Asked to help (1)" in page
        assert "each case counts once" not in page
    assert said not in words(mediator.get("/inbox?view=team").text)
    service.note(engine.work, staff_actor(of.dana), own.id, f"@{henrik.email} Please look.")
    page = words(mediator.get("/inbox?view=mine").text).replace(" ,", ",").replace(" ;", ";")
    assert f"2 {said} Mine (1), Asked to help (1), Mentions (1); each case counts once" in page


def test_my_partners_names_the_list_that_its_link_leads_to_where_more_than_that_stands_below(engine: Engine) -> None:
    of = world(engine)
    henrik, _ = steering(of)
    shut = closed(of)
    own = open_case(of, 2, touchpoint="training.held")
    service.assign(engine.work, staff_actor(of.dana), own.id, henrik.id)
    mediator = browser(engine, staff(henrik))
    assert "The 1 case of mine" in words(mediator.get("/my").text)
    say(of, browser(engine, None), shut, "no")
    of.later(days=2)  # the finding is due by tomorrow
    monday = words(mediator.get("/my").text)
    assert "Overdue or due by tomorrow Mine in the inbox (1)" in monday
    assert "of mine" not in monday


def test_a_case_leads_back_to_the_list_its_reader_came_from_also_by_the_page_of_its_mediation(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = denied(of)
    mediator, path = browser(sqlite_engine, staff(henrik)), f"/cases/{shut.ref}"
    back = '<a class="back" href="/inbox?view=brought">‹ Asked to help'
    page = mediator.get(f"{path}/mediation?view=brought").text
    assert back in page
    assert f'href="{path}?view=brought"' in page
    assert f'href="{path}?deed=log-contact&amp;view=brought"' in page
    case_page = mediator.get(f"{path}?view=brought").text
    assert f"{back} (1)</a>" in case_page
    assert f'href="{path}/mediation?view=brought' in case_page
    form = {"csrf_token": token(case_page), "revision": shut.revision + 10, "note-text": "Seen."}
    assert back in mediator.post(f"{path}/note?view=brought", data=form).text
    # Who came from no list is led to none.
    assert '<a class="back" href="/inbox">‹ Inbox</a>' in mediator.get(path).text
    assert 'class="back"' not in mediator.get(f"{path}/mediation").text


def test_while_the_call_of_a_mediator_is_owed_their_lists_show_its_time_as_the_page_of_the_case_does(
    sqlite_engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, staff(henrik))

    def shown() -> tuple[str, str, str]:
        """The page of the case, the view of the inbox, and the page of one's week."""
        return tuple(words(client.get(path).text) for path in (f"/cases/{shut.ref}", "/inbox?view=brought", "/my"))  # type: ignore[return-value]

    for page in shown():
        assert "8 working hours left" in page
        assert "You call by Tue 10 Mar, 09:12" in page
    for listed in shown()[1:]:
        assert "16 working hours left" not in listed
        assert "Say what you find by" not in listed
    of.later(days=1, hours=2)
    for page in shown():
        assert "overdue by 1 h" in page or "overdue by 2 h" in page
        assert "Your call was due Tue 10 Mar, 09:12" in page
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    for listed in shown()[1:]:
        assert "Say what you find by Wed 11 Mar, 09:12" in listed


def test_what_was_brought_to_somebody_stands_once_among_what_is_due_if_it_is_due_then(sqlite_engine: Engine) -> None:
    _, henrik, _, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, staff(henrik))

    def panel(name: str) -> str:
        return words(client.get("/my").text.partition(f'id="{name}"')[2].partition("</section>")[0])

    assert "Mediate with Acme" in panel("due")
    assert "No case of yours is due" not in panel("due")
    assert panel("brought") == ""
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)  # the finding has time until Wednesday
    assert "Mediate with Acme" in panel("brought")
    assert "Mediate with Acme" not in panel("due")


def test_the_page_of_a_mediation_leads_its_mediator_to_the_form_that_logs_the_call(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, staff(henrik))
    link = f'href="/cases/{shut.ref}?deed=log-contact"'
    assert link in client.get(f"/cases/{shut.ref}/mediation").text
    assert link not in browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}/mediation").text
    opened = client.get(f"/cases/{shut.ref}?deed=log-contact").text
    assert re.search(r'<details class="act" name="act" open><summary[^>]*>Log call', opened)
    find(of, henrik, shut)
    assert link not in client.get(f"/cases/{shut.ref}/mediation").text


def test_an_escalation_is_found_by_whom_it_came_to_and_counted_once(engine: Engine) -> None:
    of = world(engine)
    henrik, priya = steering(of)
    shut = closed(of)
    partner = browser(engine, None)
    say(of, partner, shut, "no")
    mediation.end(engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    say(of, partner, close_again(of, shut), "no")
    assert pages.unread_counts(engine, staff(priya)) == {"inbox": 1}
    client = browser(engine, staff(priya))
    monday = words(client.get("/my").text)
    assert "Take up the conflict with Acme" in monday
    assert "Settle it with the partner" in monday  # where nobody there is named for this
    assert f'href="/cases/{shut.ref}?view=brought"' in client.get("/inbox?view=brought").text
