"""Pure. The words of the alert file: kinds of cases, severities, lists of names, and who can receive a case."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from feedback_engine.foundation.definitions import Line, refusal

Kind = Literal["recovery", "callback", "thanks"]
KINDS: tuple[Kind, ...] = ("recovery", "callback", "thanks")
"""In the order in which they are opened: a wish to be called joins the recovery of the same answer."""

Severity = Literal["high", "normal", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "normal", "low")

PARTNER_OWNER = "partner_owner"
TOUCHPOINT_OWNER = "touchpoint_owner"
PROMISE_HOLDER = "promise_holder"
"""Who gets a case about a promise that was not kept, before any route is asked."""
ROLES = ("alliance_manager", "program_owner", "admin")
"""The roles that can work on a case."""

_RECIPIENT_REMEDY = (
    "Write partner_owner, touchpoint_owner, team:<name>, role:<role>, rota:<key> or staff:<e-mail address>."
)
_FIXED = re.compile(rf"team:\S.{{0,99}}|staff:[^@\s]+@[^@\s]+|role:(?:{'|'.join(ROLES)})")
_ROTA = re.compile(r"rota:[a-z][a-z0-9_.\-]{0,63}")


def _recipient(value: str) -> str:
    named = _FIXED.fullmatch(value) or _ROTA.fullmatch(value)
    if value not in (PARTNER_OWNER, TOUCHPOINT_OWNER) and not named:
        raise refusal(f"`{value[:60]}` is nobody who can receive a case.", _RECIPIENT_REMEDY)
    return value


def _fixed_recipient(value: str) -> str:
    if not _FIXED.fullmatch(value):
        raise refusal(
            f"`{value[:60]}` may find nobody, so it cannot be the last resort.",
            "Write team:<name>, role:<role> or staff:<e-mail address>.",
        )
    return value


def _as_list(value: Any) -> Any:
    """`touchpoint: deal.closed` is short for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Recipient = Annotated[Line, AfterValidator(_recipient)]
FixedRecipient = Annotated[Line, AfterValidator(_fixed_recipient)]
_MANY_NAMES = BeforeValidator(_as_list, json_schema_input_type=str | list[str])
_MANY_KINDS = BeforeValidator(_as_list, json_schema_input_type=Kind | list[Kind])
_MANY_SEVERITIES = BeforeValidator(_as_list, json_schema_input_type=Severity | list[Severity])
Names = Annotated[tuple[Line, ...], _MANY_NAMES, Field(min_length=1)]
Kinds = Annotated[tuple[Kind, ...], _MANY_KINDS, Field(min_length=1)]
Severities = Annotated[tuple[Severity, ...], _MANY_SEVERITIES, Field(min_length=1)]
