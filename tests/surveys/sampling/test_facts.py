"""Facts and verdicts as they stand in the ledger: small, and exactly the same when they are read again."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.sampling.decide import decide
from surveys.sampling.facts import Facts, from_document
from surveys.sampling.instants import to_micros
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import Verdict
from tests.surveys.sampling.builders import AT, facts, plan
from tests.surveys.sampling.test_decide import EVERY_RULE, some_facts

NOW = to_micros(AT)


def again(about: Facts) -> Facts:
    """The facts after a stay in the ledger."""
    document = orjson.loads(orjson.dumps(about.as_document()))
    return from_document(
        document,
        touchpoint=about.touchpoint,
        event_key=about.event_key,
        event_at=about.event_at,
        event_type=about.event_type,
        attributes=about.attributes,
        replayed=about.replayed,
    )


@settings(deadline=None)
@given(some_facts(), st.text(max_size=20), st.integers(0, 2**63))
def test_facts_come_back_exactly(about: Facts, text: str, number: int) -> None:
    about.role = about.language = about.zone = about.stratum = text
    about.ready_at = about.person_key = number
    assert again(about) == about


@settings(deadline=None)
@given(some_facts())
def test_a_decision_on_facts_of_the_ledger_is_the_same(about: Facts) -> None:
    using = plan(**EVERY_RULE)
    assert decide(using, again(about), NOW) == decide(using, about, NOW)


@settings(deadline=None)
@given(some_facts())
def test_verdicts_come_back_exactly(about: Facts) -> None:
    decision = decide(plan(**{**EVERY_RULE, "random_share": 0.3}), about, NOW)
    document = orjson.loads(orjson.dumps(decision.verdicts_document()))
    assert tuple(Verdict.from_document(document[rule.code]) for rule in SAMPLING_RULES) == decision.verdicts


def test_facts_that_say_nothing_take_no_room() -> None:
    assert facts().as_document() == {}
