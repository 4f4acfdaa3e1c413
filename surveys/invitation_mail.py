"""One invitation as a mail: HTML with the first question inside, a true plain text, and the headers to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feedback_engine.foundation import i18n
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail.message import Address, Message
from surveys.piping import clean
from surveys.questions import MailChoice, Question, ScaleQuestion
from surveys.wording import Recipient, Wording

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: bool(name and name.endswith(".html")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LONGEST_SHORT_LABEL = 4


class MailLinks(Protocol):
    """Where the links of one mail lead."""

    def survey(self, answer: str | None = None) -> str: ...

    def decline(self) -> str: ...

    def stop(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a mail says beside the survey: where we met (in words), and until when an answer is taken."""

    touchpoint: str
    answer_before: datetime


def compose(wording: Wording, recipient: Recipient, occasion: Occasion, links: MailLinks, mail_from: str) -> Message:
    """The mail to one contact. Raises Invalid when an address or the subject cannot stand in a mail header."""
    program, owner = wording.program, recipient.owner
    with i18n.use_locale(wording.language):
        words = _words(wording, recipient, occasion, links)
    sender_name = f"{owner.name} ({program.name})" if owner else program.sender_name or program.name
    return Message(
        sender=Address(program.sender_email or mail_from, clean(sender_name)),
        recipient=Address(recipient.contact.email, clean(recipient.contact.name)),
        subject=words["subject"],
        text=_TEMPLATES.get_template("surveys/mail.txt").render(words),
        html=_TEMPLATES.get_template("surveys/mail.html").render(words),
        reply_to=Address(owner.email, clean(owner.name)) if owner else None,
        headers={
            # RFC 8058: the client POSTs this very line to the https address, without cookie or redirect.
            "List-Unsubscribe": f"<{links.stop()}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _words(wording: Wording, recipient: Recipient, occasion: Occasion, links: MailLinks) -> dict[str, Any]:
    survey, say = wording.survey, wording.say
    name = wording.values["contact.first_name"]
    subject = clean(wording.text(survey.subject))
    by = i18n.format_date(occasion.answer_before, recipient.zone, wording.language, "long")
    question = survey.first_question
    counts = say(
        "Nothing counts until you press Send on the next page. {effort}, by {date}.", effort=wording.effort(), date=by
    )
    return {
        "language": wording.language,
        "direction": i18n.text_direction(wording.language),
        "subject": subject,
        "heading": subject,
        "preview": _preview(wording, recipient),
        "greeting": say("Hello {name},", name=name) if name else "",
        "introduction": wording.text(survey.introduction),
        "question": wording.text(question.text),
        "counts": counts,
        "address": links.survey(),
        "answer_words": say("Answer"),
        "decline_address": links.decline(),
        "decline_words": say("Not now"),
        "stop_address": links.stop(),
        "stop_words": say("Stop these e-mails"),
        "reasons": _reasons(wording, recipient, occasion),
        "touchpoint": occasion.touchpoint,
        "postal_address": wording.program.postal_address,
        **_signature(wording, recipient),
        **_choices(wording, question, links),
    }


def _preview(wording: Wording, recipient: Recipient) -> str:
    """The line a mail client shows beside the subject."""
    if recipient.owner is None:
        return wording.effort()
    return wording.say("{effort}. {owner} reads every answer.", effort=wording.effort(), owner=recipient.owner.name)


def _signature(wording: Wording, recipient: Recipient) -> dict[str, str]:
    say, program = wording.say, wording.program
    if recipient.owner is None:
        sender = program.sender_name or program.name
        return {"signature": sender, "signature_note": program.name if program.name != sender else ""}
    note = say("your contact at {program}; a reply to this mail reaches me", program=program.name)
    return {"signature": recipient.owner.name, "signature_note": note}


def _reasons(wording: Wording, recipient: Recipient, occasion: Occasion) -> list[tuple[str, str]]:
    say, happened = wording.say, recipient.happened
    if happened is not None and happened.of_wave and occasion.touchpoint:
        # Nothing happened to whoever a wave asks, so there is nothing to name.
        why = say("we ask people at our partners about “{touchpoint}” at this time.", touchpoint=occasion.touchpoint)
    elif happened is not None and occasion.touchpoint:
        date = i18n.format_date(happened.at, recipient.zone, wording.language, "long")
        why = say(
            "this happened between your company and us: “{touchpoint}”, {date}.",
            touchpoint=occasion.touchpoint,
            date=date,
        )
    else:
        why = say("you work with {program}.", program=wording.program.name)
    if recipient.owner is not None:
        who = say(
            "{owner} and the partner team at {program}.", owner=recipient.owner.name, program=wording.program.name
        )
    else:
        who = say("the partner team at {program}.", program=wording.program.name)
    return [(say("Why you:"), why), (say("Who reads it:"), who)]


def _choices(wording: Wording, question: Question, links: MailLinks) -> dict[str, Any]:
    """The first question's links in rows, with a word at each end of a scale."""
    choices = question.mail_choices(wording.language, wording.program.first_language)
    columns = question.mail_columns
    shown = [_link(wording, question, choice, links) for choice in choices]
    low, high = ends(wording, question)
    return {
        "rows": [shown[start : start + columns] for start in range(0, len(shown), columns)],
        "columns": columns,
        "width": f"{100 / columns:.2f}",
        "short": all(len(choice.label) <= _LONGEST_SHORT_LABEL for choice in choices),
        "low": low,
        "high": high,
    }


def _link(wording: Wording, question: Question, choice: MailChoice, links: MailLinks) -> dict[str, str]:
    name = ""
    if isinstance(question, ScaleQuestion):
        name = wording.say("{score} of {most}", score=choice.label, most=question.scores[-1])
    return {"address": links.survey(choice.value), "label": choice.label, "name": name}


def ends(wording: Wording, question: Question) -> tuple[str, str]:
    """The words at the ends of a scale, each with its digit; empty for other questions."""
    if not isinstance(question, ScaleQuestion):
        return "", ""
    low = wording.text(question.low) if question.low else wording.say(question.default_low)
    high = wording.text(question.high) if question.high else wording.say(question.default_high)
    shape = gettext_noop("{score} = {words}")
    return (
        wording.say(shape, score=question.scores[0], words=low),
        wording.say(shape, score=question.scores[-1], words=high),
    )
