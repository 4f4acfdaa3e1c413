"""Who takes partners over reads which ones, from whom, and whose mail names others; who gives some ticks them."""

from __future__ import annotations

import re
from datetime import timedelta

from werkzeug.datastructures import MultiDict

from alerts import service
from alerts.handover import duties
from alerts.service import Transfer
from alerts.web.transfer_pages import MOST_OFFERED
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service as directory_service
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import builders as build
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_closings_told import cleo
from tests.alerts.test_transfers import many, rendered
from tests.directory import builders
from tests.surveys import builders as surveys


def test_whoever_takes_over_reads_which_partners_came_and_from_whom(engine: Engine) -> None:
    of = build.world(engine)
    of.later(days=1)
    service.transfer(engine.work, build.staff_actor(of.dana), Transfer(of.luis.id, of.dana.id))
    [mail] = rendered(of)
    for text in (mail.text, mail.html or ""):
        assert "Dana Keller handed this over to you." in words(text)
        assert "Acme" in text
        assert "/partners/acme" in text
        assert "Brisk" not in text  # it was theirs before
    client = browser(engine, staff(of.luis))
    for path in ("/my", "/transfers"):
        came = words(client.get(path).text).partition("Came to you")[2][:90]
        assert "Acme from Dana Keller" in came
        assert "Brisk" not in came
    of.later(days=8)
    assert "Came to you" not in words(client.get("/my").text)
    assert "Acme from Dana Keller" in words(client.get("/transfers").text)
    of.later(days=30)
    assert "Nothing came to you" in words(client.get("/transfers").text)


def test_of_two_transfers_in_a_moment_each_mail_tells_its_own(engine: Engine) -> None:
    of = build.world(engine)
    third = cleo(of)
    of.later(days=1)
    service.transfer(engine.work, build.staff_actor(of.dana), Transfer(third.id, of.dana.id))
    of.later(seconds=1)
    service.transfer(engine.work, build.staff_actor(of.luis), Transfer(third.id, of.luis.id))
    told = {giver: mail for mail in rendered(of) for giver in ("Dana Keller", "Luis Ferro") if giver in mail.text}
    assert len(told) == 2
    assert ("Acme" in told["Dana Keller"].text, "Brisk" in told["Dana Keller"].text) == (True, False)
    assert ("Acme" in told["Luis Ferro"].text, "Brisk" in told["Luis Ferro"].text) == (False, True)


def test_a_mail_names_no_partner_that_others_handed_over_where_one_of_its_own_went_on(engine: Engine) -> None:
    of = build.world(engine)
    third = cleo(of)
    builders.owned(engine, of.dana, builders.partner(engine, "corex", name="Corex"))
    of.later(days=1)
    service.transfer(engine.work, build.staff_actor(of.dana), Transfer(third.id, of.dana.id))
    of.later(seconds=5)
    service.transfer(engine.work, build.staff_actor(third), Transfer(of.luis.id, partner_ids=(of.acme.id,)))
    of.later(seconds=5)
    service.transfer(engine.work, build.staff_actor(of.luis), Transfer(third.id, partner_ids=(of.brisk.id,)))
    told = {giver: mail for mail in rendered(of) for giver in ("Dana Keller", "Luis Ferro") if giver in mail.text}
    named = {giver: [name for name in ("Acme", "Brisk", "Corex") if name in mail.text] for giver, mail in told.items()}
    assert named == {"Dana Keller": ["Corex"], "Luis Ferro": ["Brisk"]}
    assert [mail.subject for mail in told.values()] == ["Yours from now on: 1 partner"] * 2


def test_a_mail_counts_what_came_where_a_transfer_broke_off(engine: Engine) -> None:
    of = build.world(engine)
    third = cleo(of)
    many(of, 3, 0, of.luis)
    of.later(days=1)
    service.transfer(engine.work, build.staff_actor(of.dana), Transfer(third.id, of.luis.id))
    with engine.work.begin(actor=SYSTEM) as uow:
        # As if the process had ended before the last part of it.
        directory_service.assign_owners(uow, [(directory.partners_owned_by(uow, third.id)[0], of.luis.id)])
    [mail] = rendered(of)
    assert mail.subject == "Yours from now on: 3 partners"
    assert "and one more" not in mail.text


def test_each_owner_before_is_named_with_the_mail_that_left_in_their_name(sqlite_engine: Engine) -> None:
    of = surveys.world(sqlite_engine)
    luis, cleo = (builders.staff(sqlite_engine, f"{name}@ours.example", name=name.title()) for name in ("luis", "cleo"))
    later = sqlite_engine.clock.advance  # type: ignore[attr-defined]
    for number, takes in ((1, luis), (2, cleo)):
        for mail in range(number):
            surveys.invite(of, 10 * number + mail)
        surveys.send_mail(of)
        later(timedelta(days=1))
        wanted = Transfer(takes.id, partner_ids=(of.partner.id,))
        with sqlite_engine.work.read() as view:
            foreseen = duties.preview_transfer(view, wanted).asked
        service.transfer(sqlite_engine.work, SYSTEM, wanted)
        with sqlite_engine.work.read() as view:
            [came] = duties.received(view, takes.id)
        assert came.asked == foreseen
    assert {(each.owner.name, each.mails) for each in came.asked} == {("Dana Keller", 1), ("Luis", 2)}
    assert came.before.name == "Luis"


def boxes(page: str) -> list[tuple[str, bool]]:
    """The partners to choose from, each with whether it is chosen."""
    found = re.findall(r'<input type="checkbox" name="partners" value="([^"]*)"( checked)?', page)
    return [(key, bool(checked)) for key, checked in found]


def test_some_of_ones_own_partners_are_chosen_from_a_list_and_the_choice_is_what_moves(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    many(of, 3, 0, of.dana)
    client = browser(sqlite_engine, staff(of.dana))
    assert boxes(client.get("/transfers").text) == [("acme", False), ("p0", False), ("p1", False), ("p2", False)]
    chosen = MultiDict([("to", str(of.luis.id)), ("cases", "move"), ("partners", "p0"), ("partners", "p2")])
    page = client.get("/transfers", query_string=chosen).text
    assert boxes(page) == [("acme", False), ("p0", True), ("p1", False), ("p2", True)]
    assert "2 partners · 0 open cases" in words(page)
    carried = re.search(r'<input type="hidden" name="partners" value="([^"]*)"', page)
    assert carried is not None
    sent = {"to": str(of.luis.id), "cases": "move", "partners": carried[1], "csrf_token": token(page)}
    assert client.post("/transfers", data=sent).status_code == 303
    assert [key for key, _ in boxes(client.get("/transfers").text)] == ["acme", "p1"]


def test_whoever_steers_chooses_among_the_partners_of_whom_they_named(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    client = browser(sqlite_engine, staff(builders.staff(sqlite_engine, "pia@ours.example", "admin")))
    assert boxes(client.get("/transfers").text) == [("acme", False), ("brisk", False)]
    assert boxes(client.get(f"/transfers?from={of.dana.id}").text) == [("acme", False)]


def test_where_there_are_many_partners_they_are_named_one_a_line(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    many(of, MOST_OFFERED + 1, 0, of.dana)
    for page in (f"/transfers?from={of.dana.id}", "/transfers"):
        shown = browser(sqlite_engine, staff(builders.staff(sqlite_engine, f"{len(page)}@ours.example", "admin"))).get(
            page
        )
        assert boxes(shown.text) == []
        assert "one a line" in shown.text


def test_a_case_says_that_whoever_took_its_partner_over_reads_of_it_with_all_that_came(sqlite_engine: Engine) -> None:
    of = build.world(sqlite_engine)
    case = build.open_case(of)
    service.transfer(sqlite_engine.work, build.staff_actor(of.dana), Transfer(of.luis.id, of.dana.id))
    shown = words(browser(sqlite_engine, staff(of.luis)).get(f"/cases/{case.ref}").text).partition("Who was told")[2]
    assert "Luis Ferro reads of it in the one mail about all that came to them" in shown
