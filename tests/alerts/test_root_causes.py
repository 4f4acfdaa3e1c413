"""Root causes as a tree: one grouped select, a leaf or a branch to choose, and themes by what was chosen."""

from __future__ import annotations

import re

import pytest

from alerts import reading, service
from alerts.events import CaseClosed
from alerts.reading import RootCauseView
from alerts.web.cause_choices import cause_choices
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from tests.alerts.builders import ALERTS, World, announced, open_case, staff_actor, world
from tests.alerts.site import browser, staff

TREE = ALERTS.replace(
    "  - {key: late, name: {en: Decision late, it: Decisione tardiva}, department: Deal desk}\n",
    """  - key: late
    name: {en: Decision late, it: Decisione tardiva}
    department: Deal desk
    causes:
      - {key: legal, name: {en: Waiting for legal, it: In attesa dei legali}, department: Legal}
      - {key: away, name: {en: Nobody there, it: Nessuno presente}}
""",
)


def test_the_choices_are_grouped_by_cause_with_the_cause_itself_first() -> None:
    known = [
        RootCauseView("late", "Late", None),
        RootCauseView("legal", "Legal", None, "late"),
        RootCauseView("silent", "Silent", None),
    ]
    assert cause_choices(known) == [
        (None, "Late", [("late", "Late, as a whole"), ("legal", "Legal")]),
        ("silent", "Silent"),
    ]


def test_a_sub_cause_without_a_department_has_that_of_its_cause(sqlite_engine: Engine) -> None:
    world(sqlite_engine, TREE)
    with sqlite_engine.work.read() as view:
        causes = reading.root_causes(view)
    assert {key: cause.department for key, cause in causes.items()} == {
        "late": "Deal desk",
        "legal": "Legal",
        "away": "Deal desk",
        "silent": None,
    }


@pytest.mark.parametrize("cause", ["late", "legal", "away", "silent"])
def test_a_case_is_closed_with_a_branch_or_a_leaf_and_themes_hear_of_what_was_chosen(
    sqlite_engine: Engine, cause: str
) -> None:
    of = world(sqlite_engine, TREE)
    close(of, cause)
    assert [event.root_cause for event in announced(of, CaseClosed)] == [cause]


def test_a_cause_of_no_tree_is_refused(sqlite_engine: Engine) -> None:
    with pytest.raises(Invalid):
        close(world(sqlite_engine, TREE), "mood")


def close(of: World, cause: str) -> None:
    opened = open_case(of)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause=cause)


def test_the_forms_offer_one_grouped_select_without_script(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, TREE)
    opened = open_case(of)
    page = browser(sqlite_engine, staff(of.dana, "it")).get(f"/cases/{opened.ref}").text
    for form in ("close", "log-contact"):
        [select] = re.findall(rf'<select id="{form}-root_cause".*?</select>', page, re.DOTALL)
        [group] = re.findall(r'<optgroup label="Decisione tardiva">(.*?)</optgroup>', select, re.DOTALL)
        assert re.findall(r'value="(\w+)"', group) == ["late", "legal", "away"]
        assert "In attesa dei legali" in group
        assert re.findall(r'value="(\w*)"', select) == ["", "late", "legal", "away", "silent"]


def test_a_cause_noted_on_the_phone_is_offered_when_the_case_is_closed(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine, TREE)
    opened = open_case(of)
    service.log_contact(sqlite_engine.work, staff_actor(of.dana), opened.id, root_cause="legal")
    page = browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text
    [select] = re.findall(r'<select id="close-root_cause".*?</select>', page, re.DOTALL)
    assert '<option value="legal" selected>' in select
