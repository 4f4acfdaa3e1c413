"""How invitations end, in AAPOR's codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from surveys.dispositions import DISPOSITIONS, Outcome, dispose

DUE = datetime(2026, 3, 20, 12, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(days=1), DUE


@pytest.mark.parametrize(
    ("outcome", "now", "code"),
    [
        (Outcome("sent", DUE), BEFORE, None),  # may still be answered
        (Outcome("sent", DUE), AFTER, "2.20"),  # eligible, said nothing
        (Outcome("expired", DUE), AFTER, "2.20"),
        (Outcome("sent", DUE, response_state="confirmed"), BEFORE, "1.1"),
        (Outcome("undeliverable", DUE, response_state="confirmed"), AFTER, "1.1"),  # an answer outweighs a bounce
        (Outcome("sent", DUE, declined=True), BEFORE, "2.11"),  # "not now" is a refusal at once
        (Outcome("sent", DUE, declined=True, response_state="confirmed"), BEFORE, "1.1"),  # changed their mind
        (Outcome("sent", DUE, response_state="partial", scored=True), AFTER, "1.2"),
        (Outcome("sent", DUE, response_state="partial"), AFTER, "2.12"),
        (Outcome("sent", DUE, response_state="partial"), BEFORE, None),  # may still finish
        (Outcome("undeliverable", DUE), BEFORE, "3.30"),
        (Outcome("cancelled", DUE), BEFORE, "3.11"),
        (Outcome("late", DUE), BEFORE, "3.11"),
        (Outcome("unknown", DUE), AFTER, "3.90"),
        (Outcome("held", DUE), AFTER, "3.11"),
        (Outcome("recorded", DUE), AFTER, None),  # history was never a mail
    ],
)
def test_an_invitation_ends_with_one_code(outcome: Outcome, now: datetime, code: str | None) -> None:
    found = dispose(outcome, now)
    assert (found.code if found else None) == code


def test_codes_are_unique() -> None:
    codes = [disposition.code for disposition in DISPOSITIONS]
    assert len(set(codes)) == len(codes)
