"""Cases in which something was noticed are merged and split as those of answers are."""

from __future__ import annotations

import pytest

from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from tests.alerts import test_watching as watching
from tests.alerts.builders import World, case, merge, open_case, rows, split


def answered_and_noticed(of: World) -> CaseView:
    """A case that an answer of 3 opened, and that something joined later which no answer told."""
    opened = open_case(of, 3)
    of.later(hours=1)
    assert watching.silent_case(of).id == opened.id
    return opened


@pytest.mark.parametrize("goes", ["answer", "noticed"])
def test_a_part_without_an_answer_has_no_score_and_the_answer_keeps_its_own(engine: Engine, goes: str) -> None:
    of = watching.world(engine)
    whole = answered_and_noticed(of)
    chosen = {row.id for row in rows(of, "alert") if (row.response_id is None) == (goes == "noticed")}
    part = split(of, whole, chosen)
    silent, answered = (part, whole) if goes == "noticed" else (whole, part)
    shown = [(found.score, found.score_kind) for found in (case(of, silent.id), case(of, answered.id))]
    assert shown == [(None, None), (3, whole.score_kind)]
    assert case(of, silent.id).noticed.startswith("Too few certified people")
    merge(of, part, whole)
    assert (case(of, whole.id).score, case(of, whole.id).response_id) == (3, whole.response_id)
