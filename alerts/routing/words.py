"""Pure. The words for whom a route names, and why a case came to whoever has it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.words import kind, severity
from feedback_engine.foundation.i18n import gettext, gettext_noop, language_name

_RECIPIENTS = {
    "partner_owner": gettext_noop("owner of the partner"),
    "touchpoint_owner": gettext_noop("owner of the touchpoint"),
    "promise_holder": gettext_noop("whoever has to keep the promise"),
}
_AS = {
    "partner_owner": gettext_noop("It went to {holder} as the owner of this partner."),
    "touchpoint_owner": gettext_noop("It went to {holder} as the owner of this touchpoint."),
    "promise_holder": gettext_noop("It went to {holder}, who has to keep the promise."),
}
_STEERING = {
    "program_owner": gettext_noop("the program owners"),
    "admin": gettext_noop("the administrators"),
}
_ROLES = {
    "alliance_manager": gettext_noop("all alliance managers"),
    "program_owner": gettext_noop("the program owners"),
    "admin": gettext_noop("the administrators"),
}
_PASSED = {
    "partner_owner": gettext_noop("the partner has no owner"),
    "touchpoint_owner": gettext_noop("the touchpoint has no owner"),
}
_FIELDS = {
    "touchpoint": gettext_noop("touchpoint"),
    "kind": gettext_noop("kind"),
    "severity": gettext_noop("severity"),
    "region": gettext_noop("region"),
    "tier": gettext_noop("tier"),
    "stage": gettext_noop("stage"),
    "persona": gettext_noop("persona"),
    "language": gettext_noop("language"),
}


def recipient(to: str | None) -> str:
    """Whom a route names: owner of the partner, team Alliances, ana@our.example."""
    if to is None:
        return gettext("nobody, because the last resort of the route does not exist any more")
    if to in _STEERING:
        return gettext("of last resort")
    if to in _RECIPIENTS:
        return gettext(_RECIPIENTS[to])
    if to.startswith("role:"):
        return gettext(_ROLES[to.removeprefix("role:")])
    named, _, name = to.partition(":")
    if named == "rota":
        return gettext("rota {name}", name=name)
    return gettext("team {name}", name=name) if named == "team" else name


def given(to: str | None, holder: str, *, is_away: bool) -> str:
    """To whom a route gave a case, and why them; `is_away`: somebody stands in for whoever was meant."""
    if to in _AS and not is_away:
        return gettext(_AS[to], holder=holder)
    return gettext("The route {recipient} gave it to {holder}.", recipient=recipient(to), holder=holder)


def steering(to: str | None) -> str:
    """Those who are told of a case that reached nobody; nobody where there are none."""
    return gettext(_STEERING[to]) if to in _STEERING else gettext("nobody")


def passed_over(to: str, *, is_empty: bool = False, is_away: bool = False) -> str:
    """Why a recipient of the route did not get the case. `is_empty`: it is a team in which nobody is active.

    `is_away`: somebody was absent on the way; then nobody was there to stand in for them, or nobody was there at all.
    """
    if is_empty:
        return gettext("nobody is in {name}", name=recipient(to))
    if to.startswith(("rota:", "role:")):
        return gettext("{name}: nobody of them is there", name=recipient(to))
    if is_away:
        return gettext("{name}: nobody is there, and nobody stands in", name=recipient(to))
    return gettext(_PASSED[to]) if to in _PASSED else gettext("{name} is not there any more", name=recipient(to))


def match(fields: Mapping[str, str], names: Mapping[str, str] | None = None) -> str:
    """The branch of the route tree that was taken: tier Gold, severity high. `names` are the words for keys."""
    return ", ".join(f"{gettext(_FIELDS[name])} {_value(name, value, names or {})}" for name, value in fields.items())


def _value(name: str, value: str, names: Mapping[str, str]) -> str:
    if name == "kind":
        return kind(value)
    if name == "language":
        return language_name(value)
    return severity(value) if name == "severity" else names.get(f"{name}:{value}", value)


def turn(to: str, holder: str, resting: Sequence[str]) -> str:
    """Why somebody of a rota or role got a case: it was their turn, or that of whom they stand in for."""
    if resting:
        named = {"name": recipient(to), "resting": ", ".join(resting), "holder": holder}
        return gettext("{name} take turns; at this hour, {resting} was not at work, so {holder} was next.", **named)
    return gettext("{name} take turns, and {holder} was next.", name=recipient(to), holder=holder)


def standing_in(away: Sequence[str], holder: str) -> str:
    """Who was absent, and who has the case instead."""
    return gettext("{away}: away, so it went to {holder}.", away=", ".join(away), holder=holder)
