"""The program folder: read with every fault, published whole, written back as it was."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import published as published_alerts
from alerts.definitions import Routes
from feedback_engine.app import program, program_files
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import versions
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.definitions import DefinitionError, load
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys import reading as journeys
from surveys import published as published_surveys
from surveys.sampling.plan import Plan
from tests.app.program_texts import STARTER, changed, faults_of, line_of

# ---- reading


def test_the_starter_is_whole_and_has_nothing_to_warn_about() -> None:
    starter = program.load_starter()
    assert starter.warnings == ()
    assert (starter.program.managed_by, program.load_texts(STARTER).program.managed_by) == ("screen", "files")
    assert {journey.journey for journey in starter.journeys} == {"onboarding", "sales_cycle", "support"}
    assert starter.program.languages == ("en", "it")


SMALLEST = {
    "program.yaml": (
        "name: A\nlanguages: [en]\nsender: {name: Ann, email: ann@a.example}\npostal_address: Here 1\n"
        "five_ws: {who: a, what: b, when: c, where: d, why: e}\n"
        "sampling: {hold: true, quarantine: {since_asked_days: 30}, account_cap: {asks: 5, window_days: 30}}\n"
    ),
    "journeys/support.yaml": (
        "journey: support\nname: Support\nstages:\n  - key: one\n    name: One\n    touchpoints:\n"
        "      - {key: ticket.closed, name: Closed, event: ticket.closed, survey: ticket}\n"
    ),
    "surveys/ticket.yaml": (
        "survey: ticket\ntitle: T\nsubject: S\nintroduction: I\nthanks: Bye\nquestions:\n"
        "  - {key: nps, type: nps, text: Would you?}\n"
    ),
}


def test_one_touchpoint_one_survey_and_three_rules_are_a_complete_program() -> None:
    folder = program.load_texts(SMALLEST)
    rules = Plan.from_body(program.compile_plan(folder)).rules_of("ticket.closed")
    assert rules.survey == "ticket"
    assert rules.hold
    assert folder.warnings == ()


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(SMALLEST)), st.data())
def test_a_spoilt_file_is_read_or_refused_but_never_fails(name: str, data: st.DataObject) -> None:
    text = SMALLEST[name]
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 12)))
    piece = data.draw(
        st.sampled_from(["", "x", ": ", "- ", "[", "{", "'", "\n", "&a ", "!!x ", "null", "1", "true", "  "])
    )
    try:
        folder = program.load_texts({**SMALLEST, name: text[:begin] + piece + text[end:]})
    except DefinitionError as refused:
        lines = [fault.line for fault in refused.definition_faults if fault.file == name]
        assert all(0 <= line <= text.count("\n") + 2 for line in lines)
    else:
        Plan.from_body(program.compile_plan(folder))
        program.bodies(folder)


@pytest.mark.parametrize("line_break", ["\\n", "\\r", "\\r\\n", "\\t"])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("program.yaml", "name: Partner experience", 'name: "Partner{}experience"'),
        ("program.yaml", "name: Partner team", 'name: "Partner{}team"'),
        ("program.yaml", "roles: [operations", 'roles: ["oper{}ations"'),
        ("journeys/support.yaml", "{en: Ticket closed, it:", '{{en: "Ticket{}closed", it:'),
        ("surveys/support.yaml", "{event.reference|Il ticket}", "Il{}ticket"),  # a subject
        ("alerts/alerts.yaml", "otherwise: team:Alliances", 'otherwise: "team:A{}B"'),
    ],
)
def test_a_text_of_one_line_holds_no_line_break(file: str, old: str, new: str, line_break: str) -> None:
    (fault,) = faults_of(changed(file, old, new.format(line_break)))
    assert fault.startswith(f"{file}:{line_of(file, old)}: The text ")
    assert fault.endswith(("Write it on one line.", "Delete it."))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("program.yaml", "postal_address: Example Ltd, ", "postal_address: |\n  Example Ltd\n  "),
        ("program.yaml", "name: Partner team", "name: >\n    Partner\n    team"),  # YAML ends it with a line break
        ("surveys/support.yaml", "introduction:\n", "introduction:\n  de: |\n    Guten Tag\n\n    Sie\n"),
    ],
)
def test_a_longer_text_goes_over_lines(file: str, old: str, new: str) -> None:
    program.load_texts(changed(file, old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("program.yaml", "  why:\n", "  reason:\n", "The key `why` is missing in `five_ws`"),
        ("program.yaml", "languages: [en, it]", "languages: [en, it, en]", "The language `en` stands twice"),
        ("program.yaml", "partners@example.com", "partners", "`partners` is not an e-mail address"),
        ("program.yaml", "Europe/Rome", "Europe/Roma", "`Europe/Roma` is not a time zone"),
        ("program.yaml", "fri: 09:00-17:00", "fri: 17:00-09:00", "`17:00-09:00` is not a span of hours"),
        ("program.yaml", "holidays: IT", "holidays: it", "Did you mean `IT`?"),
        ("program.yaml", "holidays: IT", "holidays: [2026-02-30]", "should be a date such as 2026-01-31"),
        ("program.yaml", "holidays: IT", "holidays: [20260101]", "`20260101` is not a date"),
        ("program.yaml", "calendar: office", "calendar: ofice", "Did you mean `office`?"),
        ("program.yaml", "threshold: 5", "threshold: 3", "`threshold` must be at least 5, not 3"),
        ("program.yaml", "since_asked_days: 30", "since_aksed_days: 30", "Did you mean `since_asked_days`?"),
        ("program.yaml", "    hours: 09:00-17:00\n", "    calendar: home\n", "There is no calendar `home`"),
        ("journeys/support.yaml", "survey: support\n", "survey: suport\n", "Did you mean `support`?"),
        ("journeys/support.yaml", "[technical, operations]", "[tecnical]", "Did you mean `technical`?"),
        ("journeys/support.yaml", "key: ticket.closed", "key: quote.delivered", "quote.delivered"),
        ("journeys/support.yaml", "survey: support", "condition: 'true'", "so it always holds. To ask always, leave"),
        ("journeys/support.yaml", "survey: support", "condition: 'false'", "to ask nobody, leave `survey` out"),
        ("journeys/support.yaml", "survey: support", "condition: 1/0 == 1", "`condition`, line 1, column 2: The"),
        ("journeys/support.yaml", "priority:", "type:", "has a name that conditions cannot use"),
        ("journeys/support.yaml", "reference: string", "refrence: string", "not a declared attribute"),
        ("journeys/support.yaml", "        survey: support", "        sampling: {hold: yes}", "`hold` is text here"),
        ("journeys/sales_cycle.yaml", "!event.renewal", "!event.renewl", "Did you mean `event.renewal`?"),
        ("journeys/sales_cycle.yaml", "!event.renewal", "event.amount > 3", "Write `3.0`"),
        ("surveys/support.yaml", "survey: support", "survey: onboarding", "The survey `onboarding` stands in"),
        ("surveys/support.yaml", "{event.reference|Il ticket}", "{evnt.reference}", "evnt.reference"),
        ("alerts/alerts.yaml", "question: effort", "question: efort", "Did you mean `effort`?"),
        ("alerts/alerts.yaml", "question: effort", "question: comment", "asks for a score under `comment`"),
        ("alerts/alerts.yaml", "    severity: normal", "    touchpoints: [ticket.close]", "Did you mean `ticket"),
        ("alerts/alerts.yaml", "  otherwise: team:Alliances\n", "  otherwise: partner_owner\n", "last resort"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_its_line(file: str, old: str, new: str, says: str) -> None:
    faults = [fault for fault in faults_of(changed(file, old, new)) if says in fault]
    assert faults
    place = re.match(r"([\w./]+):(\d+): ", faults[0])
    assert place is not None
    if place[1] == file and "missing" not in says:
        assert abs(int(place[2]) - line_of(file, old)) <= old.count("\n") + 2


def test_faults_of_all_files_are_told_at_once() -> None:
    texts = changed("program.yaml", "threshold: 5", "threshold: 1")
    texts["journeys/support.yaml"] = texts["journeys/support.yaml"].replace("personas:", "persona:")
    texts["alerts/alerts.yaml"] += "rules: []\n"
    assert [fault.partition(":")[0] for fault in faults_of(texts)] == [
        "alerts/alerts.yaml",
        "journeys/support.yaml",
        "program.yaml",
    ]


def test_a_broken_survey_is_not_called_missing_as_well() -> None:
    assert len(faults_of(changed("surveys/support.yaml", "type: ces", "type: cess"))) == 1


def test_keys_and_routes_stand_once_in_all_files_together() -> None:
    texts = {**STARTER, "alerts/more.yaml": STARTER["alerts/alerts.yaml"]}
    told = "\n".join(faults_of(texts))
    assert "The rule `detractor` stands in alerts/alerts.yaml" in told
    assert "The root cause `slow_decision` stands in" in told
    assert "The routes stand in alerts/alerts.yaml already" in told


def test_a_missing_language_is_a_warning_with_its_line() -> None:
    folder = program.load_texts(
        changed("journeys/support.yaml", "{en: Ticket closed, it: Ticket chiuso}", "{en: Closed}")
    )
    (warning,) = folder.warnings
    assert (warning.file, warning.line) == (
        "journeys/support.yaml",
        line_of("journeys/support.yaml", "name: {en: Ticket"),
    )
    assert "There is no text in it." in warning.message


def test_a_limit_outside_the_scale_is_a_warning() -> None:
    folder = program.load_texts(
        changed("alerts/alerts.yaml", "question: effort, below: 4", "question: effort, below: 8")
    )
    assert "outside the scale of `effort`, 1 to 7" in folder.warnings[0].message


def test_files_that_would_be_overlooked_are_faults(tmp_path: Path) -> None:
    program_files.write_folder(tmp_path / "p", STARTER)
    for name in ("journeys/renewal.yml", "journey/renewal.yaml", "alert.yaml"):
        (tmp_path / "p" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "p" / name).write_text("a: 1\n")
    with pytest.raises(DefinitionError) as refused:
        program.load_folder(tmp_path / "p")
    told = refused.value.message
    assert "journeys/renewal.yml: The file is not read. Let its name end in `.yaml`." in told
    assert "Did you mean `journeys`?" in told
    assert "alert.yaml: The file is not read here." in told


def test_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="feedback-engine init"):
        program.load_folder(tmp_path / "nowhere")
    with pytest.raises(DefinitionError, match=r"program\.yaml: The file is missing"):
        program.load_folder(tmp_path)


def test_hostile_files_in_a_folder_are_refused_quickly(tmp_path: Path) -> None:
    program_files.write_folder(tmp_path / "p", STARTER)
    (tmp_path / "p/surveys/big.yaml").write_bytes(b"a: [" + b"[" * 5_000_000)
    (tmp_path / "p/surveys/bomb.yaml").write_text("a: &a [x]\nb: [*a, *a]\n")
    (tmp_path / "p/surveys/python.yaml").write_text("!!python/object/apply:os.system [x]\n")
    (tmp_path / "p/surveys/latin.yaml").write_bytes(b"survey: citt\xe0\n")
    began = time.process_time()
    with pytest.raises(DefinitionError) as refused:
        program.load_folder(tmp_path / "p")
    assert time.process_time() - began < 5
    told = refused.value.message
    for name in ("big", "bomb", "python", "latin"):
        assert f"surveys/{name}.yaml" in told


# ---- the plan


def test_the_plan_is_the_closure_of_all_that_decides() -> None:
    def version(texts: dict[str, str]) -> str:
        return versions.version_of("plan", program.compile_plan(program.load_texts(texts)))

    before = version(STARTER)
    assert version(dict(reversed(STARTER.items()))) == before
    for file, old, new in (
        ("program.yaml", "since_asked_days: 30", "since_asked_days: 31"),
        ("program.yaml", "roles: [sales,", "roles: [seller, sales,"),
        ("program.yaml", "holidays: IT", "holidays: FR"),
        ("program.yaml", "wed: 09:00-17:00", "wed: 09:00-16:00"),
        ("surveys/support.yaml", "We made it easy", "We made it quite easy"),
        ("journeys/support.yaml", "[technical, operations]", "[technical]"),
    ):
        assert version(changed(file, old, new)) != before, f"{file}: {new}"
    # What decides nothing leaves the plan as it is.
    assert version(changed("program.yaml", "name: Partner experience", "name: Another name")) == before


def test_holidays_are_written_out_as_dates() -> None:
    calendar = program.compile_plan(program.load_starter())["calendars"]["office"]
    assert "2026-04-06" in calendar["holidays"]  # Easter Monday


# ---- publishing


def test_a_program_is_published_whole_and_everybody_reads_it(engine: Engine) -> None:
    publication = program.publish(engine.work, SYSTEM, program.load_starter(), "first")
    assert {(change.kind, change.key) for change in publication.changes} >= {
        ("program", "program"), ("plan", "plan"), ("alerts", "alerts"), ("survey", "support"), ("journey", "support"),
    }  # fmt: skip
    with engine.work.read() as reading:
        assert [journey.journey for journey in journeys.journey_map(reading)] == [
            "onboarding",
            "sales_cycle",
            "support",
        ]
        found = published_surveys.find_in_force(reading, "support")
        alerts = published_alerts.in_force(reading)
        plan = versions.in_force(reading, "plan", "plan")
        teams = [team.name for team in directory.list_teams(reading)]
    assert found is not None
    assert plan is not None
    assert alerts is not None
    rules = Plan.from_body(plan.body, plan.version).rules_of("ticket.closed")
    assert rules.survey_version == found[0]
    assert plan.version == publication.plan_version
    assert alerts.program.calendar == "office"
    assert teams == ["Alliances"]  # the last resort of every case exists


def test_publishing_the_same_again_changes_nothing(engine: Engine, clock: MovedClock) -> None:
    program.publish(engine.work, SYSTEM, program.load_starter())
    clock.advance(timedelta(days=1))
    again = program.publish(engine.work, SYSTEM, program.load_starter())
    assert again.changes == ()
    with engine.work.read() as reading:
        assert len(versions.history(reading, "plan", "plan")) == 1


def test_only_what_changed_gets_a_new_activation(sqlite_engine: Engine) -> None:
    program.publish(sqlite_engine.work, SYSTEM, program.load_texts(STARTER))
    edited = program.load_texts(changed("surveys/support.yaml", "was it easy?", "how easy was it?"))
    publication = program.publish(sqlite_engine.work, SYSTEM, edited, "softer")
    assert [(change.kind, change.key, change.what) for change in publication.changes] == [
        ("survey", "support", "changed"),
        ("plan", "plan", "changed"),
    ]


def test_what_is_taken_out_is_gone_and_may_come_back(sqlite_engine: Engine, clock: MovedClock) -> None:
    work = sqlite_engine.work
    program.publish(work, SYSTEM, program.load_starter())
    clock.advance(timedelta(days=1))
    without = {
        name: text for name, text in STARTER.items() if name not in ("journeys/support.yaml", "alerts/alerts.yaml")
    }
    publication = program.publish(work, SYSTEM, program.load_texts(without))
    assert {change.key for change in publication.changes if change.what == "removed"} == {"support", "alerts"}
    with work.read() as reading:
        assert "support" not in [journey.journey for journey in journeys.journey_map(reading)]
        assert published_alerts.in_force(reading) is None
        before = journeys.journey_map(reading, reading.now - timedelta(hours=1))
    assert "support" in [journey.journey for journey in before]
    assert program.publish(work, SYSTEM, program.load_texts(without)).changes == ()
    clock.advance(timedelta(days=1))
    back = program.publish(work, SYSTEM, program.load_starter())
    assert {change.what for change in back.changes if change.key == "support"} == {"added"}


@pytest.mark.parametrize("code", ["iw", "und", "en-ZZ"])
def test_what_was_published_is_read_by_rules_of_its_time_and_published_anew_by_those_of_today(
    sqlite_engine: Engine, code: str
) -> None:
    work = sqlite_engine.work
    with work.begin(actor=SYSTEM) as uow:
        for (kind, key), body in program.bodies(program.load_starter()).items():
            before = orjson.loads(orjson.dumps(body).replace(b'"it"', b'"%s"' % code.encode()))
            versions.activate(uow, kind, key, versions.publish(uow, kind, key, before))
    with work.read() as reading:
        texts = program.texts_in_force(reading)
        surveys = dict(published_surveys.list_in_force(reading))
        named = {language for survey in surveys.values() for language in survey.title.languages}
        assert "support" in [journey.journey for journey in journeys.journey_map(reading)]
        assert published_alerts.in_force(reading) is not None
    assert f"- {code}" in texts["program.yaml"]
    assert named == {"en", code}
    assert {fault.partition(": ")[2].split("`")[1] for fault in faults_of(texts)} == {code}


def test_a_program_may_come_into_force_later_but_not_earlier(sqlite_engine: Engine, clock: MovedClock) -> None:
    work = sqlite_engine.work
    program.publish(work, SYSTEM, program.load_starter())
    edited = program.load_texts(changed("program.yaml", "since_asked_days: 30", "since_asked_days: 60"))
    with pytest.raises(Invalid, match="cannot be changed in the past"):
        program.publish(work, SYSTEM, edited, from_at=clock.now() - timedelta(days=1))
    later = program.publish(work, SYSTEM, edited, from_at=clock.now() + timedelta(days=7))
    with work.read() as reading:
        now = versions.in_force(reading, "plan", "plan")
        then = versions.in_force(reading, "plan", "plan", reading.now + timedelta(days=8))
    assert now is not None
    assert then is not None
    assert now.version != later.plan_version == then.version


def test_a_publication_that_fails_at_its_end_leaves_nothing_behind(sqlite_engine: Engine) -> None:
    """The directory refuses the team's name, which is found only after all versions are written."""
    starter = program.load_starter()
    assert starter.alerts is not None
    # 60 letters of Devanagari that Unicode writes as two signs each: more than a team's name may have.
    unspeakable = starter.alerts.model_copy(update={"routes": Routes(otherwise="team:" + "\u0958" * 60)})
    with pytest.raises(Invalid):
        program.publish(sqlite_engine.work, SYSTEM, replace(starter, alerts=unspeakable))
    with sqlite_engine.work.read() as reading:
        assert versions.in_force(reading, "program", "program") is None
        assert versions.keys(reading, "survey") == []


def test_two_publications_at_once_activate_each_version_once(engine: Engine) -> None:
    starter = program.load_starter()
    with ThreadPoolExecutor(4) as pool:
        publications = list(pool.map(lambda _: program.publish(engine.work, SYSTEM, starter), range(4)))
    assert sorted(bool(publication.changes) for publication in publications) == [False, False, False, True]
    with engine.work.read() as reading:
        assert len(versions.history(reading, "plan", "plan")) == 1


# ---- writing


def test_the_program_in_force_is_written_as_files_that_load_to_the_same_versions(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    starter = program.load_starter()
    program.publish(sqlite_engine.work, SYSTEM, starter)
    with sqlite_engine.work.read() as reading:
        written = program.export(reading, tmp_path / "out")
    assert set(STARTER) <= set(written)
    again = program.load_folder(tmp_path / "out")
    assert program.bodies(again) == program.bodies(starter)
    assert program.publish(sqlite_engine.work, SYSTEM, again).changes == ()


def test_nothing_is_exported_before_a_program_is_published(sqlite_engine: Engine, tmp_path: Path) -> None:
    with sqlite_engine.work.read() as reading, pytest.raises(NotFound, match="feedback-engine apply"):
        program.export(reading, tmp_path / "out")


def test_a_folder_that_holds_something_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        program_files.write_folder(tmp_path, STARTER)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


_ODD = [
    *("no", "yes", "012", "1_000", "0x1F", "1e3", "~", "", "2026-01-31", "09:00"),
    *("a: b", "- a", "# a", "a #b", "a\nb", "a\n", "\na", " a", "a ", "''", "a\n\n", "a\n b"),
]
_SIGNS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co", "Cn"], exclude_characters="\ufeff"
)
_TEXTS = st.text(_SIGNS, max_size=60) | st.sampled_from(_ODD)
_KEYS = _TEXTS.filter(lambda key: "\n" not in key)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        _TEXTS.filter(lambda key: "\n" not in key), _TEXTS | st.lists(_TEXTS) | st.integers(-9, 9), min_size=1
    )
)
def test_whatever_is_written_reads_back_the_same(value: dict[str, Any]) -> None:
    assert load(program_files.to_yaml(value), name="a").value == value
