"""What the surveys show on pages of the directory: the latest answers of a partner, roles of an import nobody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import render_template, url_for
from markupsafe import Markup

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import current_locale, format_number, ngettext
from feedback_engine.foundation.periods import USUAL_DAYS, last_days
from feedback_engine.foundation.web.access import find_staff
from feedback_engine.foundation.web.slots import Slots
from journeys import reading as journeys
from surveys import program, published
from surveys import reading as surveys
from surveys.asking_again import roles_asked_nowhere
from surveys.metrics import SCALES
from surveys.personas import in_one_spelling, roles_of_none

MOST_ANSWERS = 5
MOST_ROLES = 20
_NEVER_ASKED = ("cancelled", "late")


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Fill `partner.page`, `import.review` and `survey.name`."""

    def experience(partner_id: UUID) -> Markup:
        with engine.work.read() as reading:
            together = directory.visible_company(reading, find_staff(), partner_id)
            answers = surveys.responses_of(reading, together, MOST_ANSWERS)
            asks = [
                ask
                for ask in surveys.invitations_of(reading, together)
                if ask.state not in _NEVER_ASKED and ask.send_at >= last_days(reading.now).from_at
            ]
            contacts = directory.contacts_by_id(reading, {answer.contact_id for answer in answers})
            placed = {one.definition.key: one.definition.name for one in journeys.touchpoints(reading)}
        names = {key: name.get(current_locale()) for key, name in placed.items()}
        drawn = render_template(
            "surveys/partner_panel.html",
            answers=answers,
            asked=len(asks),
            answered=sum(ask.answered_at is not None for ask in asks),
            days=USUAL_DAYS,
            contacts=contacts,
            names=names,
            most={metric: high for metric, (_, high) in SCALES.items()},
        )
        return Markup(drawn)

    def unasked_roles(roles: Mapping[str, int]) -> Markup:
        together = in_one_spelling(roles)
        with engine.work.read() as reading:
            nowhere = roles_asked_nowhere(reading, together)
            unknown = roles_of_none(reading, together)
        unasked = [role for role in nowhere if role not in unknown]
        drawn = render_template(
            "surveys/import_roles.html",
            contacts=sum(together[role] for role in unknown),
            unknown=_listed(
                [f"{role} ({format_number(together[role])})" for role in sorted(unknown, key=str.casefold)]
            ),
            # Nobody asks any of them, or some touchpoint asks whoever it is.
            asked=any(role not in nowhere for role in unknown),
            unasked=_listed(unasked),
            unasked_roles=len(unasked),
        )
        return Markup(drawn)

    def survey_name(survey: str) -> Markup | None:
        with engine.work.read() as reading:
            found = published.find_in_force(reading, survey)
            first = program.current(reading).first_language
        if found is None:
            return None
        title = published.title_of(found[1], current_locale(), first)
        return Markup('<a href="{}">{}</a>').format(url_for("surveys.survey_detail", key=survey), title)

    slots.add("survey.name", survey_name)
    slots.add("partner.page", experience)
    slots.add("import.review", unasked_roles)


def _listed(roles: Sequence[str]) -> str:
    """The first roles, and how many more there are."""
    named, left = ", ".join(roles[:MOST_ROLES]), len(roles) - MOST_ROLES
    return f"{named} {ngettext('and one more', 'and {n} more', left)}" if left > 0 else named
