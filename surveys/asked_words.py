"""Reads the question behind a score, in the words in which whoever gave the score was asked."""

from __future__ import annotations

from feedback_engine.foundation.unit_of_work import Reading
from surveys import published, store
from surveys.program import current as program_in_force
from surveys.recipients import recipients_of
from surveys.store import ResponseFields
from surveys.wording import word


def words_of_question(reading: Reading, response: ResponseFields, question_key: str, wanted: str = "") -> str:
    """The words of a question that a response answered, its fields filled in, on one line; in `wanted` where the survey
    has it, else in the contact's language. Empty where the question, the invitation or the contact is gone."""
    survey = published.get_survey(reading, response.survey_version)
    question = survey.find_question(question_key)
    invitations = list(store.invitations_by_id(reading, [response.invitation_id]).values())
    recipients = recipients_of(reading, invitations, survey.event_fields)
    if question is None or not recipients:
        return ""
    [recipient] = recipients.values()
    wording = word(survey, program_in_force(reading), recipient, wanted)
    return " ".join(wording.text(question.text).split())
