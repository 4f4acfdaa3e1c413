"""Holes in the routes of a program: recipients without people, and cases that nobody but the last resort would get.

What is found depends on who is on staff today, so it is looked for when a program is published, and not when its files
are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from alerts.definitions import AlertFile, AlertProgram
from alerts.routing import words as route_words
from alerts.routing.walk import normalised
from alerts.terms import PARTNER_OWNER, TOUCHPOINT_OWNER
from alerts.trial.census import Fallen, fallen_today
from alerts.trial.trying import falls, try_out
from alerts.trial.views import RaisedCase
from feedback_engine.app.program_alert_checks import recipients_named
from feedback_engine.app.program_files import Source
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.definitions import DefinitionFault
from feedback_engine.foundation.periods import USUAL_DAYS, last_days
from feedback_engine.foundation.unit_of_work import Reading

Faults = Iterator[DefinitionFault]
Files = Sequence[Source[AlertFile]]

_REMEDIES = {
    "team": "Put somebody into the team under Administration, or name another recipient.",
    "role": "Give somebody this role under Administration, or name another recipient.",
    "rota": "Add its members to staff under Administration, or change the list.",
    "staff": "Add them to staff under Administration, or name another recipient.",
}
_FALLBACK_REMEDY = "Give the branch an `otherwise` that finds somebody, or write `fallback: allow`."


def holes(reading: Reading, files: Files, program: AlertProgram, stages: Mapping[str, str]) -> list[DefinitionFault]:
    """Every hole of the routes in these files, as of today. `stages` are all touchpoints of the draft's journeys."""
    found = list(_without_people(reading, files))
    if program.routes.fallback == "refuse":
        found += _only_last_resort(files, program, fallen_today(reading, program, stages))
        found += _fell_before(reading, files, program)
    return found


# ---- recipients without people


def _without_people(reading: Reading, files: Files) -> Faults:
    active = [member for member in directory.list_staff(reading) if member.active]
    teams = {normalised(team.name): team.id for team in directory.list_teams(reading)}
    rotas = {key: rota for file in files for key, rota in file.model.rotas.items()}
    for file in files:
        for path, recipient in recipients_named(file.model):
            kind, _, name = recipient.partition(":")
            if path[0] != "routes" or recipient in (PARTNER_OWNER, TOUCHPOINT_OWNER):
                continue
            members = rotas[name].members if kind == "rota" else ()
            if not any(_is_meant(member, kind, name, teams.get(normalised(name)), members) for member in active):
                yield file.loaded.fault(path, _nobody(kind, name), _REMEDIES[kind])


def _is_meant(member: StaffView, kind: str, name: str, team_id: object, rota: Sequence[str]) -> bool:
    if kind == "team":
        return team_id is not None and member.team_id == team_id
    if kind == "role":
        return member.role == name
    addresses = rota if kind == "rota" else (name,)
    return normalised(member.email) in {normalised(address) for address in addresses}


def _nobody(kind: str, name: str) -> str:
    return {
        "team": f"Nobody is in the team `{name}`, so nobody would get its cases.",
        "role": f"Nobody has the role `{name}`, so nobody would get its cases.",
        "rota": f"Nobody of the rota `{name}` is on staff, so nobody would get its cases.",
        "staff": f"`{name}` is not on staff, so nobody would get these cases.",
    }[kind]


# ---- fallback: refuse


def _only_last_resort(files: Files, program: AlertProgram, fallen: Sequence[Fallen]) -> Faults:
    """One fault for each way in which a case of today's partners would reach nobody else."""
    by_way: dict[tuple[str, ...], list[Fallen]] = {}
    for each in fallen:
        by_way.setdefault(each.routed.passed, []).append(each)
    for passed, cases in by_way.items():
        first = cases[0]
        partners = sum({(each.of.tier, each.of.region): each.of.partners for each in cases}.values())
        why = _passed(passed, first.routed.empty, is_away=bool(first.routed.away))
        wrong = (
            f"`fallback: refuse`, and nobody but {_last(program)} would get a {first.kind} at `{first.touchpoint}` of "
            f"{first.of.name}: {why}. {partners} of today's partners are like that."
        )
        yield _at_fallback(files, wrong)


def _fell_before(reading: Reading, files: Files, program: AlertProgram) -> Faults:
    """One fault for the cases of the last 90 days, personas and languages as they were."""
    trial = try_out(reading, program, last_days(reading.now).from_at, reading.now)
    fallen: list[RaisedCase] = [case for case in trial.unroutable if falls(program, case)]
    if fallen:
        first = fallen[-1]
        partner = directory.partners_by_id(reading, [first.partner_id])[first.partner_id]
        why = _passed(first.passed, first.empty, is_away=bool(first.away))
        wrong = (
            f"`fallback: refuse`, and of the answers of the last {USUAL_DAYS} days {len(fallen)} would have reached "
            f"nobody but {_last(program)}; at last `{first.touchpoint}` of {partner.name}: {why}."
        )
        yield _at_fallback(files, wrong)


def _at_fallback(files: Files, wrong: str) -> DefinitionFault:
    having = next(file for file in files if file.model.routes is not None)
    return having.loaded.fault(("routes", "fallback"), wrong, _FALLBACK_REMEDY)


def _last(program: AlertProgram) -> str:
    return f"`{program.routes.otherwise}`"


def _passed(passed: Sequence[str], empty: Sequence[str], *, is_away: bool) -> str:
    return "; ".join(route_words.passed_over(each, is_empty=each in empty, is_away=is_away) for each in passed)
