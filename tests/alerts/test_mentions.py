"""A note names people with @: only those who may see the case are told, and it stands among their mentions."""

from __future__ import annotations

from uuid import UUID

import pytest

from alerts import reading, service, store
from alerts.casework import mentioning
from alerts.casework.mentions import Person, find_mentions
from alerts.notices import rendering
from feedback_engine.app import pages
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import Actor
from feedback_engine.insights.waiting import what_waits
from tests.alerts.builders import World, case, close, open_case, rows, staff_actor, world
from tests.alerts.site import browser, staff, token, words
from tests.directory import builders as directory

DANA, LUIS, MAX, ANN = (UUID(int=number) for number in range(1, 5))
PEOPLE = (
    Person(DANA, "Dana Keller", "dana@northwind.example", True),
    Person(LUIS, "Luis Ferro", "luis.ferro@northwind.example", False),
    Person(MAX, "Max Straße", "max@northwind.example", True),
    Person(ANN, "Dana-Ann Moe", "ann@northwind.example", True),
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Dana Keller, please look", {"@Dana Keller": DANA}),
        ("please look, @dana.", {"@dana": DANA}),  # the end of a sentence is no part of a name
        ("(@dana@northwind.example)", {"@dana@northwind.example": DANA}),
        ("@DANA KELLER and @max", {"@DANA KELLER": DANA, "@max": MAX}),
        ("@Max Straße!", {"@Max Straße": MAX}),
        ("@Dana-Ann Moe", {"@Dana-Ann Moe": ANN}),
        ("@ann", {"@ann": ANN}),  # by the first part of the address
        ("write to dana@northwind.example", {}),  # an address is no mention
        ("see you @ noon, @5 pm", {}),
        ("", {}),
    ],
)
def test_a_name_is_found_as_people_write_it(text: str, named: dict[str, UUID]) -> None:
    found, unclear = find_mentions(text, PEOPLE)
    assert {text[each.start : each.end]: each.staff_id for each in found} == named
    assert unclear == []


@pytest.mark.parametrize(
    ("text", "reason", "name"),
    [
        ("@nobody", "unknown", "nobody"),
        ("@Danas idea", "unknown", "Danas"),
        ("@dana@elsewhere.example", "unknown", "dana@elsewhere.example"),
        ("@luis", "sees_not", "Luis Ferro"),
    ],
)
def test_a_name_that_cannot_be_told_is_refused(text: str, reason: str, name: str) -> None:
    found, [unclear] = find_mentions(text, PEOPLE)
    assert (found, unclear.reason, unclear.name) == ([], reason, name)


def test_two_of_one_name_have_to_be_told_apart() -> None:
    people = (*PEOPLE, Person(UUID(int=9), "Dana Moe", "moe@northwind.example", True))
    _, [unclear] = find_mentions("@dana", people)
    assert (unclear.reason, unclear.name) == ("several", "dana")
    assert len(find_mentions("@Dana Moe", people)[0]) == 1


def test_who_may_be_mentioned_are_those_who_find_the_case(engine: Engine) -> None:
    of = world(engine)
    for name, role in (("olga", "program_owner"), ("vera", "viewer"), ("ada", "admin")):
        directory.staff(engine, f"{name}@ours.example", role, name=name)
    directory.staff(engine, "tom@ours.example", team=of.team)
    for opened in (open_case(of, 3), open_case(of, 3, partner=of.brisk)):
        service.assign(
            engine.work, staff_actor(of.dana), opened.id, _other(of, opened.owner.id if opened.owner else None)
        )
        with engine.work.read() as view:
            row = store.case_by_id(view, opened.id)
            assert row is not None
            seeing = {each.id for each in mentioning.who_may_see(view, row.partner_id, row.owner_id, row.team_id)}
            everybody = [each for each in mentioning.directory.list_staff(view) if each.active]
            found = {each.id for each in everybody if store.find_visible(view, staff(each), opened.id)}
        assert seeing == found


def test_a_note_offers_colleagues_who_work_on_cases_and_may_see_this_one_but_not_oneself(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    for name, role in (("Olga Ivanova", "program_owner"), ("Vera Blum", "viewer"), ("Tom Reed", "alliance_manager")):
        directory.staff(sqlite_engine, f"{name[:4].strip().lower()}@ours.example", role, name=name)
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{open_case(of, 3).ref}").text
    assert 'data-names="Olga Ivanova"' in page
    assert "To tell colleagues who may see this case: @Olga Ivanova." in words(page)


def _other(of: World, owner_id: UUID | None) -> UUID:
    return of.luis.id if owner_id == of.dana.id else of.dana.id


def _mailed(of: World) -> set[UUID]:
    return {row.recipient_id for row in rows(of, "notification") if row.news == "mentioned" and row.channel == "email"}


def test_a_mention_reaches_whom_it_names_and_nobody_else(engine: Engine) -> None:
    of = world(engine)
    olga = directory.staff(engine, "olga@ours.example", "program_owner", name="Olga Rey")
    directory.staff(engine, "ada@ours.example", "admin", name="Ada Lund")
    opened = open_case(of, 3)
    service.note(engine.work, staff_actor(of.dana), opened.id, "  @Olga Rey and @dana: the desk was closed.")
    assert _mailed(of) == {olga.id}  # Dana wrote it herself
    with engine.work.read() as view:
        mails = [mail for mail in queue.due(view, 10) if mail.recipient_id == olga.id]
        [message] = rendering.render(engine, view, mails).values()
        assert isinstance(message, Message)
        assert "a note mentions you" in message.subject
        assert [reading.count_views(view, staff(who))["mentions"] for who in (olga, of.dana, of.luis)] == [1, 0, 0]


def test_somebody_who_may_not_see_the_case_is_refused_before_anything_is_saved(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    for text, told in (("@luis, look", "Luis Ferro may not see this case"), ("@nobody", "Nobody on staff is called")):
        with pytest.raises(Invalid) as caught:
            service.note(engine.work, staff_actor(of.dana), opened.id, text)
        [fault] = caught.value.faults
        assert (fault.pointer, told in fault.detail) == ("/text", True)
    assert case(of, opened.id).revision == 1
    assert _mailed(of) == set()


def test_a_mention_stands_in_its_view_until_the_case_is_opened(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    olga = directory.staff(sqlite_engine, "olga@ours.example", "program_owner", name="Olga Rey")
    opened = open_case(of, 3)
    dana, client = browser(sqlite_engine, staff(of.dana)), browser(sqlite_engine, staff(olga))
    page = dana.get(f"/cases/{opened.ref}").text
    assert "@Olga Rey" in page  # the hint says who may be mentioned
    form = {"csrf_token": token(page), "revision": 1, "note-text": "<b>@olga</b>, was it the desk?"}
    assert dana.post(f"/cases/{opened.ref}/note", data=form).status_code == 303
    service.close(sqlite_engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late")
    assert opened.ref in client.get("/inbox?view=mentions").text
    assert "Mentions 1" in words(client.get("/inbox").text)
    dana.get(f"/cases/{opened.ref}")  # somebody else opens it
    assert "Mentions 1" in words(client.get("/inbox").text)
    shown = client.get(f"/cases/{opened.ref}").text
    assert "&lt;b&gt;<b>@Olga Rey</b>&lt;/b&gt;, was it the desk?" in shown
    assert "Mentions 0" in words(client.get("/inbox?view=mentions").text)
    assert "No note waits for you" in client.get("/inbox?view=mentions").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Was it the desk? dana@ours.example knows.", "The note is in the timeline."),
        ("@olga, was it the desk?", "The note is in the timeline. Olga Rey finds it under Mentions."),
    ],
)
def test_a_note_that_names_nobody_says_nothing_of_those_it_names(sqlite_engine: Engine, text: str, said: str) -> None:
    of = world(sqlite_engine)
    directory.staff(sqlite_engine, "olga@ours.example", "program_owner", name="Olga Rey")
    opened = open_case(of, 3)
    dana = browser(sqlite_engine, staff(of.dana))
    form = {"csrf_token": token(dana.get(f"/cases/{opened.ref}").text), "revision": 1, "note-text": text}
    shown = words(dana.post(f"/cases/{opened.ref}/note", data=form, follow_redirects=True).text)
    assert said in shown
    assert ("under Mentions" in shown) == ("under Mentions" in said)


def test_my_partners_shows_who_named_its_reader_and_in_which_words_until_they_open_the_case(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    reader = browser(sqlite_engine, staff(of.dana))
    assert "You were mentioned" not in reader.get("/my").text
    priya = directory.staff(sqlite_engine, "priya@ours.example", name="Priya Raman", role="program_owner")
    service.note(sqlite_engine.work, staff_actor(priya), opened.id, "Once more? @Dana Keller, please look.")
    page = reader.get("/my")
    assert f"You were mentioned In the inbox Acme {opened.ref}" in words(page.text)
    assert "Priya Raman: “Once more? @Dana Keller, please look.”" in words(page.text)
    assert f"/cases/{opened.ref}?view=mentions#timeline" in page.text
    reader.get(f"/cases/{opened.ref}")
    assert "You were mentioned" not in reader.get("/my").text


def test_my_partners_says_of_a_program_that_named_its_reader_that_it_is_one(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.note(sqlite_engine.work, Actor("api", "7", "CRM"), opened.id, "@Dana Keller, please look.")
    page = browser(sqlite_engine, staff(of.dana)).get("/my")
    assert "API key CRM: “@Dana Keller, please look.”" in words(page.text)


def test_the_number_beside_inbox_counts_a_case_that_names_its_reader_once_until_they_open_it(engine: Engine) -> None:
    of = world(engine)
    olga = directory.staff(engine, "olga@ours.example", "program_owner", name="Olga Rey")
    opened, shut = open_case(of, 3), open_case(of, 3, touchpoint="training.held")
    close(of, shut)
    for each in (opened, shut):
        service.note(engine.work, staff_actor(of.dana), each.id, "@Olga Rey, once more.")
        service.note(engine.work, staff_actor(olga), each.id, "@Dana Keller, once more.")
    assert pages.unread_counts(engine, staff(of.dana)) == {"inbox": 2}, "her own, and one that is closed and names her"
    assert pages.unread_counts(engine, staff(olga)) == {"inbox": 2}
    with engine.work.read() as view:
        line = ("2 cases wait for you, the number beside Inbox", "/inbox?view=mentions")
        assert line in [(each.words, each.path) for each in what_waits(view, olga)]
    for member in (of.dana, olga):
        browser(engine, staff(member)).get(f"/cases/{shut.ref}")
        assert pages.unread_counts(engine, staff(member)) == {"inbox": 1}
    browser(engine, staff(olga)).get(f"/cases/{opened.ref}")
    assert pages.unread_counts(engine, staff(olga)) == {"inbox": 0}


def test_a_mention_goes_along_with_a_merged_case(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    olga = directory.staff(sqlite_engine, "olga@ours.example", "program_owner", name="Olga Rey")
    first, second = open_case(of, 3), open_case(of, 2, touchpoint="training.held")
    dana = staff_actor(of.dana)
    service.note(sqlite_engine.work, dana, first.id, "@olga")
    before = [row._mapping for row in rows(of, "mention")]
    service.merge(sqlite_engine.work, dana, first.id, second.id)
    assert [row.case_id for row in rows(of, "mention")] == [second.id]
    assert second.ref in browser(sqlite_engine, staff(olga)).get("/inbox?view=mentions").text
    service.undo(sqlite_engine.work, dana, second.id)
    assert [row._mapping for row in rows(of, "mention")] == before
