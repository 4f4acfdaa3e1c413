"""The surveys of `/surveys`: which are in force, how they came to be, and how they look to those who are asked."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff
from feedback_engine.foundation.web.security import allow_frames
from journeys import reading as journeys
from surveys import program as programs
from surveys import published, samples
from surveys.definitions import SurveyDefinition, remarks
from surveys.invitation_mail import compose
from surveys.web import survey_page
from surveys.wording import Recipient, Wording, word

_PREVIEW_MAIL = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


def add_to(blueprint: Blueprint, engine: Engine) -> None:
    """Add the pages to the blueprint."""
    _add_pages(blueprint, engine)
    _add_previews(blueprint, engine)


def _add_pages(blueprint: Blueprint, engine: Engine) -> None:
    @blueprint.get("/surveys")
    @allow(SIGNED_IN)
    def survey_list() -> str:
        with engine.work.read() as reading:
            languages = programs.current(reading).languages
            found = published.list_in_force(reading)
            asked_at = _places(reading)
            since = {survey.survey: published.history(reading, survey.survey)[0] for _, survey in found}
        return render_template(
            "surveys/surveys.html",
            surveys=found,
            languages=languages,
            asked_at=asked_at,
            since=since,
            kind_words=kind_words,
            title_of=lambda survey: published.title_of(survey, current_locale(), languages[0]),
        )

    @blueprint.get("/surveys/<key>")
    @allow(SIGNED_IN)
    def survey_detail(key: str) -> str:
        with engine.work.read() as reading:
            survey = _survey(reading, key)
            program = programs.current(reading)
            offered = survey.languages(program.languages)
            drawn = render_template(
                "surveys/survey.html",
                survey=survey,
                first=program.first_language,
                offered=offered,
                shown=_shown_language(offered),
                history=published.history(reading, key),
                places=_places(reading).get(key, []),
                kind_words=kind_words,
                remarks=remarks(survey, program.languages),
            )
        allow_frames()
        return drawn


def _add_previews(blueprint: Blueprint, engine: Engine) -> None:
    @blueprint.get("/surveys/<key>/page")
    @allow(SIGNED_IN)
    def survey_preview(key: str) -> Response:
        with engine.work.read() as reading:
            _, wording, recipient = _worded(reading, key)
        drawn, policy = survey_page.draw_preview(wording, recipient, f"/surveys/{key}/page", request.args.get("a", ""))
        return Response(drawn, headers={"Content-Security-Policy": policy})

    @blueprint.get("/surveys/<key>/mail")
    @allow(SIGNED_IN)
    def survey_mail(key: str) -> Response:
        with engine.work.read() as reading:
            survey, wording, recipient = _worded(reading, key)
            first = wording.program.first_language
            occasion = samples.sample_occasion(reading, survey, wording.language, first)
        links = samples.PreviewLinks(engine.settings.base_url, survey.survey, wording.language)
        message = compose(wording, recipient, occasion, links, engine.settings.mail_from)
        return Response(message.html or "", headers={"Content-Security-Policy": _PREVIEW_MAIL})


def _worded(reading: Reading, key: str) -> tuple[SurveyDefinition, Wording, Recipient]:
    """The survey in the words for a sample contact whose owner is the reader of the preview."""
    survey = _survey(reading, key)
    owner = directory.staff_by_id(reading, [current_staff().id]).get(current_staff().id)
    recipient = samples.sample_recipient(reading, survey, owner=owner)
    return survey, word(survey, programs.current(reading), recipient, request.args.get("l", "")), recipient


def _survey(reading: Reading, key: str) -> SurveyDefinition:
    version = request.args.get("version", "")
    if version:
        survey = published.get_survey(reading, version)
        if survey.survey == key:
            return survey
    found = published.find_in_force(reading, key)
    if found is None or version:
        raise NotFound(gettext("There is no such survey, or no such version of it."))
    return found[1]


def _shown_language(offered: tuple[str, ...]) -> str:
    wanted = request.args.get("l", "")
    return next((language for language in (wanted, current_locale()) if language in offered), offered[0])


def kind_words(kind: str) -> str:
    """A type of question as staff read it; a type that has no words yet goes by its name."""
    said = {
        "nps": gettext("NPS, 0 to 10"),
        "csat": gettext("CSAT, 1 to 5"),
        "ces": gettext("CES, 1 to 7"),
        "single_choice": gettext("one of a list"),
        "open_text": gettext("own words"),
        "call_me": gettext("please call me"),
    }
    return said.get(kind, kind.replace("_", " "))


def _places(reading: Reading) -> dict[str, list[str]]:
    """By survey: the names of the touchpoints that ask with it."""
    first, locale = programs.current(reading).first_language, current_locale()
    found: dict[str, list[str]] = {}
    for placed in journeys.touchpoints(reading):
        if placed.definition.survey:
            found.setdefault(placed.definition.survey, []).append(placed.definition.name.get(locale, first))
    return found
