"""Who waits longest is found, a partner is named by its name, and what one has in hand is handed over beforehand."""

from __future__ import annotations

import re
from datetime import date

import pytest

from alerts import service
from alerts.figures.reading import team_view
from alerts.web import silence_pages
from alerts.words import refusal
from feedback_engine.directory.reading import StaffView
from feedback_engine.directory.service import disable_staff
from feedback_engine.foundation.engine import Engine
from tests.alerts import settled
from tests.alerts.builders import call, case, close, joined, merge, open_case, reopen, rows, staff_actor, undo, world
from tests.alerts.settled import told
from tests.alerts.site import browser, program, staff, token, words
from tests.alerts.test_absences import away
from tests.directory import builders as directory


def test_the_inbox_can_be_sorted_by_who_waits_longest_over_its_pages(engine: Engine) -> None:
    of = world(engine)
    waiting = [open_case(of, 3, touchpoint="training.held").ref]
    of.later(days=7)
    waiting += [open_case(of, 3, touchpoint=f"touchpoint.{number}").ref for number in range(51)]
    client = browser(engine, staff(of.dana))
    by_time = client.get("/inbox?view=team").text
    assert 'href="/inbox?view=team&amp;sort=waiting"' in by_time
    assert waiting[0] in by_time
    first = client.get("/inbox?view=team&sort=waiting")
    assert "waiting longest first" in words(first.text)
    assert "Sort: time left waiting longest" in words(by_time)
    chosen = re.compile(r'<a href="([^"]+)" aria-current="true">([^<]+)</a>')
    assert ("/inbox?view=team", "time left") in chosen.findall(by_time)
    assert ("/inbox?view=team&amp;sort=waiting", "waiting longest") in chosen.findall(first.text)
    assert 'href="/inbox?view=team">time left' in first.text
    assert re.findall(r'data-row="([^"]+)"', first.text)[0] == waiting[0]
    assert "waiting since Mon 9 Mar, 10:12" in words(first.text)
    assert "waiting since 9 Mar" not in words(first.text), "it is said once"
    assert "waiting since 9 Mar" in words(by_time), "there the due time stands in the place of the hour"
    following = re.search(r'href="(/inbox\?[^"]*cursor=[^"]+)"', first.text)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text
    seen = re.findall(r'data-row="([^"]+)"', first.text) + re.findall(r'data-row="([^"]+)"', second)
    assert sorted(seen) == sorted(waiting)
    assert client.get("/inbox?sort=never").status_code == 422


def test_all_is_offered_only_where_a_list_leaves_something_out_and_in_the_same_order(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    assert "Show all" not in words(client.get("/inbox?view=team&sort=waiting").text)
    assert '/inbox?view=team&amp;sort=waiting">Show all' in client.get("/inbox?view=team&sort=waiting&q=acme").text
    assert '/inbox?view=team">Show all' in client.get("/inbox?view=team&severity=high").text


def test_a_case_that_was_opened_again_waits_since_then(engine: Engine) -> None:
    of = world(engine)
    again = open_case(of, 3)
    call(of, again)
    close(of, again)
    of.later(days=100)
    waiting = [open_case(of, 3, touchpoint=f"touchpoint.{number}").ref for number in range(50)]
    of.later(days=2)
    undo(of, reopen(of, again))
    reopen(of, again)
    of.later(days=1)
    client = browser(engine, staff(of.dana))
    first = client.get("/inbox?view=team&sort=waiting").text
    assert again.ref not in first
    following = re.search(r'href="(/inbox\?[^"]*cursor=[^"]+)"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text
    assert sorted(re.findall(r'data-row="([^"]+)"', first)) == sorted(waiting)
    assert re.findall(r'data-row="([^"]+)"', second) == [again.ref]
    assert "waiting since Fri 19 Jun, 11:12" in words(second)
    with engine.work.read() as view:
        assert again.ref not in [case.ref for case in team_view(view, staff(of.dana), of.now, of.now).oldest]


def test_whoever_was_reached_since_they_spoke_does_not_wait_and_stands_behind_those_who_do(engine: Engine) -> None:
    of = world(engine)
    called, tried = open_case(of, 3), open_case(of, 3, touchpoint="touchpoint.tried")
    of.later(days=2)
    call(of, called)
    service.log_contact(engine.work, staff_actor(of.dana), tried.id, outcome="no_answer")
    waiting = [open_case(of, 3, touchpoint=f"touchpoint.{number}").ref for number in range(49)]
    of.later(hours=2)
    client = browser(engine, staff(of.dana))
    first = client.get("/inbox?view=team&sort=waiting").text
    assert re.findall(r'data-row="([^"]+)"', first) == [tried.ref, *waiting]
    assert "waiting since Mon 9 Mar" in words(first), "a call that reached nobody is none"
    following = re.search(r'href="(/inbox\?[^"]*cursor=[^"]+)"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text
    assert re.findall(r'data-row="([^"]+)"', second) == [called.ref]
    assert "reached Wed 11 Mar" in words(second)
    assert "since" not in words(second.partition("<ol")[2].partition("</ol>")[0])
    joined(of)
    of.later(minutes=30)
    again = words(client.get(following[1].replace("&amp;", "&")).text)
    assert "waiting since Wed 11 Mar, 12:12" in again, "they spoke again, and wait since then"
    assert "reached Wed 11 Mar" not in again


def test_whoever_says_that_it_is_not_settled_has_waited_since_the_case_was_opened(engine: Engine) -> None:
    of = settled.world(engine)
    settled.steering(of)
    opened = open_case(of, 3)
    of.later(days=5)
    settled.closed(of, opened)
    of.later(days=5)
    newer = open_case(of, 3, touchpoint="ticket.closed")
    of.later(days=1)
    settled.say(of, browser(engine, None), opened, "no")
    shown = browser(engine, staff(of.dana)).get("/inbox?view=team&sort=waiting").text
    assert re.findall(r'data-row="([^"]+)"', shown) == [opened.ref, newer.ref]
    assert "waiting since Mon 9 Mar" in words(shown)
    with engine.work.read() as view:
        assert team_view(view, staff(of.dana), of.now, of.now).oldest[0].ref == opened.ref


def test_programs_read_since_when_each_of_the_oldest_cases_is_open(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    again, waiting = open_case(of, 3), open_case(of, 2, touchpoint="ticket.closed")
    began = of.now
    service.close(of.engine.work, staff_actor(of.dana), again.id, outcome="settled", root_cause="late")
    of.later(days=1)
    reopen(of, again)
    reopened = of.now
    figures = browser(sqlite_engine, program("cases:read")).get("/api/v1/case-figures").json
    assert [(case["ref"], case["opened_at"], case["open_since"]) for case in figures["oldest_open"]] == [
        (waiting.ref, waiting.opened_at.isoformat(), waiting.opened_at.isoformat()),
        (again.ref, again.opened_at.isoformat(), reopened.isoformat()),
    ]
    assert began < reopened


def test_a_case_opened_from_a_sorted_list_leaves_its_view_marked_in_the_menu(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}?view=team&sort=severity").text
    assert re.search(r'href="/inbox\?view=team&amp;sort=severity" aria-current="(page|true)">Team', page)


def test_the_order_of_a_list_goes_on_into_the_other_views_and_its_filters_do_not(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    for path in ("/inbox?view=mine", "/inbox?view=closed", f"/cases/{opened.ref}?view=mine"):
        page = client.get(f"{path}&severity=high&sort=waiting").text
        assert re.search(r'href="/inbox\?view=team&amp;sort=waiting"( aria-current="true")?>Team', page), path
    nothing = words(client.get("/inbox?view=brought&sort=waiting").text)
    assert "Nobody asks for your help" in nothing, "an order leaves nothing out"
    assert "0 cases:" not in nothing


def test_the_closed_list_says_when_each_was_closed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    of.later(days=2)
    service.close(sqlite_engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    listed = words(browser(sqlite_engine, staff(of.dana)).get("/inbox?view=closed").text)
    assert "closed by us as settled 11 Mar 2026" in listed


def test_the_search_of_the_frame_leads_to_a_case_by_its_reference_and_else_to_partners(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, staff(of.dana))
    assert '<form class="find" role="search" action="/find">' in client.get("/partners/acme").text
    for typed, leads_to in (
        (opened.ref, f"/cases/{opened.ref}"),
        (f" {opened.ref.lower()} ", f"/cases/{opened.ref}"),
        (f" {opened.ref.removeprefix('C-')} ", f"/cases/{opened.ref}"),
        ("99999", "/partners?q=99999"),
        ("acme", "/partners/acme"),
        ("ACM", "/partners/acme"),
        ("C-99999", "/partners?q=C-99999"),
        ("ES-5418", "/partners?q=ES-5418"),
        ('"5%', "/partners?q=%225%25"),
        ("", "/partners"),
    ):
        assert client.get("/find", query_string={"q": typed}).location == leads_to
    stranger = directory.staff(engine, "sam@ours.example")
    assert browser(engine, staff(stranger)).get(f"/find?q={opened.ref}").location == f"/partners?q={opened.ref}"


def test_the_search_leads_to_the_list_where_several_partners_fit_or_one_by_a_contact_of_it(engine: Engine) -> None:
    of = world(engine)
    directory.owned(engine, of.dana, directory.partner(engine, "acme-cloud", name="Acme Cloud"))
    client = browser(engine, staff(of.dana))
    for typed, leads_to in (("acm", "/partners?q=acm"), ("cloud", "/partners/acme-cloud"), ("Ana", "/partners?q=Ana")):
        assert client.get("/find", query_string={"q": typed}).location == leads_to
    assert "Contact: Ana" in words(client.get("/partners?q=Ana").text)
    assert "Contact:" not in words(client.get("/partners?q=acm").text)


def test_a_number_that_a_partner_has_in_its_name_leads_to_partners_and_names_the_case(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    number = opened.ref.removeprefix("C-")
    directory.partner(sqlite_engine, "numbered", name=f"{number} Systems")
    lena = directory.staff(sqlite_engine, "lena@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(lena))
    found = client.get(f"/find?q={number}")
    assert found.location == f"/partners?q={number}"
    assert f'<a href="/cases/{opened.ref}">Case {opened.ref} has this number</a>' in client.get(found.location).text


def test_a_case_sought_by_the_reference_it_had_before_a_merge_says_that_it_was_merged(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    gone, stays = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    merge(of, gone, stays)
    client = browser(sqlite_engine, staff(of.dana))
    for typed in (gone.ref, gone.ref.lower(), gone.ref.removeprefix("C-")):
        led = client.get("/find", query_string={"q": typed}, follow_redirects=True)
        assert led.request.path == f"/cases/{stays.ref}"
        assert f"{gone.ref} was merged into this case." in words(led.text)


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ("Acme", 303, ""),
        ("acm", 303, ""),
        ("acme", 303, ""),
        ("c", 422, "“c” may mean several partners. Write the key of one: Acme (acme); Acme Cloud (acme-cloud)"),
        ("Nobody Ltd", 422, "There is no such partner among those you may see."),
    ],
)
def test_a_silence_takes_the_name_of_a_partner(sqlite_engine: Engine, typed: str, status: int, says: str) -> None:
    of = world(sqlite_engine)
    if "several" in says:
        directory.partner(sqlite_engine, "acme-cloud", name="Acme Cloud")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {
        "csrf_token": token(client.get("/silences").text),
        "partner": typed,
        "reason": "A fair.",
        "until": "2026-03-20",
    }
    sent = client.post("/silences", data=form)
    assert sent.status_code == status, words(sent.text)
    assert says in words(sent.text)
    assert len(rows(of, "silence")) == (status == 303)


def test_of_many_partners_those_whose_name_begins_so_come_first_beside_all_else_that_is_wrong(
    sqlite_engine: Engine,
) -> None:
    world(sqlite_engine)
    for number in range(6):
        directory.partner(sqlite_engine, f"a-{number}", name=f"A {number} Nordic")
    directory.partner(sqlite_engine, "z-1", name="Nordic Zinc")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": "nordic", "reason": "", "until": "2026-01-20", "csrf_token": token(client.get("/silences").text)}
    told = words(client.post("/silences", data=form).text)
    assert "Write the key of one: Nordic Zinc (z-1); A 0 Nordic (a-0)" in told
    assert "And 2 more: write more of the name." in told
    assert "Say why." in told
    assert told.count("wonders where the alerts are") == 1, "the hint under the field says it"
    assert refusal("until_past") in told


def test_a_silence_offers_the_partners_that_its_author_may_see_while_they_fit_a_list(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)

    def offered(of_whom: StaffView) -> list[str]:
        page = browser(sqlite_engine, staff(of_whom)).get("/silences").text
        assert ('list="partners"' in page) == ("<datalist" in page)
        return re.findall(r'<option value="([^"]+)"></option>', page)

    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    assert offered(pia) == ["Acme", "Brisk"]
    assert offered(of.dana) == ["Acme"]
    for number in range(silence_pages.MOST_OFFERED):
        directory.partner(sqlite_engine, f"m-{number}", name=f"M {number}")
    assert offered(pia) == []


def test_one_of_several_partners_that_may_be_meant_is_chosen_by_a_tap(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.partner(sqlite_engine, "acme-cloud", name="Acme Cloud")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": "ac", "reason": "A fair.", "until": "2026-03-20", "touchpoint": ""}
    form["csrf_token"] = token(client.get("/silences").text)
    several = client.post("/silences", data=form)
    offered = re.findall(r'name="partner-meant" value="([^"]+)"[^>]*>([^<]+)<', several.text)
    assert offered == [("acme", "Acme (acme)"), ("acme-cloud", "Acme Cloud (acme-cloud)")]
    chosen = client.post("/silences", data={**form, "partner-meant": "acme-cloud"})
    assert chosen.status_code == 200
    for kept in ('value="acme-cloud"', "A fair.</textarea>", 'value="2026-03-20"'):
        assert kept in chosen.text
    assert "partner-meant" not in chosen.text
    assert rows(of, "silence") == []  # it is chosen, and looked at once more


def test_a_line_of_those_to_hand_over_that_may_mean_several_is_chosen_by_a_tap(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.partner(sqlite_engine, "acme-cloud", name="Acme Cloud")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    typed = {"from": "", "to": str(of.luis.id), "partners": "brisk\nac", "cases": "finish"}
    several = client.get("/transfers", query_string=typed).text
    assert [name for _, name in re.findall(r'href="([^"]+)">(Acme[^<]* \([^<]+)</a>', several)] == [
        "Acme (acme)",
        "Acme Cloud (acme-cloud)",
    ]
    path = re.findall(r'href="([^"]+)">Acme \(acme\)</a>', several)[0].replace("&amp;", "&")
    after = client.get(path).text
    assert re.findall(r'name="partners" value="([^"]*)" checked', after) == ["acme", "brisk"]
    assert "What would move to Luis Ferro" in after
    assert 'value="finish" checked' in after


def test_part_of_a_name_means_that_partner_and_not_one_whose_contact_is_called_so(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.partner(sqlite_engine, "b-1", name="Brandt Systems")
    directory.contact(sqlite_engine, of.brisk, "lena@brisk.example", name="Lena Brandt")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": "bRANDT", "reason": "A fair.", "until": "2026-03-20"}
    sent = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert sent.status_code == 303, words(sent.text)
    assert "Brandt Systems" in words(client.get("/silences").text)


def test_part_of_a_name_means_nobody_while_more_partners_are_found_than_are_looked_at(sqlite_engine: Engine) -> None:
    world(sqlite_engine)
    directory.partner(sqlite_engine, "a-1", name="A Brandt")
    for number in range(50):
        partner = directory.partner(sqlite_engine, f"m-{number}", name=f"M {number}")
        directory.contact(sqlite_engine, partner, f"lena@m{number}.example", name="Lena Brandt")
    directory.partner(sqlite_engine, "z-1", name="Z Brandt")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": "Brandt", "reason": "A fair.", "until": "2026-03-20"}
    sent = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert sent.status_code == 422
    assert "may mean several partners" in words(sent.text)


@pytest.mark.parametrize(("namesakes", "status"), [(1, 303), (2, 422)])
def test_a_name_typed_whole_means_its_partner_however_many_others_mention_it(
    sqlite_engine: Engine, namesakes: int, status: int
) -> None:
    of = world(sqlite_engine)
    for number in range(55):
        partner = directory.partner(sqlite_engine, f"m-{number}", name=f"Aa Trading {number}")
        directory.contact(sqlite_engine, partner, f"lena@m{number}.example", name="Zorro Vega")
    for number in range(namesakes):
        directory.partner(sqlite_engine, f"z-{number}", name="Zorro")
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": "zorro", "reason": "A fair.", "until": "2026-03-20"}
    sent = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert sent.status_code == status, words(sent.text)
    assert len(rows(of, "silence")) == (status == 303)


@pytest.mark.parametrize("typed", ["x" * 50_000, "%" * 25_001, "\U0001f600" * 12_600])
def test_what_no_name_can_be_is_refused(sqlite_engine: Engine, typed: str) -> None:
    world(sqlite_engine)
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    client = browser(sqlite_engine, staff(pia))
    form = {"partner": typed, "reason": "A fair.", "until": "2026-03-20"}
    sent = client.post("/silences", data={**form, "csrf_token": token(client.get("/silences").text)})
    assert sent.status_code == 422


def test_partners_are_handed_over_by_name(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    shown = words(browser(sqlite_engine, staff(pia)).get(f"/transfers?to={of.luis.id}&partners=Acme&cases=move").text)
    assert "What would move to Luis" in shown
    assert "1 partner" in shown


def test_a_promise_of_a_closed_case_is_given_to_a_colleague_who_is_told(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    dana = staff_actor(of.dana)
    service.promise(engine.work, dana, opened.id, "A second reviewer", date(2026, 3, 20))
    service.close(engine.work, dana, opened.id, outcome="settled", root_cause="late")
    cleo = directory.staff(engine, "cleo@ours.example", name="Cleo Park", team=of.dana.team_id)
    client = browser(engine, staff(of.dana))
    page = client.get(f"/cases/{opened.ref}").text
    [promise] = rows(of, "promise")
    form = {"csrf_token": token(page), "revision": str(case(of, opened.id).revision)}
    form |= {"give-promise-id": str(promise.id), "give-promise-owner": str(cleo.id)}
    sent = client.post(f"/cases/{opened.ref}/give-promise", data=form)
    assert sent.status_code == 303, words(sent.text)
    assert [row.owner_id for row in rows(of, "promise")] == [cleo.id]
    assert told(of, "mentioned") == [cleo.id]
    assert "A second reviewer" in words(browser(engine, staff(cleo)).get("/my").text)
    assert "A second reviewer" not in words(client.get("/my").text)
    assert "@Cleo Park keeps this promise from now on: A second reviewer" in words(
        client.get(f"/cases/{opened.ref}").text
    )


def test_whoever_goes_away_is_led_to_handing_open_cases_to_their_deputy(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    going = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    alone = words(client.get("/handover").text)
    assert "new cases still come to you. Enter it . What you have already is handed" in alone
    away(of, of.dana, of.luis, from_days=10)
    leads = "You have 1 open case. Hand it to Luis Ferro"
    assert leads in words(client.get("/account").text)
    assert leads not in words(client.get("/my").text), "there is time"
    of.later(days=4)
    told = "You will be away from 19 Mar 2026 to 26 Mar 2026; Luis Ferro receives your new cases."
    assert f"{told} {leads}" in words(client.get("/my").text)
    page = client.get("/handover").text
    assert f"{told} What you have already is handed over here; it goes at once" in words(page)
    assert f'<option value="{of.luis.id}" selected>' in page
    form = {"csrf_token": token(page), "to": str(of.luis.id), "case": [going.ref]}
    client.post("/handover", data=form)
    assert "receives your new cases" not in words(client.get("/my").text), "nothing is left to hand over"


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (False, "Luis Ferro, your deputy, is away in that time, too: choose somebody else."),
        (
            True,
            "Luis Ferro, your deputy, can take no cases any more: choose somebody else. Nobody stands in for you: new "
            "cases go where their route leads next.",
        ),
    ],
)
def test_a_deputy_who_is_away_or_gone_is_said_to_be_and_offered_for_nothing(
    sqlite_engine: Engine, gone: bool, says: str
) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    away(of, of.dana, of.luis)
    if gone:
        with of.engine.work.begin(actor=staff_actor(priya)) as uow:
            disable_staff(uow, of.luis.id, priya.id)
    else:
        away(of, of.luis, priya, days=2, from_days=1)
    client = browser(sqlite_engine, staff(of.dana))
    for path in ("/account", "/my", "/handover"):
        page = client.get(path).text
        assert f"You are away from 9 Mar 2026 to 16 Mar 2026. {says}" in words(page), path
        assert "Luis Ferro receives" not in words(page), path
        assert "Hand it to" not in words(page), path
    assert f'<option value="{of.luis.id}" selected>' not in client.get("/handover").text


def test_open_cases_are_handed_to_the_deputy_before_a_week_away(engine: Engine) -> None:
    of = world(engine)
    going, staying = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    dana = staff_actor(of.dana)
    service.promise(engine.work, dana, going.id, "A second reviewer", date(2026, 3, 20))
    client = browser(engine, staff(of.dana))
    account = words(client.get("/account").text)
    assert "Cases and promises that you have already stay with you" in account
    assert "You have 2 open cases with 1 promise. Hand them over" in account
    page = client.get("/handover")
    assert "It does not come back by itself" in words(page.text)
    form = {"csrf_token": token(page.text), "to": str(of.luis.id), "case": [going.ref]}
    after = client.get(client.post("/handover", data=form).location)
    assert "1 case is with Luis Ferro now." in words(after.text)
    owners = {each.id: each.owner.name for each in (case(of, going.id), case(of, staying.id)) if each.owner}
    assert owners == {going.id: of.luis.name, staying.id: of.dana.name}
    assert [row.owner_id for row in rows(of, "promise")] == [of.luis.id]
    assert '<script src="' in after.text  # which counts the ten seconds
    assert "You have 1 open case. Hand it over" in words(client.get("/account").text)
    undo = re.search(r'action="(/handover/undo)".*?name="picks" value="([^"]+)".*?Undo', after.text)
    assert undo is not None
    back = client.post(undo[1], data={"csrf_token": form["csrf_token"], "picks": undo[2]})
    assert "1 case is as it was before." in words(client.get(back.location).text)
    assert {each.owner.id for each in (case(of, going.id), case(of, staying.id)) if each.owner} == {of.dana.id}
    assert [row.owner_id for row in rows(of, "promise")] == [of.dana.id]
    again = client.post(undo[1], data={"csrf_token": form["csrf_token"], "picks": undo[2]})
    assert f"{going.ref}: " in words(client.get(again.location).text)  # and why not
    nobody = client.post("/handover", data={"csrf_token": form["csrf_token"], "to": str(of.luis.id)})
    assert nobody.status_code == 422
    assert "Choose at least one case." in words(nobody.text)
