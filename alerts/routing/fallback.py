"""Whether the last resort of the route tree finds anybody: what a program needs to know before it asks."""

from __future__ import annotations

from alerts import published
from alerts.routing import words as route_words
from alerts.routing.walk import normalised
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.unit_of_work import Reading
from surveys.reading import Fallback


def last_resort(reading: Reading) -> Fallback | None:
    """The last resort of the alerts in force and how many active people it means; None while none are in force."""
    found = published.in_force(reading)
    if found is None:
        return None
    to = found.program.routes.otherwise
    kind, _, name = to.partition(":")
    active = [member for member in directory.list_staff(reading) if member.active]
    if kind == "team":
        meant = {team.id for team in directory.list_teams(reading) if normalised(team.name) == normalised(name)}
        people = sum(member.team_id in meant for member in active)
    elif kind == "role":
        people = sum(member.role == name for member in active)
    else:
        people = sum(normalised(member.email) == normalised(name) for member in active)
    return Fallback(route_words.recipient(to), people)
