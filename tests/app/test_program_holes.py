"""Alerts with a hole in their routes are not published: file, line, what is wrong, and what to do."""

from __future__ import annotations

import pytest

from feedback_engine.app import program
from feedback_engine.directory import service as directory
from feedback_engine.foundation import program_state
from feedback_engine.foundation.definitions import DefinitionError
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.app.program_texts import STARTER, line_of
from tests.directory import builders

FILE = "alerts/alerts.yaml"
ROOT = "  to: partner_owner\n"
TREE = """  children:
    - match: {kind: [recovery, callback, thanks]}
      otherwise: touchpoint_owner
"""


def staffed(engine: Engine, state: str = "live") -> None:
    """The starter is in force; Dana is the team of last resort and owns Acme, and nobody owns Bare."""
    program.publish(engine.work, SYSTEM, program.load_texts(STARTER))
    team = builders.team(engine, "Alliances")
    dana = builders.staff(engine, "dana@our.example", team=team)
    builders.staff(engine, "henrik@our.example", role="program_owner")
    builders.owned(engine, dana, builders.partner(engine, "acme", name="Acme"))
    builders.partner(engine, "bare", name="Bare Ltd")
    with engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, state)


def changed(*changes: tuple[str, str], more: str = "") -> dict[str, str]:
    text = STARTER[FILE]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {**STARTER, FILE: text, **({"alerts/more.yaml": more} if more else {})}


def refused(engine: Engine, texts: dict[str, str]) -> list[str]:
    with pytest.raises(DefinitionError) as error:
        program.publish(engine.work, SYSTEM, program.load_texts(texts))
    return [str(fault) for fault in error.value.definition_faults]


NEW_TO = "  to: {}\n"
LINE = line_of(FILE, ROOT)


@pytest.mark.parametrize(
    ("to", "more", "wrong"),
    [
        ("team:Gold desk", "", "Nobody is in the team `Gold desk`, so nobody would get its cases. Put somebody into"),
        ("role:alliance_manager", "", None),  # Dana
        ("role:admin", "", "Nobody has the role `admin`, so nobody would get its cases. Give somebody this role"),
        (
            "rota:desk",
            "rotas:\n  desk: {members: [gone@our.example]}\n",
            "Nobody of the rota `desk` is on staff, so nobody would get its cases. Add its members to staff",
        ),
        ("rota:desk", "rotas:\n  desk: {members: [gone@our.example, Dana@our.example]}\n", None),
        ("staff:mei@our.example", "", "`mei@our.example` is not on staff, so nobody would get these cases. Add them"),
        ("staff:dana@our.example", "", None),
        ("team:alliances", "", None),  # case does not matter
    ],
)
def test_a_recipient_without_people_is_refused(sqlite_engine: Engine, to: str, more: str, wrong: str | None) -> None:
    staffed(sqlite_engine)
    # The starter's example expects the owner, who is named no more.
    example = STARTER[FILE][STARTER[FILE].index("# Must hold") : STARTER[FILE].index("# In working hours")]
    texts = changed((ROOT, NEW_TO.format(to)), (example, ""), more=more)
    if wrong is None:
        assert program.publish(sqlite_engine.work, SYSTEM, program.load_texts(texts)).changes
    else:
        [fault] = refused(sqlite_engine, texts)
        assert fault.startswith(f"{FILE}:{LINE}: {wrong}")


def test_somebody_who_left_is_nobody(sqlite_engine: Engine) -> None:
    staffed(sqlite_engine)
    mei = builders.staff(sqlite_engine, "mei@our.example")
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        directory.disable_staff(uow, mei.id)
    texts = changed((TREE, TREE.replace("touchpoint_owner", "staff:mei@our.example")))
    assert "`mei@our.example` is not on staff" in refused(sqlite_engine, texts)[0]


def test_a_failing_example_is_refused_before_anybody_is_looked_for(sqlite_engine: Engine) -> None:
    staffed(sqlite_engine)
    with pytest.raises(DefinitionError, match="does not hold"):
        program.load_texts(changed(("expect: {to: partner_owner}", "expect: {to: touchpoint_owner}")))


REFUSE = ("  otherwise: team:Alliances\n", "  otherwise: team:Alliances\n  fallback: refuse\n")


def test_with_fallback_refuse_a_partner_whom_only_the_last_resort_would_serve_is_a_hole(engine: Engine) -> None:
    staffed(engine)
    [fault] = refused(engine, changed(REFUSE))
    place = f"{FILE}:{line_of(FILE, REFUSE[0]) + 1}"
    assert fault.startswith(f"{place}: `fallback: refuse`, and nobody but `team:Alliances` would get a recovery ")
    assert "of Bare Ltd: the partner has no owner; the touchpoint has no owner. 1 of today's partners" in fault
    assert fault.endswith("Give the branch an `otherwise` that finds somebody, or write `fallback: allow`.")


def test_with_fallback_refuse_a_tree_that_always_finds_somebody_is_published(engine: Engine) -> None:
    staffed(engine)
    closed = (TREE, TREE.replace("touchpoint_owner", "role:program_owner"))
    changes = program.publish(engine.work, SYSTEM, program.load_texts(changed(REFUSE, closed))).changes
    assert [(change.kind, change.parts) for change in changes] == [("alerts", ("routes",))]


def test_fallback_allow_is_what_holds_without_it(sqlite_engine: Engine) -> None:
    staffed(sqlite_engine)
    allowed = (REFUSE[0], REFUSE[1].replace("refuse", "allow"))
    assert program.publish(sqlite_engine.work, SYSTEM, program.load_texts(changed(allowed))).changes


@pytest.mark.parametrize(
    ("state", "texts", "published"),
    [
        (
            "draft",
            changed((ROOT, NEW_TO.format("team:Gold desk")), ("to: partner_owner}", "to: team:Gold desk}")),
            True,
        ),
        ("draft", changed(REFUSE), False),  # asked for by name
        ("test", changed((TREE, TREE.replace("touchpoint_owner", "team:Gold desk"))), False),
        ("live", {**STARTER, "program.yaml": STARTER["program.yaml"] + "\n# nothing of the alerts\n"}, True),
    ],
)
def test_a_program_without_people_yet_is_spared_while_it_is_a_draft(
    sqlite_engine: Engine, state: str, texts: dict[str, str], published: bool
) -> None:
    staffed(sqlite_engine, state)
    if published:
        program.publish(sqlite_engine.work, SYSTEM, program.load_texts(texts))
    else:
        assert refused(sqlite_engine, texts)


def test_alerts_that_stay_as_they_are_stop_no_other_change(sqlite_engine: Engine) -> None:
    program.publish(sqlite_engine.work, SYSTEM, program.load_texts(STARTER))
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "live")
    # Nobody is in the team of last resort, and the hold can be changed all the same.
    hold = STARTER["program.yaml"].replace("hold_minutes: 60", "hold_minutes: 30")
    assert hold != STARTER["program.yaml"]
    assert program.publish(sqlite_engine.work, SYSTEM, program.load_texts({**STARTER, "program.yaml": hold})).changes
