"""A recovery survey passes every cap and nothing else, and the ledger says that it did."""

from __future__ import annotations

from typing import Any

import pytest

from feedback_engine.foundation.i18n import languages
from surveys.sampling import words
from surveys.sampling.exempt import RECOVERY
from surveys.sampling.instants import DAY, to_micros
from tests.surveys.sampling.builders import AT, decided, facts, plan, verdict
from tests.surveys.sampling.test_decide import EVERY_RULE

NOW = to_micros(AT)
CAPS = ("quarantine", "contact_frequency", "account_cap")
WORN: dict[str, Any] = {
    "last": {"aa": NOW - DAY},  # asked yesterday
    "person_window": (4_000, NOW - DAY, 4_000),
    "account_window": (12_000, NOW - DAY, 12_000),
}


def test_a_recovery_survey_passes_every_cap_and_the_ledger_says_so() -> None:
    decision = decided(plan(**EVERY_RULE), facts(**WORN, exempt=RECOVERY))
    assert decision.outcome == "invite"
    for rule in CAPS:
        told = {words.sentence(rule, verdict(decision, rule), locale) for locale in languages()}
        assert len(told) == len(languages())
        assert any("exempt" in each for each in told)
    assert decided(plan(**EVERY_RULE), facts(**WORN)).outcome != "invite"


@pytest.mark.parametrize(
    ("about", "rule"),
    [
        ({"suppressions": (("opted_out", "all"),)}, "suppressed"),
        ({"suppressions": (("complaint", "all"),)}, "suppressed"),
        ({"suppressions": (("erased", "all"),)}, "erased"),
        ({"open_case": True}, "hold"),
        ({"has_contact": False}, "persona"),
    ],
)
def test_all_else_stands_for_a_recovery_survey_too(about: dict[str, Any], rule: str) -> None:
    decision = decided(plan(**EVERY_RULE), facts(**WORN, **about, exempt=RECOVERY))
    assert (decision.outcome != "invite", decision.rule) == (True, rule)


def test_a_cap_that_is_off_exempts_nobody() -> None:
    decision = decided(plan(), facts(exempt=RECOVERY))
    assert [verdict(decision, rule).as_document() for rule in CAPS] == ["o", "o", "o"]
