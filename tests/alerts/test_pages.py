"""The pages of the alliance team: what they show, to whom, and that nothing typed is ever lost."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from alerts import reading, service
from alerts.views import CaseView
from alerts.web.showing import shortened
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.paging import cursor_of
from tests.alerts.builders import World, case, joined, merge, open_case, split, staff_actor, world
from tests.alerts.site import browser, staff, token, words
from tests.directory import builders as directory


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, words(response.text)
    return response.text


def send(client: FlaskClient, opened: CaseView, form: str, revision: int | str, status: int = 303, **typed: str) -> str:
    """Send one of the forms of a case, as its page would; returns the page that follows."""
    csrf = token(page(client, f"/cases/{opened.ref}"))
    fields = {f"{form}-{name}": value for name, value in typed.items()}
    response = client.post(f"/cases/{opened.ref}/{form}", data={"csrf_token": csrf, "revision": revision, **fields})
    assert response.status_code == status, words(response.text)
    return page(client, response.location) if status == 303 else response.text


def danas_case(engine: Engine) -> tuple[World, CaseView, FlaskClient]:
    """The world, the case that a score of 3 opened for Dana, and Dana at her browser."""
    of = world(engine)
    return of, open_case(of, 3), browser(engine, staff(of.dana))


# ---- Monday


def test_the_monday_page_begins_with_what_is_due(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3, wants_contact=True)
    open_case(of, 10, touchpoint="training.held")
    shown = words(page(browser(sqlite_engine, staff(of.dana)), "/my"))
    assert "Good morning, Dana" in shown
    assert "Review Acme" in shown
    assert opened.ref in shown
    assert "8 working hours left" in shown
    assert "+351 21 555 0142" in shown
    assert shown.index("Review Acme") < shown.index("Say thank you") < shown.index("Thank Acme")


@pytest.mark.parametrize(
    ("hours", "greeting"),
    [(0, "Good morning"), (2, "Good afternoon"), (8, "Good evening")],  # 10:12, 12:12 and 18:12 in Rome
)
def test_the_greeting_follows_the_readers_own_clock(sqlite_engine: Engine, hours: int, greeting: str) -> None:
    of = world(sqlite_engine)
    of.later(hours=hours)
    assert greeting in words(page(browser(sqlite_engine, staff(of.dana)), "/my"))


def test_somebody_without_partners_reads_what_to_do(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    new = directory.staff(sqlite_engine, "new@ours.example", name="Nia")
    assert "No partner is yours" in words(page(browser(sqlite_engine, staff(new)), "/my"))
    assert of


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Nine working days.", "Nine working days."),
        ("x" * 90, "x" * 90),  # the longest that stays whole
        ("x" * 91, "x" * 89 + "…"),  # one word: nowhere to cut it but within
        ("Long: " + "x" * 100, "Long: " + "x" * 83 + "…"),  # cut before the word, next to nothing would be left
        ("x" * 80 + " yyyyy zzzzz", "x" * 80 + " yyyyy…"),  # cut at a blank
        ("x" * 80 + " yyyyyyyy zzz", "x" * 80 + " yyyyyyyy…"),  # the last letter that fits ends a word
        ("x" * 80 + " yyyyyy,\nzzz", "x" * 80 + " yyyyyy…"),  # no mark before the dots
    ],
)
def test_a_long_comment_is_cut_in_lists_behind_a_word(said: str, shown: str) -> None:
    assert shortened(said) == shown


def test_the_page_of_a_partner_offers_what_can_be_done_there(sqlite_engine: Engine) -> None:
    world(sqlite_engine)
    directory.partner(sqlite_engine, "nobodys", name="Nobody's")
    olga = browser(sqlite_engine, staff(directory.staff(sqlite_engine, "olga@ours.example", "program_owner")))
    owned, unowned = page(olga, "/partners/acme"), page(olga, "/partners/nobodys")
    assert re.search(r'<h2 id="cases">Cases</h2><a[^>]*>Keep its alerts quiet for a while</a></header>', owned)
    assert ("Hand it over" in owned, "Hand it over" in unowned) == (True, False)


# ---- inbox


def test_each_view_counts_and_shows_its_cases(engine: Engine) -> None:
    of = world(engine)
    first = open_case(of, 3)
    open_case(of, 2, touchpoint="training.held")
    service.acknowledge(engine.work, staff_actor(of.dana), first.id)
    service.close(engine.work, staff_actor(of.dana), first.id, outcome="settled", root_cause="late")
    other = open_case(of, 1, partner=of.brisk)
    client = browser(engine, staff(of.dana))
    shown = words(page(client, "/inbox"))
    assert "Needs review 1 Mine 1 Asked to help 0 Team 1 Overdue or due soon 0 Cases put aside 0 Closed 1" in shown
    assert other.ref not in shown  # Luis is in another team
    assert "closed by us as settled" in words(page(client, "/inbox?view=closed"))
    assert "Nothing is overdue or due soon" in words(page(client, "/inbox?view=breaching"))
    of.later(hours=5)  # 15:12, so three working hours are left
    assert "3 working hours left" in words(page(client, "/inbox?view=breaching"))
    of.later(days=2)
    assert "overdue by 29 h" in words(page(client, "/inbox"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inbox?view=lost", 404),
        ("/inbox?cursor=rubbish", 422),
        ("/inbox?view=mine&cursor=WyJhIiwiYiJd", 422),  # two parts that are no instant and no id
        ("/cases/C-99999", 404),
        ("/cases/nonsense", 404),
    ],
)
def test_an_address_that_leads_nowhere_says_so(sqlite_engine: Engine, path: str, status: int) -> None:
    of = world(sqlite_engine)
    page(browser(sqlite_engine, staff(of.dana)), path, status)


def test_a_long_list_is_walked_by_pages_without_gap_or_repeat(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    refs = set()
    for number in range(52):
        of.later(minutes=1)
        refs.add(open_case(of, 3, touchpoint=f"touchpoint.{number}").ref)
    client = browser(sqlite_engine, staff(of.dana))
    seen: list[str] = []
    path = "/inbox"
    while path:
        shown = page(client, path)
        seen += [part.split("?")[0] for part in shown.split('href="/cases/')[1:]]
        links = [part.split('"')[0] for part in shown.split('href="')[1:] if "cursor=" in part.split('"')[0]]
        path = links[-1].replace("&amp;", "&") if links else ""
    listed = [ref for ref in seen if ref in refs]
    assert set(listed) == refs
    # The third pane names the first case once more on every page.
    assert len(listed) == 52 + 2


def test_the_inbox_counts_in_the_navigation_are_ones_own_open_cases(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    open_case(of, 3)
    open_case(of, 3, partner=of.brisk)
    with sqlite_engine.work.read() as view:
        assert reading.count_mine(view, staff(of.dana)) == 1


def test_what_is_tagged_as_needing_review_is_what_the_view_counts_and_lists(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, staff(directory.staff(engine, "pia@ours.example", role="program_owner")))
    team = words(page(client, "/inbox?view=team"))
    assert "Needs review 1" in team
    assert "Dana Keller · needs review" in team  # somebody else's case is told with its holder
    review = words(page(client, "/inbox?view=review"))
    assert opened.ref in review
    assert "which nobody has acknowledged since" in review
    assert "It needs review until somebody acknowledges it" in words(page(client, f"/cases/{opened.ref}"))
    service.acknowledge(engine.work, staff_actor(of.dana), opened.id)
    team = words(page(client, "/inbox?view=team"))
    assert "Needs review 0" in team
    assert "needs review" not in team


def test_thank_yous_stand_behind_those_who_wait_and_never_alarm(engine: Engine) -> None:
    of = world(engine)
    thanks = open_case(of, 10, touchpoint="training.held")
    of.later(days=8)
    late = open_case(of, 3)
    of.later(days=3)
    client = browser(engine, staff(of.dana))
    shown = page(client, "/inbox?view=mine")
    told = words(shown)
    assert told.index(late.ref) < told.index(thanks.ref)
    assert "overdue" in told.partition(thanks.ref)[0]
    assert "was due 8 days ago" in told
    assert shown.count('class="clock late"') == 1
    assert "Sort, thank-yous last:" in told
    monday = words(page(client, "/my"))
    assert monday.index("Overdue or due by tomorrow") < monday.index("Thank Acme")
    assert "No case of yours is due before" not in monday
    assert "Say thank you" not in monday  # it is overdue, and stands among what is due
    assert "was due 8 days ago" in words(page(client, f"/cases/{thanks.ref}"))


def test_what_is_drawn_as_past_its_time_is_what_is_counted_as_that(engine: Engine) -> None:
    of = world(engine)
    thanks = open_case(of, 10, touchpoint="training.held")
    of.later(days=8)
    late, paused = open_case(of, 3), open_case(of, 3, touchpoint="ticket.closed")
    service.pause(engine.work, staff_actor(of.dana), paused.id, reason="awaiting_partner", text="They are away.")
    of.later(days=3)
    shown = page(browser(engine, staff(of.dana)), "/inbox?view=breaching")
    assert "Overdue or due soon 2" in words(shown)
    assert re.findall(r'data-row="([^"]+)"', shown) == [late.ref, thanks.ref]  # both say since when


def test_what_is_close_to_its_time_is_so_by_the_calendar_of_its_own_clock(engine: Engine) -> None:
    of = world(engine)
    kenji = directory.staff(engine, "kenji@ours.example", "program_owner", name="Kenji", time_zone="Asia/Tokyo")
    directory.owned(engine, kenji, of.brisk)
    of.later(hours=16)  # Tuesday 02:12 in Rome, 10:12 in Tokyo
    opened = open_case(of, 3, partner=of.brisk)
    of.later(hours=5)  # 07:12 in Rome, 15:12 in Tokyo: it is due tomorrow at 10:12 there
    shown = words(page(browser(engine, staff(kenji)), "/inbox?view=breaching"))
    assert (opened.ref in shown, "3 working hours left" in shown) == (True, True)


def walked(of: World, **order: bool) -> list[str]:
    """The cases of Dana's team as a program reads them, two on a page."""
    seen: list[str] = []
    after: tuple[object, ...] | None = None
    with of.engine.work.read() as view:
        wanted = reading.inbox_filter(view, staff(of.dana), "team", **order)
        while True:
            found = reading.list_cases(view, wanted, after, limit=2)
            seen += [row.ref for row in found.rows]
            if found.next_cursor is None:
                return seen
            after = cursor_of({"cursor": found.next_cursor}, 2)


def test_a_list_of_both_kinds_is_walked_without_gap_or_repeat(engine: Engine) -> None:
    of = world(engine)
    refs = set()
    for number in range(5):
        of.later(minutes=1)
        refs.add(open_case(of, 3 if number % 2 else 10, touchpoint=f"touchpoint.{number}").ref)
    seen = walked(of)
    assert len(seen) == 5
    assert set(seen) == refs


def test_a_list_sorted_by_severity_has_the_gravest_first_on_all_its_pages(engine: Engine) -> None:
    of = world(engine)
    thanks = [open_case(of, 10, touchpoint="touchpoint.thanked").ref]
    normal = [open_case(of, 8, touchpoint=f"touchpoint.call.{n}", wants_contact=True).ref for n in range(3)]
    of.later(days=1)  # so the grave ones are due last
    grave = [open_case(of, 3, touchpoint=f"touchpoint.low.{n}").ref for n in range(3)]
    seen = walked(of, gravest_first=True)
    assert (set(seen[:3]), set(seen[3:6]), seen[6:]) == (set(grave), set(normal), thanks)
    client = browser(engine, staff(of.dana))
    shown = page(client, "/inbox?view=team&sort=severity")
    assert re.findall(r'data-row="([^"]+)"', shown) == seen
    assert "Sort, thank-yous last: time left waiting longest severity, then time left" in words(shown)
    assert [words(shown).count(f"severity {each} · C-") for each in ("high", "normal", "low")] == [3, 3, 1]
    assert "view=team&amp;sort=severity" in with_the_order_kept(client)


def test_closed_cases_stand_by_the_time_of_their_closing_whatever_order_is_asked_for(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    service.close(of.engine.work, staff_actor(of.dana), open_case(of, 3).id, outcome="settled", root_cause="late")
    shown = page(browser(sqlite_engine, staff(of.dana)), "/inbox?view=closed&sort=severity")
    assert 'class="narrowed' not in shown
    assert "sort=severity" not in shown.partition('<section class="list"')[2]


def with_the_order_kept(client: FlaskClient) -> str:
    """The inbox after the order by severity was kept as a view."""
    data = {"csrf_token": token(page(client, "/account")), "name": "Gravest"}
    return page(client, client.post("/inbox/views?view=team&sort=severity", data=data).location)


def test_nothing_is_said_of_a_call_before_somebody_chose_it(sqlite_engine: Engine) -> None:
    _, opened, client = danas_case(sqlite_engine)
    shown = page(client, f"/cases/{opened.ref}")
    assert re.search(r'name="log-contact-[^>]* checked', shown) is None
    assert "Choose how it went." in words(send(client, opened, "close", opened.revision, 422, root_cause="late"))
    assert "Choose how it went." in words(send(client, opened, "log-contact", opened.revision, 422, channel="call"))


# ---- a case


def test_a_case_shows_why_it_came(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3, wants_contact=True)
    shown = words(page(browser(sqlite_engine, staff(of.dana)), f"/cases/{opened.ref}"))
    assert "Why it came to me" in shown
    assert "The rule “Low score” fired: 3 is below 7. Severity: high." in shown
    assert "The rule “Wants a call” fired: they asked to be called. Severity: normal." in shown
    assert "It went to Dana Keller as the owner of this partner." in shown
    assert "Contact by Tue 10 Mar, 10:12 (09:12 in Lisbon)" in shown
    assert "8 working hours left" in shown
    assert "The clock runs on working days, 09:00 to 17:00 in Rome." in shown
    colleague = directory.staff(sqlite_engine, "cleo@ours.example", name="Cleo", team=of.team)
    assert "Why it came to Dana Keller" in words(page(browser(sqlite_engine, staff(colleague)), f"/cases/{opened.ref}"))


def test_a_case_is_worked_through_its_forms(engine: Engine) -> None:
    of, opened, client = danas_case(engine)
    assert "Acknowledged." in words(send(client, opened, "acknowledge", 1))
    send(client, opened, "note", 2, text="Ask first.")
    send(client, opened, "log-contact", 3, channel="call", outcome="talked", text="A good talk.")
    shown = words(send(client, opened, "close", 4, outcome="settled", root_cause="late", text="Three days."))
    assert "closed by us as settled" in shown
    assert "Dana Keller closed the case: Settled · Decision late" in shown
    assert "Ask first." in shown
    shown = words(send(client, opened, "reopen", 5, text="They called again."))
    assert "Waiting for somebody to look." in shown
    given = words(send(client, opened, "assign", 6, owner=str(of.luis.id)))
    assert "The case has a new owner, who is told in a moment." in given
    assert case(of, opened.id).owner == of.luis
    assert "The case is yours now." in words(send(client, opened, "assign", 7, owner=str(of.dana.id)))


def test_a_form_that_meets_a_change_shows_it_and_keeps_what_was_typed(engine: Engine) -> None:
    of, opened, client = danas_case(engine)
    service.note(engine.work, staff_actor(of.luis), opened.id, "I know <them> well.")
    shown = send(client, opened, "close", 1, 409, outcome="not_settled", root_cause="late", text="My long <story>.")
    assert "The case changed since you opened it" in shown
    assert "Luis Ferro noted" in shown
    assert "I know &lt;them&gt; well." in shown
    assert "My long &lt;story&gt;." in shown
    assert 'value="not_settled" checked' in shown
    assert '<option value="late" selected>' in shown
    assert 'name="revision" value="2"' in shown  # sending it again says: I have seen that
    assert case(of, opened.id).is_open
    send(client, opened, "close", 2, outcome="not_settled", root_cause="late", text="My long <story>.")
    assert not case(of, opened.id).is_open


def test_a_form_with_a_fault_leads_to_its_field_and_keeps_what_was_typed(sqlite_engine: Engine) -> None:
    _, opened, client = danas_case(sqlite_engine)
    shown = send(client, opened, "close", 1, 422, outcome="settled", text="My story.")
    assert 'href="#close-root_cause"' in shown
    assert 'aria-invalid="true"' in shown
    assert "My story." in shown
    assert 'href="#note-text"' in send(client, opened, "note", 1, 422, text=" ")
    assert 'href="#assign-owner"' in send(client, opened, "assign", 1, 422, owner="")


@pytest.mark.parametrize("revision", ["", "x", "-1", "1.5", "9" * 30, "١"])
def test_a_form_without_a_revision_of_ours_changes_nothing(sqlite_engine: Engine, revision: str) -> None:
    of, opened, client = danas_case(sqlite_engine)
    send(client, opened, "acknowledge", revision, 422)
    assert case(of, opened.id).state == "new"


def test_a_form_needs_its_token(sqlite_engine: Engine) -> None:
    _, opened, client = danas_case(sqlite_engine)
    assert client.post(f"/cases/{opened.ref}/acknowledge", data={"revision": 1}).status_code == 400


def test_a_viewer_reads_but_does_not_act(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    vera = directory.staff(sqlite_engine, "vera@ours.example", name="Vera", role="viewer")
    client = browser(sqlite_engine, staff(vera))
    shown = page(client, f"/cases/{opened.ref}")
    assert "Log call" not in shown
    data = {"csrf_token": token(page(client, "/account")), "revision": 1}
    assert client.post(f"/cases/{opened.ref}/acknowledge", data=data).status_code == 403
    assert case(of, opened.id).state == "new"


def test_the_pages_read_in_italian(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana, "it"))
    assert "È scattata la regola «Punteggio basso»: 3 è sotto 7. Gravità: alta." in words(
        page(client, f"/cases/{opened.ref}")
    )
    assert "Buongiorno, Dana" in words(page(client, "/my"))
    assert "per tempo rimasto" in words(page(client, "/inbox"))


# ---- who may see


@pytest.mark.parametrize(
    ("reader", "sees"),
    [
        ("owner", True),
        ("colleague of the owner's team", True),
        ("manager of another team", False),
        ("manager without team", False),
        ("somebody the case was given to", True),
        ("program owner", True),
        ("viewer", True),
        ("admin", True),
    ],
)
def test_a_foreign_case_is_as_absent_as_one_that_never_was(sqlite_engine: Engine, reader: str, sees: bool) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    member = _reader(of, opened, reader)
    client = browser(sqlite_engine, staff(member))
    shown = client.get(f"/cases/{opened.ref}")
    assert (shown.status_code == 200) == sees
    listed = client.get("/inbox?view=team").text
    assert (opened.ref in listed) == sees
    if not sees:
        absent = client.get("/cases/C-99999")
        assert (shown.status_code, words(shown.text)) == (absent.status_code, words(absent.text))
        data = {"csrf_token": token(page(client, "/account")), "revision": 1}
        assert client.post(f"/cases/{opened.ref}/acknowledge", data=data).status_code == 404


def _reader(of: World, opened: CaseView, reader: str) -> StaffView:
    match reader:
        case "owner":
            return of.dana
        case "colleague of the owner's team":
            return directory.staff(of.engine, "cleo@ours.example", team=of.team)
        case "manager of another team":
            return directory.staff(of.engine, "mo@ours.example", team=directory.team(of.engine, "Others"))
        case "manager without team":
            return of.luis
        case "somebody the case was given to":
            service.assign(of.engine.work, staff_actor(of.dana), opened.id, of.luis.id)
            return of.luis
        case "program owner":
            return directory.staff(of.engine, "po@ours.example", role="program_owner")
        case _:
            return directory.staff(of.engine, "x@ours.example", role=reader)


def test_the_page_of_a_partner_shows_its_cases(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    shown = words(page(browser(sqlite_engine, staff(of.dana)), "/partners/acme"))
    assert f"{opened.ref} deal.approved" in shown
    assert "8 working hours left" in shown


# ---- webhooks


def test_an_address_is_added_its_secret_shown_once_and_switched_off(sqlite_engine: Engine) -> None:
    boss = directory.staff(sqlite_engine, "boss@ours.example", role="admin", name="Boss")
    client = browser(sqlite_engine, staff(boss))
    csrf = token(page(client, "/admin/webhooks"))
    made = client.post("/admin/webhooks", data={"csrf_token": csrf, "name": "CRM", "url": "https://crm.example.com/h"})
    assert made.status_code == 201
    assert "whsec_" in made.text
    again = page(client, "/admin/webhooks")
    assert "CRM" in again
    assert "whsec_" not in again
    twice = client.post("/admin/webhooks", data={"csrf_token": csrf, "name": "CRM", "url": "https://crm.example.com/h"})
    assert twice.status_code == 409
    wrong = client.post("/admin/webhooks", data={"csrf_token": csrf, "name": "", "url": "ftp://crm.example.com/<b>"})
    assert wrong.status_code == 422
    assert "ftp://crm.example.com/&lt;b&gt;" in wrong.text
    off = next(part.split('"')[0] for part in again.split('action="')[1:] if "/disable" in part.split('"')[0])
    assert client.post(off, data={"csrf_token": csrf}).status_code == 303
    assert "Off" in words(page(client, "/admin/webhooks"))


@pytest.mark.parametrize("role", ["program_owner", "alliance_manager", "viewer"])
def test_only_an_admin_manages_webhooks(sqlite_engine: Engine, role: str) -> None:
    member = directory.staff(sqlite_engine, "x@ours.example", role=role)
    assert browser(sqlite_engine, staff(member)).get("/admin/webhooks").status_code == 403


def test_a_gift_that_was_taken_back_is_no_reason_why_a_case_is_somebodys(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    dana = browser(sqlite_engine, staff(of.dana))
    assert "Dana Keller gave it to Luis Ferro" in words(dana.get(f"/cases/{opened.ref}").text)
    service.undo(sqlite_engine.work, staff_actor(of.dana), opened.id)
    assert "Since then" not in words(dana.get(f"/cases/{opened.ref}").text)
    service.assign(sqlite_engine.work, staff_actor(of.luis), opened.id, of.luis.id)
    assert "Since then: Luis Ferro took it" in words(dana.get(f"/cases/{opened.ref}").text)


def test_why_a_case_came_to_its_owner_is_told_on_after_a_split_and_after_a_merge(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    alerts = joined(of)
    service.assign(sqlite_engine.work, staff_actor(of.dana), opened.id, of.luis.id)
    luis = browser(sqlite_engine, staff(of.luis))
    told = "Since then: Dana Keller gave it to Luis Ferro"

    def why(one: CaseView) -> str:
        return words(luis.get(f"/cases/{one.ref}").text)

    part = split(of, opened, alerts)
    assert told in why(opened)
    assert told in why(part)
    merge(of, opened, part)
    assert told in why(part)
