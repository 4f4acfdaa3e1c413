"""The surveys' write door: publishing surveys, waves, taking back and closing invitations."""

from __future__ import annotations

from surveys.answering import read_form
from surveys.audience import Audience, values_of_nobody
from surveys.audience import read as read_audience
from surveys.invitations import InvitationPlan, expire_due, plan_invitations, take_back
from surveys.launching import Check, change_state, checklist
from surveys.published import publish
from surveys.responses import NotTaken, Received, Submission, submit
from surveys.wave_reading import candidates, counts_of, get_wave, members_of
from surveys.waves import (
    WaveDraft,
    ask_owners,
    cancel_wave,
    confirm,
    create_wave,
    read_draft,
    send_test,
    send_wave,
    send_wave_now,
    strike,
    take_back_wave,
)

__all__ = [
    "Audience",
    "Check",
    "InvitationPlan",
    "NotTaken",
    "Received",
    "Submission",
    "WaveDraft",
    "ask_owners",
    "cancel_wave",
    "candidates",
    "change_state",
    "checklist",
    "confirm",
    "counts_of",
    "create_wave",
    "expire_due",
    "get_wave",
    "members_of",
    "plan_invitations",
    "publish",
    "read_audience",
    "read_draft",
    "read_form",
    "send_test",
    "send_wave",
    "send_wave_now",
    "strike",
    "submit",
    "take_back",
    "take_back_wave",
    "values_of_nobody",
]
