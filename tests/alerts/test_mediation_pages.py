"""While somebody mediates the page of a case says to each reader who does what next and by when."""

from __future__ import annotations

import re

from alerts import service
from alerts.settling import mediation
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import case, pause, rows, staff_actor
from tests.alerts.settled import (
    DID,
    FOUND,
    close_again,
    closed,
    denied,
    find,
    letters,
    mediated,
    say,
    steering,
    told,
    world,
)
from tests.alerts.site import browser, staff, words
from tests.alerts.test_case_page import said
from tests.directory import builders as directory
from tests.surveys.builders import parts


def test_the_case_says_to_each_reader_who_does_what_next_and_by_when(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    [mediator_id] = told(of, "mediation_began")
    mediator = next(member for member in (henrik, priya, of.luis) if member.id == mediator_id)
    other = next(member for member in (henrik, priya) if member.id != mediator_id)

    def shown(member: StaffView, page: str = "") -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}{page}").text)

    for page in ("", "/mediation"):
        assert "Next is you: speak with the partner and with Dana Keller" in shown(mediator, page)
        assert (
            f"Next is you: give our statement. {mediator.name}, who mediates, needs it to say what they find"
            in shown(of.dana, page)
        )
        assert f"Next is {mediator.name}, who mediates: they speak with both sides" in shown(other, page)
        for reader in (mediator, other):
            assert "The statement of Dana Keller is still awaited; it is needed before the finding." in shown(
                reader, page
            )
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    for page in ("", "/mediation"):
        assert f"Next is {mediator.name}, who mediates: the calls are theirs" in shown(of.dana, page)
        for reader in (of.dana, mediator, other):
            assert "is still awaited" not in shown(reader, page)
    find(of, mediator, shut)
    assert "Next is you: carry out what the mediator finds" in shown(of.dana)
    assert "Next is Dana Keller: they carry out what the mediator finds" in shown(other)


def test_a_reference_in_the_head_of_a_page_does_not_break_behind_its_hyphen(sqlite_engine: Engine) -> None:
    of, _, _, shut = mediated(sqlite_engine)
    client, whole = browser(sqlite_engine, staff(of.dana)), f'<span class="nowrap">{shut.ref}</span>'
    head = client.get(f"/cases/{shut.ref}/mediation").text.partition('<div class="title">')[2]
    assert f"<h1>Mediation in {whole}</h1>" in head
    assert f"The case {whole}</a>" in head
    head = client.get(f"/cases/{shut.ref}").text.partition('id="case-heading"')[2]
    assert head.partition(shut.ref)[0].endswith('<span class="nowrap">')


def test_the_owner_reads_in_the_mails_of_a_conflict_what_the_case_says_is_next(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)

    def told_in(subject: str) -> str:
        [mail] = [each for each in letters(of, "dana@ours.example") if subject in str(each["Subject"])]
        return " ".join(parts(mail)[0].split())

    asked = told_in("it is not settled")
    assert (
        "Next is you: give our statement. Henrik Solberg, who mediates, needs it to say what they find, by Wed" in asked
    )
    assert "After that you close the case anew, by Mon 16 Mar" in asked
    find(of, henrik, shut)
    assert re.search(
        r"carry out what the mediator finds and close the case anew, by \w+ \d+", told_in("mediator finds")
    )


def test_who_does_what_next_in_a_conflict_is_said_once_and_above_the_deeds(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    for ends in (False, True):
        if ends:
            find(of, henrik, shut)
        for reader in (of.dana, henrik):
            page = browser(sqlite_engine, staff(reader)).get(f"/cases/{shut.ref}").text
            above, _, below = page.partition("<article")[2].partition('class="act"')
            assert ("Next is " in above, "Next is " in below) == (True, False)


def test_the_first_deed_on_the_page_of_a_case_is_what_is_really_next_for_its_reader(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)

    def first(member: StaffView) -> str:
        """The deeds that stand out on the page."""
        page = browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text
        deeds = re.findall(r'<(?:summary|a)\b(?=[^>]*role="button")(?![^>]*"second)[^>]*>([^<]*)', page)
        return ", ".join(deed.strip() for deed in deeds)

    assert first(of.dana) == "Give our statement"
    assert first(priya) == ""
    assert first(henrik) == "Log call"
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id, outcome="no_answer")
    assert (first(of.dana), first(henrik)) == ("", "Log call")
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert first(henrik) == "Say what I find"
    find(of, henrik, shut)
    assert first(of.dana) == "Close"


def test_while_somebody_mediates_the_page_says_whose_call_is_due_and_offers_what_is_the_readers(
    sqlite_engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)

    def page(member: StaffView) -> str:
        return browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text

    def in_sight(member: StaffView) -> list[str]:
        """The deeds that stand before *More*."""
        row = page(member).partition('class="further"')[0].partition("<article")[2]
        deeds = re.findall(r'<(?:summary|a|button)\b(?=[^>]*(?:role="button"|class="second"))[^>]*>([^<]*)', row)
        return [deed.strip() for deed in deeds]

    assert in_sight(of.dana) == ["Give our statement", "Note"]
    assert in_sight(henrik) == ["Log call", "Note", "Write"]
    assert "Henrik Solberg calls by " in words(page(of.dana))
    assert "You call by " in words(page(henrik))
    assert "Contact by" not in words(page(of.dana)).partition("Is it settled?")[0].rpartition(shut.ref)[2]
    for deed in ("Log call", "Write", "Assign", "Close", "Dismiss"):  # none of them is lost
        assert re.search(rf">{deed} *<", page(of.dana).partition('class="further"')[2]), deed
    assert case(of, shut.id).state == "reopened"
    mediation.give_statement(sqlite_engine.work, staff_actor(of.dana), shut.id, "I called twice.")
    assert case(of, shut.id).state == "acknowledged"  # whoever gives it has seen the case
    assert in_sight(of.dana) == ["Note"]
    of.later(days=3)
    assert "The call of Henrik Solberg was due " in words(page(of.dana))
    assert "Your call was due " in words(page(henrik))
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert "Settle by " in words(page(of.dana))
    find(of, henrik, shut)
    assert in_sight(of.dana) == ["Close", "Log call", "Note", "Write", "Assign"]


def test_a_case_in_mediation_names_the_day_of_the_call_that_of_the_finding_and_that_of_the_case(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    steering(of)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{denied(of).ref}").text)
    assert re.search(r"Henrik Solberg calls by \w+ \d+ \w+", shown)
    assert re.search(r"Next is you: .* say what they find, by \w+ \d+ \w+", shown)
    assert re.search(r"[.] After that you close the case anew, by Mon 16 Mar", shown)
    head, _, below = shown.partition("Is it settled?")
    assert re.search(r"Henrik Solberg calls by [^)]+[)] Settle by \w+ \d+ \w+", head)
    assert "settled by" not in below.partition("Timeline")[0]


def test_a_time_that_is_over_is_not_told_as_if_it_were_ahead(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)

    def shown(member: StaffView) -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text)

    assert "say what they find, by" in shown(of.dana)
    of.later(days=20)
    for reader, finds in ((henrik, "say what you"), (of.dana, "say what they"), (priya, "say what they")):
        told_to = shown(reader)
        assert f"{finds} find, which was due" in told_to
        assert "the case anew, which was due" in told_to
        assert "Henrik Solberg mediates; the finding was due" in told_to
    find(of, henrik, shut)
    assert "close the case anew, which was due" in shown(of.dana)
    pause(of, shut, "They travel.")
    assert "close the case anew, which was due" in shown(priya)


def test_while_the_clock_stands_still_the_time_does_not_run_out(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    find(of, henrik, shut)
    pause(of, shut, "They travel.")
    of.later(days=60)
    shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text)
    assert "close the case anew, once its clock goes on" in shown


def test_a_mediator_who_has_called_reads_that_the_finding_is_next_and_the_clock_counts_to_it(
    sqlite_engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)

    def shown(member: StaffView, page: str = "") -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}{page}").text)

    assert "log the call, and say what you find" in shown(henrik)
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    for page in ("", "/mediation"):
        assert "Next is you: say what you find, by Wed 11 Mar, 09:12" in shown(henrik, page)
        assert "log the call" not in shown(henrik, page)
    head = shown(henrik).partition("Is it settled?")[0]
    assert "16 working hours left Say what you find by Wed 11 Mar, 09:12 Settle by Mon 16 Mar" in head
    assert "Say what you find" not in shown(of.dana)


def test_the_page_of_a_mediation_names_the_time_of_the_call_until_it_was_made(sqlite_engine: Engine) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)

    def shown(member: StaffView) -> str:
        return words(browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}/mediation").text)

    assert "You call by Tue 10 Mar, 09:12" in shown(henrik)
    assert "Henrik Solberg calls by Tue 10 Mar" in shown(of.dana)
    service.log_contact(sqlite_engine.work, staff_actor(henrik), shut.id)
    assert "call by" not in shown(henrik)
    find(of, henrik, shut)
    assert "calls by" not in shown(of.dana)


def test_after_the_finding_the_case_shows_it_beside_what_is_next_and_says_mediation_no_more(
    sqlite_engine: Engine,
) -> None:
    of, henrik, _, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, staff(of.dana))
    assert "Step 2 of 3: mediation" in words(client.get(f"/cases/{shut.ref}").text)
    assert "waits for our statement" in words(client.get("/inbox?view=mine").text)
    assert "Mediator’s call by" in words(client.get("/inbox?view=mine").text)
    find(of, henrik, shut)
    above = words(client.get(f"/cases/{shut.ref}").text.partition("<article")[2].partition('class="act"')[0])
    assert "Step 2 of 3: mediated" in above
    assert re.search(r"carry out what the mediator finds .* asked again[.]", above)
    assert "Henrik Solberg mediated and found: Meet in person." in above
    listed = words(client.get("/inbox?view=mine").text)
    assert "mediated" in listed
    assert "waits for our statement" not in listed
    assert "Mediator’s call" not in listed


def test_the_words_of_a_partner_stand_under_the_name_of_whoever_said_them_beside_the_letter_they_answer(
    sqlite_engine: Engine,
) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut = closed(of)
    katrin = directory.contact(sqlite_engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    of.later(hours=1)
    said(of, 2, "Too slow.", contact_id=katrin.id)
    [twin] = [case(of, row.id) for row in rows(of, "casework") if row.id != shut.id]
    say(of, browser(sqlite_engine, None), shut, "no", "Again nobody called.")

    def shown(page: str = "") -> str:
        return words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{twin.ref}{page}").text)

    assert f"Ana Silva says of {shut.ref}: it is not settled." in shown()
    theirs, _, ours = shown("/mediation").partition("What we say")
    assert f"Ana Silva says of {shut.ref}: it is not settled." in theirs
    assert f"about {shut.ref} We found {FOUND} We did {DID}" in ours
    find(of, henrik, twin)
    asks = "Write to Katrin Lang and ask whether it is settled"
    not_asked = f"Ana Silva says of {shut.ref}: it is not settled. They are not asked by this; tell them yourself."
    assert not_asked in shown().partition(asks)[2]


def test_who_joins_a_conflict_is_not_given_the_words_of_who_began_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = denied(of, "Nobody called me.")
    katrin = directory.contact(sqlite_engine, of.acme, "katrin@acme.example", name="Katrin Lang")
    of.later(hours=1)
    said(of, 2, "Too slow.", contact_id=katrin.id)
    assert case(of, shut.id).contact == katrin
    for page in ("", "/mediation"):
        shown = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}{page}").text)
        assert "Ana Silva says: it is not settled." in shown


def test_on_the_last_step_the_head_names_whose_contact_it_is_and_the_owner_is_given_nothing_of_theirs(
    sqlite_engine: Engine,
) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)
    client = browser(sqlite_engine, None)
    find(of, henrik, shut)
    close_again(of, shut)
    say(of, client, shut, "no", "Still not.")
    assert (case(of, shut.id).ladder_rung, told(of, "escalated")) == (3, [priya.id])

    def page(member: StaffView) -> str:
        text = browser(sqlite_engine, staff(member)).get(f"/cases/{shut.ref}").text
        return text.partition("<article")[2].partition('id="settled"')[0]

    assert re.search(r"Priya Raman calls by \w+ \d+ \w+, \d", words(page(of.dana)))
    assert re.search(r"You call by \w+ \d+ \w+, \d", words(page(priya)))
    for member, stands_out in ((of.dana, []), (priya, ["Log call"])):
        deeds = re.findall(r'<(?:summary|a)\b(?=[^>]*role="button")(?![^>]*"second)[^>]*>([^<]*)', page(member))
        assert [deed.strip() for deed in deeds] == stands_out
        assert ("Log call" in page(member).partition('class="further"')[0]) == (member is priya)
        assert "Log call" in page(member)


def test_a_case_is_not_offered_to_whoever_mediates_in_it(sqlite_engine: Engine) -> None:
    of, henrik, priya, shut = mediated(sqlite_engine)

    def offered() -> list[str]:
        page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{shut.ref}").text
        [choices] = re.findall(r'<select[^>]*name="assign-owner".*?</select>', page, re.DOTALL)
        return re.findall(r"<option[^>]*>([^<]+)<", choices)[1:]

    assert sorted(offered()) == [of.luis.name, priya.name]
    find(of, henrik, shut)
    assert henrik.name in offered()
