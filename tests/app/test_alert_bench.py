"""The alert bench as its readers meet it: page, command and endpoint, on a program that was live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import event as on
from sqlalchemy.engine import make_url

from alerts import published
from alerts.trial.departures import departures
from feedback_engine.app import program
from feedback_engine.app.cli import main
from feedback_engine.app.program_draft import text_in_force
from tests.app.benched import AT, BENCH, FILE, benched, posted, press, words_of
from tests.app.program_texts import STARTER, line_of
from tests.contents import contents_of
from tests.installation import Installation

EAGER = FILE.replace("question: nps, below: 7", "question: nps, below: 9")
HOLE = line_of("alerts/alerts.yaml", "otherwise: touchpoint_owner")
EMPTY_TEAM = FILE.replace("otherwise: touchpoint_owner", "otherwise: team:Nobody yet")


@pytest.fixture(scope="module")
def furnished(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with benched(migrated_sqlite, tmp_path_factory.mktemp("bench")) as installation:
        yield installation


@pytest.fixture(scope="module")
def priya(furnished: Installation) -> requests.Session:
    """The browser of an admin."""
    return furnished.signed_in("priya@northwind.example")


def test_the_page_tries_the_alerts_in_force_and_finds_no_difference(
    furnished: Installation, priya: requests.Session
) -> None:
    page = priya.get(furnished.address + BENCH, timeout=30).text
    assert ">8<" in page  # the answers
    assert "The draft would have done on these answers what the live alerts did." in page
    assert "Whoever had trouble with support hears from the partner&#39;s owner" in page.replace("’", "&#39;")


def test_a_draft_is_tried_and_nothing_is_written(furnished: Installation, priya: requests.Session) -> None:
    url = furnished.engine.settings.database_url
    before = contents_of(url)
    page = press(furnished, priya, BENCH, EAGER)
    assert (
        "only in the draft: this rule reads differently in the draft" not in page
    )  # nobody gave a 7 or an 8 to this question
    page = press(furnished, priya, BENCH, FILE.replace("at_least: 9", "at_least: 8"))
    after = contents_of(url)
    assert after == before
    assert "Publish this draft" in page


def test_the_page_says_first_how_much_more_or_less_a_draft_makes_and_of_what(
    furnished: Installation, priya: requests.Session
) -> None:
    page = press(furnished, priya, BENCH, FILE.replace("question: nps, below: 7", "question: nps, below: 3"))
    assert "Alerts 5 4 fewer than live Cases opened 4 4 fewer than live Weeks over capacity 0" in page
    assert "Would not recommend us 4 only live · “score below (0–10)”: 7 live, 3 in the draft" in page


def test_the_last_quarter_can_be_chosen_and_a_draft_is_tried_over_it(
    furnished: Installation, priya: requests.Session
) -> None:
    page = words_of(priya.get(f"{furnished.address}{BENCH}?days=last-quarter", timeout=30).text)
    assert "1 Oct 2025 – 31 Dec 2025 · 0 answers" in page
    tried = posted(furnished, priya, BENCH, EAGER, 200, days="last-quarter")
    assert "1 Oct 2025 – 31 Dec 2025 · 0 answers" in words_of(tried)
    assert 'value="last-quarter" aria-current="true"' in tried
    assert 'name="days" value="last-quarter" hidden' in tried, "Enter in a field stays in the quarter"


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (EMPTY_TEAM, f"alerts/alerts.yaml:{HOLE}: Nobody is in the team `Nobody yet`, so nobody would get its cases."),
        (FILE.replace("expect: {to: partner_owner}", "expect: {no_alert: true}"), "does not hold"),
    ],
)
def test_a_draft_with_a_hole_is_tried_but_not_published(
    furnished: Installation, priya: requests.Session, draft: str, wrong: str
) -> None:
    tried = press(furnished, priya, BENCH, draft)
    assert wrong in tried
    assert "Alerts by rule" in tried
    assert "Publish this draft" not in tried
    assert "The draft has a fault" in tried  # nobody wanted to publish it
    assert "It cannot be published yet" not in tried
    refused = press(furnished, priya, f"{BENCH}/publish", draft, status=422)
    assert wrong in refused
    assert "It cannot be published yet" in refused


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        ("rules: [", "alerts/alerts.yaml:1"),
        ("routes: {otherwise: team:Alliances}\nwhatever: 1\n", "The line reads: whatever: 1"),
        ("", "The file is empty."),
        ("x" * 600_000, "longer than any alert file"),
    ],
)
def test_a_text_that_is_no_alert_file_says_what_is_wrong(
    furnished: Installation, priya: requests.Session, draft: str, wrong: str
) -> None:
    assert wrong in press(furnished, priya, BENCH, draft, status=422)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("detractor/below", "few", "Give a whole number from 1 to 10."),
        ("detractor/below", "-1", "Give a whole number from 1 to 10."),
        ("detractor/below", "11", "Give a whole number from 1 to 10."),
        ("detractor/below", "", "Give a whole number from 1 to 10."),
        ("detractor/below", "6.5", "Give a whole number from 1 to 10."),
        ("hard_work/below", "8", "Give a whole number from 2 to 7."),  # effort is told on another scale
        ("hard_work/below", "1", "Give a whole number from 2 to 7."),
    ],
)
@pytest.mark.parametrize("path", [BENCH, f"{BENCH}/publish"])
def test_a_number_that_cannot_be_used_stays_in_its_field_which_says_what_can(
    furnished: Installation, priya: requests.Session, path: str, field: str, typed: str, told: str
) -> None:
    shown = "7" if field == "detractor/below" else "4"
    page = posted(furnished, priya, path, FILE, 422, **{f"set/{field}": typed, f"shown/{field}": shown})
    name = field.replace("/", "-")
    assert f'<a href="#set-{name}">{told}</a>' in page
    assert f'id="set-{name}-error">{told}<' in page
    assert re.search(rf'<input type="number" id="set-{name}" value="{typed}"', page)
    assert f'name="shown/{field}" value="{shown}"' in page
    assert "Alerts by rule" not in page, "nothing is said of other numbers than those in sight"


def test_a_number_that_cannot_be_used_is_refused_before_anything_is_tried(
    furnished: Installation, priya: requests.Session
) -> None:
    looked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        looked.extend([statement] if "FROM alert" in statement else [])

    sql = furnished.engine.database.engine
    on.listen(sql, "before_cursor_execute", note)
    posted(furnished, priya, BENCH, FILE, 422, **{"set/detractor/below": "11", "shown/detractor/below": "7"})
    once = len(looked)  # the page was opened for its button, and tried the alerts in force
    posted(furnished, priya, BENCH, FILE, 200)
    on.remove(sql, "before_cursor_execute", note)
    assert len(looked) == 3 * once > 0


def test_a_quoted_line_shows_its_unseen_signs(furnished: Installation, priya: requests.Session) -> None:
    page = posted(furnished, priya, BENCH, FILE + "\nwhatever: \x1b[31mred\n", 422)
    assert "The line reads: whatever: <U+001B>[31mred" in unescape(page)


def test_a_fault_shows_the_unseen_signs_of_what_it_repeats(furnished: Installation, priya: requests.Session) -> None:
    page = unescape(posted(furnished, priya, BENCH, FILE + "\nwhat\u202eever: red\n", 422))
    assert "Unknown key `what<U+202E>ever`" in page
    assert page.count("\u202e") == 1, "what was typed stays"


def test_a_number_that_cannot_be_used_is_compared_with_none(furnished: Installation, priya: requests.Session) -> None:
    number = {"set/detractor/below": "-1", "shown/detractor/below": "9"}
    page = posted(furnished, priya, BENCH, EAGER, 422, version="of another day", **number)
    assert "Other alerts were published meanwhile." in page
    assert "in the draft" not in words_of(page)


def test_a_number_that_the_file_lost_is_told_beside_the_file(furnished: Installation, priya: requests.Session) -> None:
    gone = FILE.replace("key: detractor", "key: critic")
    page = posted(furnished, priya, BENCH, gone, 422, **{"set/detractor/below": "5", "shown/detractor/below": "7"})
    assert '<a href="#draft">The file has no such number any more. Change it there.</a>' in page


def test_a_score_says_on_which_scale_it_stands(furnished: Installation, priya: requests.Session) -> None:
    page = " ".join(unescape(re.sub(r"<[^>]+>", " ", priya.get(furnished.address + BENCH, timeout=30).text)).split())
    assert "Would not recommend us: score below (0–10)" in page
    assert "Support was hard work: score below (1–7)" in page


def test_a_fault_leads_to_the_number_of_its_line(furnished: Installation, priya: requests.Session) -> None:
    draft = "routes: {otherwise: team:Alliances}\nwhatever: 1\n"
    page = posted(furnished, priya, BENCH, draft, 422)
    assert re.search(r'<a href="#line-2">[^<]*The line reads: whatever: 1</a>', page)
    assert '<b id="line-2">2</b>' in page
    assert 'id="line-1"' not in page


def test_a_sound_draft_is_published_from_the_page(furnished: Installation, priya: requests.Session) -> None:
    draft = FILE.replace("first_contact_hours: 8, resolve_hours: 40", "first_contact_hours: 6, resolve_hours: 40")
    assert "Published. The new alerts are in force." in press(furnished, priya, f"{BENCH}/publish", draft)
    with furnished.engine.work.read() as reading:
        found = published.in_force(reading)
    assert found is not None
    assert found.program.service_levels["recovery"].first_contact_hours == 6
    press(furnished, priya, f"{BENCH}/publish", FILE)


# ---- command


def command(furnished: Installation, *arguments: str) -> tuple[int, str, str]:
    url = make_url(furnished.engine.settings.database_url)
    environment = {
        "FEEDBACK_ENGINE_DATABASE_URL": url.render_as_string(hide_password=False),
        "FEEDBACK_ENGINE_VAR_DIR": str(furnished.engine.settings.var_dir),
    }
    told = CliRunner().invoke(main, ["alerts", "bench", *arguments], env=environment)
    return told.exit_code, told.stdout, told.stderr


PERIOD = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-12-31T00:00:00Z")


def test_the_command_tells_both_sides_and_their_differences(furnished: Installation, tmp_path: Path) -> None:
    (tmp_path / "draft.yaml").write_text(FILE.replace("below: 7}", "below: 3}"), "utf-8")
    code, out, _ = command(furnished, "--file", str(tmp_path / "draft.yaml"), *PERIOD)
    assert code == 0
    assert "only live (this rule reads differently in the draft)" in out
    assert "example holds: Whoever had trouble with support" in out
    code, out, _ = command(furnished, "--file", str(tmp_path / "draft.yaml"), *PERIOD, "--json")
    told = json.loads(out)
    assert told["publishable"] is True
    by_rule = {line["rule"]: (line["draft"]["alerts"], line["live"]["alerts"]) for line in told["rules"]}
    assert by_rule["detractor"] == (3, 7)  # scores 2, 1 and 0 of 3, 2, 4, 5, 6, 1, 0
    assert len(told["differences"]) == 4
    assert all(each["path"].startswith("/cases/C-") for each in told["differences"])


def test_the_command_ends_with_1_and_the_line_for_a_hole(furnished: Installation, tmp_path: Path) -> None:
    (tmp_path / "draft.yaml").write_text(EMPTY_TEAM, "utf-8")
    code, out, err = command(furnished, "--file", str(tmp_path / "draft.yaml"), *PERIOD)
    assert code == 1
    assert f"alerts/draft.yaml:{HOLE}: Nobody is in the team `Nobody yet`" in err
    assert "detractor" in out


def test_a_period_that_ends_before_it_begins_is_refused(furnished: Installation) -> None:
    code, _, err = command(furnished, "--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z")
    assert (code, err) == (1, "The period has to begin before it ends.\n")


def test_a_draft_full_of_faults_is_told_at_once_and_its_first_faults_are_listed(
    furnished: Installation, priya: requests.Session
) -> None:
    empty = "rules:\n" + "  - {}\n" * 5000
    page = posted(furnished, priya, BENCH, empty, 422)
    heading = re.search(r"The draft has [0-9,]+ faults", page)
    assert heading
    assert heading[0] == "The draft has 15,000 faults"
    assert page.count(">alerts/alerts.yaml:") == 50
    assert "And 14,950 more." in page
    headers = {"Authorization": f"Bearer {furnished.api_key('alerts:read')}"}
    address = f"{furnished.address}/api/v1/alerts/bench"
    told = requests.post(address, json={"file": empty}, headers=headers, timeout=30)
    assert (told.status_code, len(told.json()["errors"])) == (422, 50)
    assert told.json()["detail"].endswith("more.")


# ---- endpoint


def test_programs_try_a_draft_too(furnished: Installation) -> None:
    headers = {"Authorization": f"Bearer {furnished.api_key('alerts:read')}"}
    address = f"{furnished.address}/api/v1/alerts/bench"
    told = requests.post(address, json={"file": FILE, "from": "2026-01-01T00:00:00Z"}, headers=headers, timeout=30)
    assert told.status_code == 200
    assert told.json()["differences"] == []
    assert told.json()["answers"] == 8
    wrong = requests.post(address, json={"file": "rules: [", "draft": 1}, headers=headers, timeout=30)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/draft")


def version_on(installation: Installation, session: requests.Session) -> str:
    """The version of the alerts that the page was opened with."""
    page = session.get(installation.address + BENCH, timeout=30).text
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found
    return found[1]


def test_of_two_who_publish_the_second_is_told_and_overwrites_only_when_pressing_again(
    furnished: Installation, priya: requests.Session
) -> None:
    publish, opened = f"{BENCH}/publish", version_on(furnished, priya)
    posted(furnished, priya, publish, EAGER, 200, version=opened)
    other = FILE.replace("at_least: 9", "at_least: 8")
    refused = posted(furnished, priya, publish, other, 409, version=opened)
    assert "at_least: 8" in unescape(refused), "what was typed stays"
    told = words_of(refused)
    assert "Other alerts were published meanwhile. Those in force were published by Priya Raman on 9 Mar" in told
    assert "Would not recommend us · “score below (0–10)”: 9 live, 7 in the draft" in told
    assert "Deserves thanks · “score of at least (0–10)”: 9 live, 8 in the draft" in told
    assert "live 9" in told
    assert "Publish this draft" in told
    with furnished.engine.work.read() as reading:
        assert "below: 9" in text_in_force(reading)
    again = re.search(r'name="version" value="([^"]+)"', refused)
    assert again
    posted(furnished, priya, publish, FILE, 200, version=again[1])


THANKS = FILE[FILE.index("  - key: promoter") : FILE.index("  # No answer causes this one")]


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (FILE, []),
        (FILE.replace(THANKS, ""), [("Deserves thanks", ("only live",))]),
        (
            FILE.replace("en: Deserves thanks", "en: Thanks"),
            [("Thanks", ("“name” holds something else in the draft",))],
        ),
        # The same rules in another order, by which a case takes its first rule.
        (
            FILE.replace(THANKS, "").replace("  - key: detractor", f"{THANKS}  - key: detractor"),
            [("", ("“rules” holds something else in the draft",))],
        ),
        (FILE.replace("after_hours: 8", "after_hours: 9"), [("", ("“escalation” holds something else in the draft",))]),
    ],
)
def test_a_draft_departs_from_what_is_in_force_in_rules_and_parts(
    draft: str, told: list[tuple[str, tuple[str, ...]]]
) -> None:
    live, other = (program.alerts_of(program.load_texts({**STARTER, AT: text})) for text in (FILE, draft))
    assert live is not None
    assert other is not None
    assert [(each.rule, each.what) for each in departures(live, other, {})] == told


def test_a_draft_of_other_alerts_than_those_in_force_says_so_when_it_is_tried(
    furnished: Installation, priya: requests.Session
) -> None:
    opened = version_on(furnished, priya)
    other = FILE.replace("first_contact_hours: 8, resolve_hours: 40", "first_contact_hours: 6, resolve_hours: 40")
    posted(furnished, priya, f"{BENCH}/publish", other, 200)
    told = words_of(posted(furnished, priya, BENCH, EAGER, 200, version=opened))
    assert "Other alerts were published meanwhile." in told
    assert "Would not recommend us · “score below (0–10)”: 7 live, 9 in the draft" in told
    assert "“service_levels” holds something else in the draft" in told
    unreadable = posted(furnished, priya, BENCH, "rules: [", 422, version=opened)
    assert f'name="version" value="{opened}"' in unreadable, "where nothing was compared, nothing was read"
    told = words_of(posted(furnished, priya, f"{BENCH}/publish", other, 409, version=opened))
    assert "Your draft says the same." in told
    posted(furnished, priya, f"{BENCH}/publish", FILE, 200)


def test_a_draft_that_does_not_say_what_it_was_made_on_is_shown_beside_what_is_in_force(
    furnished: Installation, priya: requests.Session
) -> None:
    for path, status in ((BENCH, 200), (f"{BENCH}/publish", 409)):
        told = words_of(posted(furnished, priya, path, EAGER, status, version=""))
        assert "This draft does not say which alerts it was made on." in told
        assert "Would not recommend us · “score below (0–10)”: 7 live, 9 in the draft" in told
    with furnished.engine.work.read() as reading:
        assert "below: 7" in text_in_force(reading)


def test_publishing_what_is_in_force_already_says_so(furnished: Installation, priya: requests.Session) -> None:
    told = press(furnished, priya, f"{BENCH}/publish", FILE)
    assert "Nothing was changed: these alerts are in force already." in told
