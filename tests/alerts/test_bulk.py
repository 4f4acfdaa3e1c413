"""Many cases at once, a list narrowed by its address, and addresses kept: what the inbox does behind its keys."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from alerts import reading, service
from alerts.casework import bulk
from alerts.casework.bulk import Pick, act_on_many, undo_many
from alerts.casework.flow import Acknowledge, Close, Dismiss, Snooze
from alerts.clocks.snoozing import snoozed_until
from alerts.regrouping.merging import refusal_words
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from tests.alerts.builders import World, case, open_case, staff_actor, world
from tests.alerts.site import browser, staff, token, words
from tests.directory import builders as directory

LARGEST_COOKIE = 4093


def pick(opened: CaseView) -> Pick:
    return Pick(opened.ref, opened.revision)


def shown(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, words(answer.text)
    return answer.text


def post(client: FlaskClient, path: str, **form: object) -> str:
    """Send a form as the inbox would; the page that follows."""
    data = {"csrf_token": token(shown(client, "/account")), **form}
    answer = client.post(path, data=data)
    assert answer.status_code == 303, words(answer.text)
    return shown(client, answer.location)


def picks(*opened: CaseView) -> list[str]:
    return [f"{each.ref}:{each.revision}" for each in opened]


def many(of: World, count: int) -> list[CaseView]:
    return [open_case(of, 3, touchpoint=f"touchpoint.{number}") for number in range(count)]


# ---- each for itself


def test_each_case_is_done_or_refused_for_itself(engine: Engine) -> None:
    of = world(engine)
    first, moved, closed, foreign = *many(of, 3), open_case(of, 1, partner=of.brisk)
    luis, dana = staff_actor(of.luis), staff_actor(of.dana)
    service.assign(engine.work, luis, moved.id, of.luis.id)
    service.close(engine.work, dana, closed.id, outcome="settled", root_cause="late")
    results = act_on_many(
        engine.work,
        dana,
        staff(of.dana),
        [pick(first), pick(moved), Pick(closed.ref, 2), pick(foreign), Pick("C-99999", 1)],
        lambda case, now: Close("settled", "late"),
    )
    absent = "There is no such case among those you may see. Search for the partner instead."
    assert [(each.revision, each.refused) for each in results] == [
        (2, ""),
        (None, "It changed since you chose it: Luis Ferro took the case."),
        (None, "The case is closed. Reopen it first, and say why."),
        (None, absent),  # somebody else's reads like one that never was
        (None, absent),
    ]
    assert case(of, first.id).outcome == "settled"
    assert case(of, foreign.id).state == "new"


def test_a_recovery_and_a_thank_you_do_not_end_alike(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    chosen = [open_case(of, 3), open_case(of, 10, touchpoint="training.held")]
    by, close = staff_actor(of.dana), Close("settled", "late")
    results = act_on_many(
        sqlite_engine.work, by, staff(of.dana), [pick(each) for each in chosen], lambda case, now: close
    )
    assert [each.refused for each in results] == [
        "",
        "A case of this kind does not end like that; choose another outcome.",
    ]


def test_a_morning_is_that_of_each_partner(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    chosen = [open_case(of, 3), open_case(of, 3, partner=of.brisk)]
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")

    def action_for(each: CaseView, now: object) -> Snooze:
        until = snoozed_until("tomorrow", of.now, each.partner_zone or "Asia/Kolkata")
        return Snooze(until)  # type: ignore[arg-type]

    act_on_many(sqlite_engine.work, staff_actor(pia), staff(pia), [pick(each) for each in chosen], action_for)
    hours = [case(of, each.id).snoozed_until for each in chosen]
    assert [at.hour * 60 + at.minute for at in hours if at] == [9 * 60, 3 * 60 + 30]  # Lisbon, Kolkata


@pytest.mark.parametrize("count", [0, bulk.MOST_CASES + 1])
def test_none_or_too_many_change_nothing(sqlite_engine: Engine, count: int) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    chosen = [pick(opened), *(Pick(f"C-{number}", 1) for number in range(count - 1))][:count]
    with pytest.raises(Invalid):
        act_on_many(sqlite_engine.work, staff_actor(of.dana), staff(of.dana), chosen, lambda case, now: Dismiss("test"))
    assert case(of, opened.id).state == "new"


def test_a_whole_bulk_is_taken_back_but_not_what_moved_on(engine: Engine) -> None:
    of = world(engine)
    chosen = many(of, 3)
    by, viewer = staff_actor(of.dana), staff(of.dana)
    done = act_on_many(engine.work, by, viewer, [pick(each) for each in chosen], lambda case, now: Acknowledge())
    service.note(engine.work, staff_actor(of.luis), chosen[1].id, "I know them.")
    back = undo_many(engine.work, by, viewer, [Pick(each.ref, each.revision or 0) for each in done])
    assert [each.refused for each in back] == ["", "It changed since you chose it: Luis Ferro noted.", ""]
    assert [case(of, each.id).state for each in chosen] == ["new", "acknowledged", "new"]


def test_what_was_given_away_out_of_sight_can_still_be_taken_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3, partner=of.brisk)
    client = browser(sqlite_engine, staff(of.luis))
    page = post(client, "/inbox/act?view=mine", deed="assign", pick=picks(opened), **{"bulk-owner": str(of.dana.id)})
    assert "1 case went to Dana Keller." in words(page)
    assert case(of, opened.id).owner == of.dana
    assert "1 case is as it was before." in words(post(client, "/inbox/undo?view=mine", picks=f"{opened.ref}:2"))
    assert case(of, opened.id).owner == of.luis
    colleague = browser(sqlite_engine, staff(of.dana))
    data = {"csrf_token": token(shown(colleague, "/account")), "revision": 3}
    assert colleague.post(f"/cases/{opened.ref}/undo", data=data).status_code == 404  # not hers to see, nor to undo


# ---- the page


def test_who_got_the_cases_is_named_beside_those_that_did_not_go(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    chosen = many(of, 3)
    service.assign(sqlite_engine.work, staff_actor(of.luis), chosen[2].id, of.luis.id)
    client = browser(sqlite_engine, staff(of.dana))
    picked = [*picks(*chosen[:2]), f"{chosen[2].ref}:2"]
    page = post(client, "/inbox/act?view=team", deed="assign", pick=picked, **{"bulk-owner": str(of.luis.id)})
    assert "2 cases went to Luis Ferro." in words(page)
    assert f"{chosen[2].ref} Acme: They have the case already; choose somebody else." in words(page)


def test_a_bulk_says_what_became_of_each_and_can_be_taken_back(engine: Engine) -> None:
    of = world(engine)
    chosen = many(of, 3)
    service.note(engine.work, staff_actor(of.luis), chosen[2].id, "Mine.")
    client = browser(engine, staff(of.dana))
    page = post(
        client, "/inbox/act?view=mine&severity=high", deed="dismiss", pick=picks(*chosen), **{"bulk-reason": "test"}
    )
    told = words(page)
    assert "2 cases dismissed." in told
    assert "1 case was refused and stays as it is:" in told
    assert f"{chosen[2].ref} Acme: It changed since you chose it: Luis Ferro noted." in told
    assert '/inbox/undo?view=mine&amp;severity=high"' in page
    client.get(f"/cases/{chosen[2].ref}")
    again = words(shown(client, "/inbox"))
    assert ["2 cases dismissed. Undo" in again, "Before that" in again, "was refused" in again] == [True, False, False]
    back = post(client, "/inbox/undo?view=mine", picks=f"{chosen[0].ref}:2 {chosen[1].ref}:2")
    assert "2 cases are as they were before." in words(back)
    assert [case(of, each.id).state for each in chosen] == ["new"] * 3


def test_a_deed_can_be_taken_back_after_another_while_its_minute_lasts(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    chosen = many(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    post(client, "/inbox/act?view=team", deed="assign", pick=picks(*chosen), **{"bulk-owner": str(of.luis.id)})
    of.later(seconds=20)
    lacking = post(client, "/inbox/act?view=team", deed="dismiss", pick=f"{chosen[0].ref}:2")
    assert "Before that: 3 cases went to Luis Ferro." in words(lacking)
    page = post(client, "/inbox/act?view=team", deed="acknowledge", pick=f"{chosen[0].ref}:2")
    assert "Before that: 2 cases went to Luis Ferro." in words(page)  # on the first more was done
    assert f'value="{chosen[1].ref}:2 {chosen[2].ref}:2"' in page
    assert 'data-fades="38"' in page
    back = post(client, "/inbox/undo?view=team", picks=f"{chosen[1].ref}:2 {chosen[2].ref}:2")
    assert f"Before that: {chosen[0].ref} Acme: 1 case acknowledged." in words(back)
    of.later(minutes=1)
    assert "Before that" not in post(client, "/inbox/act?view=team", deed="acknowledge", pick=f"{chosen[1].ref}:3")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"deed": "dismiss", "bulk-reason": ""}, "Choose a reason."),
        ({"deed": "close", "bulk-outcome": ""}, "Choose how it went."),
        ({"deed": "snooze", "bulk-until": "whenever"}, "Choose until when."),
        ({"deed": "snooze", "bulk-until": "tomorrow", "bulk-day": "2026-02-30"}, "There is no such day."),
        ({"deed": "snooze", "bulk-until": "tomorrow", "bulk-day": "9999-12-31"}, "This date is out of range"),
        ({"deed": "assign", "bulk-owner": ""}, "Choose somebody on staff who works on cases."),
        ({"deed": "explode"}, "Choose what shall be done with the cases."),
        ({"deed": "acknowledge", "pick": ["nonsense"]}, "Load the list anew, then choose."),
        ({"deed": "acknowledge", "pick": []}, "Choose at least one case."),
    ],
)
def test_a_deed_that_lacks_something_changes_nothing_and_keeps_the_choice(
    sqlite_engine: Engine, form: dict[str, object], says: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    page = post(browser(sqlite_engine, staff(of.dana)), "/inbox/act?view=mine", **{"pick": picks(opened), **form})
    assert says in words(page)
    assert case(of, opened.id).state == "new"
    assert (f'value="{opened.ref}:1"' in page and " checked>" in page) == ("pick" not in form)


def test_whoever_gives_cases_away_reads_beforehand_for_whose_team_they_count_then(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    many(of, 2)
    page = words(shown(browser(sqlite_engine, staff(of.dana)), "/inbox?view=mine"))
    assert "Each case then counts for their team, with all it has been so far." in page


def test_what_is_lacking_is_said_at_its_field_where_selection_and_choices_stand_still(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = many(of, 2)
    client = browser(sqlite_engine, staff(of.dana))
    page = post(client, "/inbox/act?view=mine", deed="close", pick=picks(first), **{"bulk-outcome": "settled"})
    assert "1 case was refused and stays as it is:" in words(page)
    assert f'value="{first.ref}:1" aria-label="Select Acme, {first.ref}" checked>' in page
    assert f'value="{second.ref}:1" aria-label="Select Acme, {second.ref}">' in page
    assert page.count('<details class="act" name="deed" open>') == 1
    assert '<option value="settled" selected>' in page
    assert '<span class="wrong" id="bulk-root_cause-error">Choose the root cause' in page
    assert "For what holds nothing to settle, such as a test, there is Dismiss." in words(page)
    assert " checked>" not in shown(client, "/inbox?view=mine")  # once


def test_the_root_cause_of_a_selection_is_not_that_of_the_thank_yous_in_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    thanks, recovery = open_case(of, 10, touchpoint="training.held"), open_case(of, 3)
    closing = {"bulk-outcome": "no_action", "bulk-root_cause": "late"}
    client = browser(sqlite_engine, staff(of.dana))
    post(client, "/inbox/act?view=mine", deed="close", pick=picks(thanks, recovery), **closing)
    ended = [case(of, each.id) for each in (thanks, recovery)]
    assert [(each.state, each.root_cause) for each in ended] == [("closed", None), ("closed", "late")]


def test_two_selected_cases_of_one_company_lead_to_where_they_are_merged(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    thanks, recovery = open_case(of, 10, touchpoint="training.held"), open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    assert 'value="merge" data-key="2"' in shown(client, "/inbox?view=mine")
    for chosen in (picks(thanks, recovery), picks(recovery, thanks)):
        page = post(client, "/inbox/act?view=mine", deed="merge", pick=chosen)
        head = page.partition('<h1 id="case-heading">')[2]
        assert head.startswith(f'Acme</h1><span class="muted"><span class="nowrap">{thanks.ref}<')  # the lighter goes
        assert '<details class="act" name="act" open><summary role="button" class="second" data-key="2"' in page
        assert f'value="{recovery.ref}" selected' in page


def test_of_two_alike_the_older_is_to_stay_unless_one_has_it_go_instead(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    older, newer = many(of, 2)
    client = browser(sqlite_engine, staff(of.dana))
    page = post(client, "/inbox/act?view=mine", deed="merge", pick=picks(newer, older))
    assert f'value="{older.ref}" selected' in page
    assert f"Let {newer.ref} stay, and {older.ref} go into it" in words(page)
    other_way = f"/cases/{older.ref}?into={newer.ref}&view=mine"
    assert f'href="{other_way.replace("&", "&amp;")}"' in page
    assert f'value="{newer.ref}" selected' in shown(client, other_way)


def test_a_case_that_was_merged_meanwhile_is_not_merged_again_from_a_list_that_is_old(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    chosen = picks(first, second)
    service.merge(of.engine.work, staff_actor(of.dana), second.id, first.id)
    page = post(browser(sqlite_engine, staff(of.dana)), "/inbox/act?view=mine", deed="merge", pick=chosen)
    assert refusal_words("merge_closed") in words(page)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ([0], "Two cases of one partner are merged at a time: choose two."),
        ([0, 1, 2], "Two cases of one partner are merged at a time: choose two."),
        ([0, 2], "These cases are of different partners; only cases of one company can be merged."),
        ([], "Choose at least one case."),
    ],
)
def test_selected_cases_that_cannot_be_merged_say_why(sqlite_engine: Engine, chosen: list[int], says: str) -> None:
    of = world(sqlite_engine)
    opened = [*many(of, 2), open_case(of, 3, partner=of.brisk)]
    pia = directory.staff(sqlite_engine, "pia@ours.example", role="program_owner")
    page = post(
        browser(sqlite_engine, staff(pia)),
        "/inbox/act?view=team",
        deed="merge",
        pick=picks(*(opened[number] for number in chosen)),
    )
    assert says in words(page)
    assert page.count(" checked>") == len(chosen)


def test_many_are_put_aside_until_a_day_of_ones_own(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    chosen = {"deed": "snooze", "bulk-until": "tomorrow", "bulk-day": "2026-03-20"}
    post(browser(sqlite_engine, staff(of.dana)), "/inbox/act?view=mine", pick=picks(opened), **chosen)
    assert case(of, opened.id).snoozed_until == datetime(2026, 3, 20, 9, tzinfo=UTC)  # nine in Lisbon


def test_a_hundred_refusals_fit_into_the_cookie(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    data = {"csrf_token": token(shown(client, "/account")), "deed": "acknowledge"}
    before, opened = (every := many(of, 100))[:50], every[50:]
    post(client, "/inbox/act?view=mine", deed="acknowledge", pick=picks(*before))  # these can be taken back still
    for each in opened:
        service.assign(sqlite_engine.work, staff_actor(of.luis), each.id, of.luis.id)
    chosen = [*picks(*opened), *(f"C-{10_000_000 + number * 7919}:1" for number in range(50))]
    answer = client.post("/inbox/act?view=mine", data={**data, "pick": chosen})
    assert len(answer.headers["Set-Cookie"]) < LARGEST_COOKIE
    assert words(shown(client, answer.location)).count("There is no such case among those you may see.") == 50


def test_a_viewer_selects_nothing(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(directory.staff(sqlite_engine, "vera@ours.example", role="viewer")))
    assert 'name="pick"' not in shown(client, "/inbox?view=team")
    data = {"csrf_token": token(shown(client, "/account")), "deed": "acknowledge", "pick": picks(opened)}
    assert client.post("/inbox/act", data=data).status_code == 403


# ---- filters and saved views


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"low", "praise", "brisk"}),
        ("severity=high", {"low", "brisk"}),
        ("severity=low", {"praise"}),
        ("tier=Gold", {"low", "praise"}),
        ("touchpoint=training.held", {"praise"}),
        ("owner=luis", {"brisk"}),
        ("owner=nobody", set()),
        ("q=acm", {"low", "praise"}),
        ("q=ACME", {"low", "praise"}),
        ("q=%25", set()),  # a sign of the database's own searching is a letter like others
        ("q=ref", {"brisk"}),
        ("severity=high&tier=Gold&q=acme", {"low"}),
        ("tier=Nickel", set()),
    ],
)
def test_the_address_narrows_the_list(engine: Engine, query: str, found: set[str]) -> None:
    of = world(engine)
    opened = {
        "low": open_case(of, 3),
        "praise": open_case(of, 10, touchpoint="training.held"),
        "brisk": open_case(of, 3, partner=of.brisk),
    }
    client = browser(engine, staff(directory.staff(engine, "pia@ours.example", role="program_owner")))
    written = query.replace("owner=luis", f"owner={of.luis.id}").replace("q=ref", f"q={opened['brisk'].ref.lower()}")
    page = shown(client, f"/inbox?view=team&{written}")
    assert {name for name, each in opened.items() if f'data-row="{each.ref}"' in page} == found
    if query and not found:
        assert "No case is like that" in words(page)


@pytest.mark.parametrize("query", ["severity=awful", "owner=me", "q=a%00b", "q=" + "x" * 101])
def test_a_filter_that_cannot_be_read_says_so(sqlite_engine: Engine, query: str) -> None:
    of = world(sqlite_engine)
    shown(browser(sqlite_engine, staff(of.dana)), f"/inbox?{query}", 422)


def test_a_view_is_kept_for_the_person_alone(engine: Engine) -> None:
    of = world(engine)
    dana, luis = browser(engine, staff(of.dana)), browser(engine, staff(of.luis))
    page = post(dana, "/inbox/views?view=team&severity=high&q=acme&cursor=x&evil=1", name="  High   ones ")
    assert 'href="/inbox?view=team&amp;severity=high&amp;q=acme" aria-current="page">High ones</a>' in page
    assert "High ones" not in shown(luis, "/inbox")
    with engine.work.read() as view:
        [kept] = reading.saved_views(view, of.dana.id)
    data = {"csrf_token": token(shown(luis, "/account"))}
    assert luis.post(f"/inbox/views/{kept.id}/remove", data=data).status_code == 404
    assert "The view is forgotten" in words(post(dana, f"/inbox/views/{kept.id}/remove"))
    assert "High ones" not in shown(dana, "/inbox")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Give the view a name of 1 to 60 characters."),
        ("x" * 61, "Give the view a name of 1 to 60 characters."),
        ("Mine", "You have a view of this name already; choose another name."),
    ],
)
def test_a_view_without_a_name_of_its_own_is_refused(sqlite_engine: Engine, name: str, says: str) -> None:
    of = world(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    post(client, "/inbox/views?view=mine&severity=high", name="Mine")
    assert says in words(post(client, "/inbox/views?view=team&severity=low", name=name))
    with sqlite_engine.work.read() as view:
        assert len(reading.saved_views(view, of.dana.id)) == 1


def test_as_many_views_are_kept_as_can_be_read(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    for number in range(20):
        post(client, f"/inbox/views?view=mine&q={number}", name=f"View {number}")
    assert "You keep 20 views already" in words(post(client, "/inbox/views?view=mine&q=x", name="One more"))


# ---- the forms of a case


def send(client: FlaskClient, opened: CaseView, form: str, revision: int, status: int = 303, **typed: str) -> str:
    fields = {f"{form}-{name}": value for name, value in typed.items()}
    data = {"csrf_token": token(shown(client, "/account")), "revision": revision, **fields}
    answer = client.post(f"/cases/{opened.ref}/{form}?view=mine", data=data)
    assert answer.status_code == status, words(answer.text)
    return shown(client, answer.location) if status == 303 else answer.text


def test_a_case_is_paused_goes_on_and_is_put_aside(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, staff(of.dana))
    told = words(send(client, opened, "pause", 1, reason="agreed_date", text="After the fair.", until="2026-03-12"))
    assert "paused, 8 working hours left" in told
    assert "A later date was agreed, until Thu 12 Mar, 10:00 (09:00 in Lisbon)" in told
    assert "Go on" in told
    assert "Pause the clock" not in told
    of.later(days=1)
    assert "paused, 8 working hours left" in words(shown(client, "/inbox?view=mine"))
    told = words(send(client, opened, "resume", 2))
    assert "8 working hours left" in told
    assert "paused, 8 working hours left" not in told
    told = words(send(client, opened, "snooze", 3, until="next_monday"))
    assert "Put aside until Mon 16 Mar, 10:00 (09:00 in Lisbon)" in told
    assert "Cases put aside 1" in told
    assert "back Mon 16 Mar, 10:00" in words(shown(client, "/inbox?view=snoozed"))
    assert "dismissed" in words(send(client, opened, "dismiss", 4, reason="test", text="A drill."))


@pytest.mark.parametrize(
    ("form", "typed", "anchor"),
    [
        ("pause", {"reason": "holiday", "text": "x"}, "pause-reason"),
        ("pause", {"reason": "agreed_date", "text": " "}, "pause-text"),
        ("pause", {"reason": "agreed_date", "text": "x", "until": "tomorrow"}, "pause-until"),
        ("pause", {"reason": "agreed_date", "text": "x", "until": "2026-03-01"}, "pause-until"),
        ("pause", {"reason": "agreed_date", "text": "x", "until": "9999-12-31"}, "pause-until"),
        ("snooze", {"until": ""}, "snooze-until"),
        ("dismiss", {}, "dismiss-reason"),
    ],
)
def test_a_wrong_choice_leads_to_its_field(
    sqlite_engine: Engine, form: str, typed: dict[str, str], anchor: str
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    page = send(browser(sqlite_engine, staff(of.dana)), opened, form, 1, 422, **typed)
    assert f'href="#{anchor}"' in page
    assert case(of, opened.id).state == "new"


def test_the_step_can_be_taken_back_by_who_took_it_while_nothing_followed(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    client = browser(engine, staff(of.dana))
    page = send(client, opened, "dismiss", 1, reason="test")
    assert f'action="/cases/{opened.ref}/undo?view=mine"' in page
    assert 'name="revision" value="2"' in page
    assert "The case is as it was before." in words(send(client, opened, "undo", 2))
    assert case(of, opened.id).state == "new"
    assert "The case changed since you opened it." in words(send(client, opened, "undo", 2))  # not twice
    assert 'role="status"' in send(client, opened, "note", 3, text="Said.")
    assert "/undo" not in shown(client, f"/cases/{opened.ref}")  # what was said stays said
    assert "cannot be taken back" in words(send(client, opened, "undo", 4))


def test_the_list_a_reader_came_from_stays_with_the_case(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    listed = shown(client, "/inbox?view=team&severity=high&q=acme")
    path = f"/cases/{opened.ref}?view=team&severity=high&q=acme"
    assert path.replace("&", "&amp;") in listed
    data = {"csrf_token": token(shown(client, "/account")), "revision": 1}
    answer = client.post(f"/cases/{opened.ref}/acknowledge?{urlsplit(path).query}", data=data)
    assert answer.location == path
