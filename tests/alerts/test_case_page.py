"""The page of a case: every answer that came to it, why it is as grave as it is, and what a partner may read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from alerts import service
from alerts.settling import mediation
from alerts.views import CaseView
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from surveys import published
from surveys.events import ResponseSubmitted
from tests.alerts import settled
from tests.alerts.builders import (
    ALERTS,
    World,
    answer,
    case,
    merge,
    open_case,
    rows,
    staff_actor,
    take_in,
    tick,
    world,
)
from tests.alerts.recorded import record
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_delivery import Receiver, deliver, listen, receiver
from tests.alerts.told import Postbox
from tests.directory import builders as directory
from tests.surveys import builders as surveys

__all__ = ["receiver"]

CAUSE_FIELDS = ("log-contact-root_cause", "close-root_cause")
INTERNAL = "Short call, friendly; they would sue if they could."
CALM = """
rules:
  - {key: soft, name: {en: Soft, it: Lieve}, severity: normal,
     when: {condition: score_below, question: recommend, below: 7}}
  - {key: hard, name: {en: Hard, it: Grave}, severity: high,
     when: {condition: score_below, question: recommend, below: 3}}
routes: {to: partner_owner, otherwise: team:Alliances}
groups: {deals: [deal.approved, deal.closed]}
"""


def shown(of: World, opened: CaseView, locale: str = "en") -> str:
    """The page of a case, as Dana reads it."""
    return browser(of.engine, staff(of.dana, locale)).get(f"/cases/{opened.ref}").text


def section(page: str, heading: str) -> str:
    """The words of the panel with this heading."""
    found = re.search(rf"<h2[^>]*>{re.escape(heading)}</h2>(.*?)</section>", page, re.DOTALL)
    assert found is not None, f"no panel {heading!r} in {words(page)}"
    return words(found[1])


def said(of: World, score: int, comment: str, **how: Any) -> ResponseSubmitted:
    """An answer with words of its own, by Ana unless somebody else is named."""
    event = answer(of, score, touchpoint=how.pop("touchpoint", "deal.approved"))
    with of.engine.work.begin(actor=SYSTEM) as uow:
        version = published.publish(uow, surveys.survey())
    event = event.model_copy(update={"has_comment": True, "survey_version": version, **how})
    record(of, event, comment=comment)
    take_in(of, event)
    return event


def two_answers(
    engine: Engine,
    text: str = ALERTS,
    scores: tuple[int, int] = (5, 2),
    made: Callable[[Engine, str], World] = world,
) -> tuple[World, CaseView]:
    """A case of Dana's that Ana's answer opened on Monday, and Katrin's joined a day later."""
    of = made(engine, text)
    katrin = directory.contact(engine, of.acme, "katrin@acme.example", name="Katrin Lang", role="Engineer")
    first = said(of, scores[0], "It took nine days.")
    of.later(days=1)
    said(of, scores[1], "Nobody called back.", contact_id=katrin.id, touchpoint="deal.closed")
    [row] = [row for row in rows(of, "casework") if row.response_id]
    assert len({alert.response_id for alert in rows(of, "alert")}) == 2
    assert first.partner_id == row.partner_id
    return of, case(of, row.id)


# ---- what goes to the partner


def test_what_was_written_down_for_ourselves_is_not_put_into_the_letter_to_the_partner(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    opened = open_case(of, 3)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id, text=INTERNAL)
    page = shown(of, opened)
    letter = re.search(r'<textarea id="close-found"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert letter is not None
    assert letter[1].strip() == ""
    seen = re.sub(r"<[^>]*>", "", page)
    assert seen.count(INTERNAL) == 1  # in the timeline alone
    assert [form for form in re.findall(r"<form[^>]*>", page) if INTERNAL in form] == [
        form for form in re.findall(r"<form[^>]*>", page) if "-log-contact" in form
    ]


def test_what_a_mediator_finds_is_not_put_into_the_letter_either(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    shut = settled.closed(of)
    settled.say(of, browser(sqlite_engine, None), shut, "no")
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Dana was careless.")
    letter = re.search(r'<textarea id="close-found"[^>]*>(.*?)</textarea>', shown(of, shut), re.DOTALL)
    assert letter is not None
    assert letter[1].strip() == ""


def test_where_a_call_is_logged_it_is_said_that_only_we_read_it(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    page = shown(of, open_case(of, 3))
    hint = re.search(r'id="log-contact-text-hint">(.*?)</span>', page)
    assert hint is not None
    assert words(hint[1]) == "Only we read this; the partner does not."


def test_during_a_mediation_the_page_says_at_once_that_the_case_cannot_be_closed(sqlite_engine: Engine) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    shut = settled.closed(of)
    settled.say(of, browser(sqlite_engine, None), shut, "no")
    page = shown(of, shut)
    assert 'id="close-outcome"' not in page
    assert 'id="dismiss-reason"' not in page
    assert "A mediation is going on." in words(page)
    assert f'href="/cases/{shut.ref}/mediation"' in page
    mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
    assert 'id="close-outcome"' in shown(of, shut)


# ---- every answer


def test_a_step_of_a_program_names_its_key_as_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.close(of.engine.work, Actor("api", "7", "all"), opened.id, outcome="settled", root_cause="late")
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    assert "API key all closed the case" in words(page)


def test_a_case_that_two_answers_joined_shows_both_newest_first(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine)
    told = section(shown(of, opened), "What happened")
    for part in ("Katrin Lang", "Nobody called back.", "deal.closed", "Tue 10 Mar, 10:12",
                 "Ana Silva", "It took nine days.", "deal.approved", "Mon 9 Mar, 10:12"):  # fmt: skip
        assert part in told, part
    assert told.index("Nobody called back.") < told.index("It took nine days.")
    assert "2 answers" in words(shown(of, opened))


def test_head_and_card_name_everybody_who_answered(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine)
    page = shown(of, opened)
    head = re.search(r'<h1 id="case-heading">.*?</header>', page, re.DOTALL)
    assert head is not None
    assert "Katrin Lang, Engineer" in words(head[0])
    assert "Ana Silva" in words(head[0])
    card = words(page.partition('id="the-partner"')[2])
    assert "katrin@acme" in card.replace(" ", "")
    assert "ana@acme" in card.replace(" ", "")


def test_where_several_people_answered_the_number_to_call_says_whose_it_is(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    katrin = directory.contact(sqlite_engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    said(of, 4, "It took nine days.", contact_id=katrin.id)
    said(of, 3, "Nobody called back.")
    opened = case(of, rows(of, "casework")[0].id)
    assert "Phone +351 21 555 0142 Ana Silva" in section(shown(of, opened), "The partner")


def test_why_it_came_says_of_each_alert_whose_answer_it_is_and_of_which_day(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine)
    told = words(shown(of, opened))
    assert "5 is below 7. Severity: high. Answer of Ana Silva, Mon 9 Mar, 10:12." in told
    assert "2 is below 7. Severity: high. Answer of Katrin Lang, Tue 10 Mar, 10:12." in told


def test_a_merged_case_shows_the_answers_of_both(engine: Engine) -> None:
    of = world(engine)
    said(of, 3, "It took nine days.")
    of.later(days=1)
    said(of, 2, "The trainer never came.", touchpoint="training.held")
    first, second = [case(of, row.id) for row in sorted(rows(of, "casework"), key=lambda row: row.opened_at)]
    service.merge(engine.work, staff_actor(of.dana), second.id, first.id)
    told = section(shown(of, first), "What happened")
    assert "It took nine days." in told
    assert "The trainer never came." in told


def test_an_answer_whose_contact_was_erased_names_nobody(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory_service.erase_person(uow, of.ana.person)
    page = shown(of, opened)
    assert "Ana Silva" not in page
    assert "ana@acme" not in page
    assert page.count("somebody who was forgotten") >= 1


def test_one_answer_is_shown_as_before(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 3, "It took nine days.")
    page = shown(of, case(of, rows(of, "casework")[0].id))
    assert "Phone +351 21 555 0142 Mail" in section(page, "The partner")
    assert page.count("It took nine days.</blockquote>") == 1
    assert "Answered" in section(page, "What happened")


# ---- severity


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ((5, 6), "normal The rule “Soft” sets it."),
        ((2, 6), "high The rule “Hard” sets it."),
        (
            (5, 2),
            "high It began as normal; the answer of Katrin Lang, Tue 10 Mar, raised it: the rule “Hard” says high.",
        ),
    ],
)
def test_severity_is_explained_where_it_stands(sqlite_engine: Engine, scores: tuple[int, int], told: str) -> None:
    of, opened = two_answers(sqlite_engine, CALM, scores)
    assert told in section(shown(of, opened), "What happened")


@pytest.mark.parametrize(
    ("scores", "stays", "told"),
    [
        ((5, 2), 1, "high The rule “Hard” sets it."),  # what came by the merge is older, and did not raise it
        ((2, 5), 0, "high The rule “Hard” sets it."),
        ((5, 2), 0, "high It began as normal; {ref} was merged into it, where the rule “Hard” says high."),
        ((2, 5), 1, "high It began as normal; {ref} was merged into it, where the rule “Hard” says high."),
    ],
)
def test_a_merged_case_says_with_which_severity_it_began_itself(
    sqlite_engine: Engine, scores: tuple[int, int], stays: int, told: str
) -> None:
    of = world(sqlite_engine, CALM)
    first = open_case(of, scores[0])
    of.later(days=1)
    both = (first, open_case(of, scores[1], touchpoint="training.held"))
    merge(of, both[1 - stays], both[stays])
    assert told.format(ref=both[1 - stays].ref) in section(shown(of, both[stays]), "What happened")


def test_severity_is_explained_in_italian_too(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine, CALM, (5, 2))
    told = words(shown(of, opened, "it"))
    assert "la risposta di Katrin Lang" in told
    assert "la regola «Grave»" in told


# ---- the rung, and who was told


@pytest.mark.parametrize(("noes", "told"), [(1, "Step 2 of 3: mediation"), (2, "Step 3 of 3: escalation contacts")])
def test_a_rung_is_said_in_words(sqlite_engine: Engine, noes: int, told: str) -> None:
    of = settled.world(sqlite_engine)
    henrik, _ = settled.steering(of)
    shut = settled.closed(of)
    settled.say(of, browser(sqlite_engine, None), shut, "no")
    for _ in range(noes - 1):
        mediation.end(sqlite_engine.work, staff_actor(henrik), shut.id, "Meet in person.")
        shut = settled.close_again(of, shut)
        settled.say(of, browser(sqlite_engine, None), shut, "no")
    page = words(shown(of, shut))
    assert told in page
    assert "First we talk directly, then somebody neutral mediates, then it goes to the escalation contacts" in page
    assert "Rung" not in page


def test_who_was_told_says_each_instant_once_and_keeps_programs_apart(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    of = world(sqlite_engine)
    listen(of, receiver)
    opened = open_case(of, 3)
    Postbox(of).empty()
    deliver(of)
    of.later(hours=1)
    deliver(of)
    page = shown(of, opened)
    told = section(page, "Who was told")
    assert told.count("Mon 9 Mar, 10:12") == 2  # Dana's mail was sent; the first try of the webhook
    assert "Dana Keller E-mail · Case opened written to the folder Mon 9 Mar, 10:12" in told
    programs = page.partition('id="told-programs"')[2].partition("</details>")[0]
    assert "1 message to programs, 1 did not get through" in words(programs)
    assert "CRM" in programs
    assert "Dana Keller" not in programs


# ---- what a deed says of itself


@pytest.mark.parametrize(
    ("form", "typed", "told", "line"),
    [
        (
            "dismiss",
            {"dismiss-reason": "test"},
            "The case is dismissed: the partner is not asked, and it counts as one that held nothing to settle.",
            "Dana Keller acknowledged the case and dismissed it: ",
        ),
        (
            "snooze",
            {"snooze-day": "2026-03-13"},
            "The case is put aside until Fri 13 Mar, 10:00 (09:00 in Lisbon), or until there is more bad news. Its",
            "Dana Keller acknowledged the case and put it aside until Fri 13 Mar, 10:00",
        ),
    ],
)
def test_a_deed_says_what_follows_from_it_and_that_it_acknowledges(
    sqlite_engine: Engine, form: str, typed: dict[str, str], told: str, line: str
) -> None:
    of = world(sqlite_engine)
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{open_case(of).ref}"
    answered = client.post(
        f"{path}/{form}", data={"csrf_token": token(client.get(path).text), "revision": "1", **typed}
    )
    page = words(client.get(answered.location).text)
    assert told in page
    assert "The case is acknowledged with it: the partner sees that somebody has read it." in page
    assert line in page


def test_what_is_dismissed_when_somebody_had_seen_it_is_not_said_to_be_acknowledged(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    service.acknowledge(sqlite_engine.work, staff_actor(of.dana), opened.id)
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{opened.ref}"
    typed = {"csrf_token": token(client.get(path).text), "revision": "2", "dismiss-reason": "test"}
    page = words(client.get(client.post(f"{path}/dismiss", data=typed).location).text)
    assert "The case is dismissed" in page
    assert "acknowledged with it" not in page
    assert "Dana Keller dismissed the case" in page


@pytest.mark.parametrize("by", ["us", "the partner"])
def test_a_case_opened_again_keeps_the_cause_of_its_last_closing_in_view(sqlite_engine: Engine, by: str) -> None:
    of = settled.world(sqlite_engine)
    settled.steering(of)
    shut = settled.closed(of)
    if by == "us":
        service.reopen(sqlite_engine.work, staff_actor(of.dana), shut.id, "It is back.")
    else:
        settled.say(of, browser(sqlite_engine, None), shut, "partly")
    client = browser(sqlite_engine, staff(of.dana))
    page = client.get(f"/cases/{shut.ref}").text
    assert "Root cause Decision late at the last closing" in words(page)
    assert '<option value="late" selected>Decision late' in page.partition('name="close-root_cause"')[2]
    assert '"late" selected' not in page.partition('name="log-contact-root_cause"')[2].partition("</select>")[0]
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), shut.id, root_cause="silent")
    again = client.get(f"/cases/{shut.ref}").text
    assert "Root cause No status" in words(again)
    assert "at the last closing" not in words(again)


def test_a_call_that_a_later_answer_asks_for_is_seen_in_the_head_of_the_case_and_in_lists(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    client = browser(sqlite_engine, staff(of.dana))

    def places() -> list[bool]:
        page, inbox = client.get(f"/cases/{opened.ref}").text, client.get("/inbox?view=mine").text
        head = words(page.partition("<article")[2].partition("</header>")[0])
        row = words(inbox.partition(f'data-row="{opened.ref}"')[2].partition("</li>")[0])
        return ["call asked for" in place for place in (head, row)]

    assert places() == [False, False]
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    of.later(hours=1)
    said(of, 8, "Please call.", wants_contact=True)
    assert places() == [True, True]
    service.dismiss(sqlite_engine.work, staff_actor(of.dana), opened.id, reason="test")
    assert places()[0] is False  # nobody waits for one any more


def test_a_call_that_was_made_since_it_was_asked_for_is_not_asked_for_any_more(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 2, "Please call.", wants_contact=True)
    [row] = [row for row in rows(of, "casework") if row.kind == "recovery"]
    assert "call asked for" in words(shown(of, case(of, row.id)))
    of.later(hours=1)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), row.id)
    assert "call asked for" not in words(shown(of, case(of, row.id)))


def test_a_call_that_a_later_answer_asked_for_is_over_once_it_was_made_and_not_before(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    of.later(hours=1)
    said(of, 2, "Please call.", wants_contact=True)
    of.later(hours=1)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id, outcome="no_answer")
    assert "call asked for" in words(shown(of, case(of, opened.id)))
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id)
    assert "call asked for" not in words(shown(of, case(of, opened.id)))


def test_where_several_people_answered_the_page_says_who_is_asked_and_why(sqlite_engine: Engine) -> None:
    of, opened = two_answers(sqlite_engine, made=settled.world)
    why = "Several people answered; Katrin Lang is asked, who answered last."
    assert why in words(shown(of, opened))
    shut = settled.closed(of, opened)
    assert why in section(shown(of, shut), "Is it settled?")
    assert len(settled.letters(of, "katrin@acme.example")) == 1
    asked = section(shown(of, shut), "Is it settled?")
    assert "Katrin Lang was asked by mail and has not said yet." in asked
    assert why in asked


def test_the_cause_has_one_name_where_a_call_is_logged_and_where_a_case_is_closed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    page = shown(of, open_case(of, 3, touchpoint="ticket.closed"))
    for field in CAUSE_FIELDS:
        assert re.findall(rf'<label for="{field}">(.*?)</label>', page) == ["Root cause"]


def test_a_thank_you_that_was_said_waits_to_be_closed_and_is_late_no_more(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    thanks = open_case(of, 10, touchpoint="training.held")
    of.later(days=8)
    before = shown(of, thanks)
    assert "was due " in words(before)
    assert "log-contact-root_cause" not in before, "a thank-you has no cause"
    assert "close-root_cause" not in before
    for field in CAUSE_FIELDS:
        assert field in shown(of, open_case(of, 3, touchpoint="ticket.closed"))
    service.log_contact(of.engine.work, staff_actor(of.dana), thanks.id)
    after = words(shown(of, thanks))
    assert "thanked; close it" in after
    assert "Waiting to be closed." in after
    for gone in ("was due ", "Thank by ", "Waiting to be settled."):
        assert gone not in after.partition("thanked; close it")[2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ALERTS, "A time was missed, and nobody else was told: the alerts of this program name nobody for that."),
        (
            ALERTS + "escalation: [{after_hours: 4, to: 'team:Alliances'}]\n",
            "A time was missed, and nobody else was told so far: others hear of it after 4 h of working time.",
        ),
    ],
)
def test_a_case_that_missed_its_time_says_why_nobody_was_told(sqlite_engine: Engine, text: str, told: str) -> None:
    of = world(sqlite_engine, text)
    opened = open_case(of, 3)
    of.later(hours=25)
    assert told in section(shown(of, opened), "Who was told")
    if text != ALERTS:
        of.later(hours=5)
        tick(of)
        assert "A time was missed" not in section(shown(of, opened), "Who was told")
