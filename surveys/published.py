"""Surveys as they were published: the version in force, any older one, and their history."""

from __future__ import annotations

from datetime import datetime

from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from feedback_engine.foundation.versions import Activation
from surveys import piping
from surveys.definitions import SurveyDefinition, body_of, read_body

KIND = "survey"

_MOST_KEPT = 256
_read: dict[str, SurveyDefinition] = {}


def publish(uow: UnitOfWork, survey: SurveyDefinition, *, from_at: datetime | None = None, comment: str = "") -> str:
    """Store a survey as a version and put it in force; returns the version. The same content is the same version."""
    version = versions.publish(uow, KIND, survey.survey, body_of(survey))
    versions.activate(uow, KIND, survey.survey, version, from_at, comment)
    return version


def get_survey(reading: Reading, version: str) -> SurveyDefinition:
    """The survey of a version. Raises NotFound. A version never changes, so each is read once in a process."""
    survey = _read.get(version)
    if survey is None:
        survey = read_body(versions.get(reading, version))
        if len(_read) >= _MOST_KEPT:
            _read.clear()
        _read[version] = survey
    return survey


def find_in_force(reading: Reading, key: str, at: datetime | None = None) -> tuple[str, SurveyDefinition] | None:
    """The version of a survey in force at `at` (default: now); None when there is none or it was taken out."""
    found = versions.in_force(reading, KIND, key, at)
    if found is None or not found.body:
        return None
    return found.version, _read.setdefault(found.version, read_body(found.body))


def list_in_force(reading: Reading) -> list[tuple[str, SurveyDefinition]]:
    """Every survey in force with its version, by key."""
    found = (find_in_force(reading, key) for key in versions.keys(reading, KIND))
    return [survey for survey in found if survey is not None]


def titles(reading: Reading, locale: str, first: str) -> dict[str, str]:
    """The title of each survey in force by its key, for a reader of `locale`; `first` is the program's language."""
    return {survey.survey: title_of(survey, locale, first) for _, survey in list_in_force(reading)}


def title_of(survey: SurveyDefinition, locale: str, first: str) -> str:
    """The title of a survey as staff read it, where no event fills its fields: with the words given for that."""
    return " ".join(piping.fill(survey.title.get(locale, first), {}).split()) or survey.survey


def history(reading: Reading, key: str) -> list[Activation]:
    """When which version of a survey was put in force, newest first."""
    return versions.history(reading, KIND, key)
