"""Pure. The words for what partners say about closed cases, and for the rungs of a conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.settling.flow import MEDIATION
from alerts.settling.parts import Apart, Part
from feedback_engine.foundation.i18n import gettext, gettext_noop, language_for_reader

_VERDICTS = {"yes": gettext_noop("Yes"), "partly": gettext_noop("Partly"), "no": gettext_noop("No")}
_RUNGS = {
    1: gettext_noop("direct talk"),
    2: gettext_noop("mediation"),
    3: gettext_noop("escalation contacts"),
}
_SETTLEMENTS = {
    "none": gettext_noop("not asked"),
    "asked": gettext_noop("asked, no reply yet"),
    "confirmed": gettext_noop("settled by the partner"),
    "partly": gettext_noop("partly, says the partner"),
    "disputed": gettext_noop("not settled, says the partner"),
    "unconfirmed": gettext_noop("unconfirmed"),
    "unreached": gettext_noop("not reached"),
}
_SAYS = {"partly": gettext_noop("says: partly"), "disputed": gettext_noop("says: not settled")}
_CLOSED = {
    "asking": gettext_noop("closed, not asked yet"),
    "asked": gettext_noop("closed, waiting for the partner"),
    "confirmed": gettext_noop("closed, partner agrees"),
    "partly": gettext_noop("closed, partly"),
    "disputed": gettext_noop("closed, disputed"),
    "unconfirmed": gettext_noop("closed, unconfirmed"),
    "unreached": gettext_noop("closed, not reached"),
}
_UNMAILABLE = {
    "left": gettext_noop("The contact has left, so nobody can be asked whether it is settled."),
    "erased": gettext_noop("The contact was erased, so nobody can be asked whether it is settled."),
    "complaint": gettext_noop("The contact complained about our mail and gets none any more."),
    "opted_out": gettext_noop("The contact wants no mail from us."),
    "objected": gettext_noop("The contact objected to being written to."),
    "undeliverable": gettext_noop("Mail does not reach the contact; correct the address on the contact page."),
    "draft": gettext_noop("The program is a draft, and no mail goes to partners."),
    "paused": gettext_noop("The program is paused, and no mail goes to partners."),
    "unlisted": gettext_noop("The program is in test, and this contact is not among its test addresses."),
}
_SAID_BY = {
    "partner_confirmed": gettext_noop("{name} says: it is settled."),
    "partner_partly": gettext_noop("{name} says: partly."),
    "partner_disputed": gettext_noop("{name} says: it is not settled."),
}
_SAID_OF = {
    "partner_partly": gettext_noop("{name} says of {ref}: partly."),
    "partner_disputed": gettext_noop("{name} says of {ref}: it is not settled."),
}


def verdict(key: str) -> str:
    """Yes, Partly, No."""
    return gettext(_VERDICTS[key])


def rung(number: int, *, is_mediated: bool = False) -> str:
    """The rung of a conflict; `is_mediated`: a mediator has said what they find."""
    return gettext("mediated") if is_mediated else gettext(_RUNGS[number])


def settlement(key: str) -> str:
    """How the partner's word stands; `none` where nobody was asked."""
    return gettext(_SETTLEMENTS[key])


def says(key: str) -> str:
    """An open case in a list, by what the partner says of how it was closed."""
    return gettext(_SAYS[key])


def closed(key: str) -> str:
    """A closed case in a list, by the partner's word; `asking` until the mail that asks has left."""
    return gettext(_CLOSED[key])


def unmailable(reason: str) -> str:
    """Why somebody cannot be asked."""
    return gettext(_UNMAILABLE.get(reason, _UNMAILABLE["opted_out"]))


def reader_words(name: str, reads: str, letter: str) -> str:
    """Beside a field of the letter: the partner reads this, in a language that we speak or not."""
    if reads and reads.replace("_", "-").partition("-")[0].lower() != letter:
        return gettext(
            "{name} reads these words as they stand. Their language is {language}, in which letters about cases are "
            "not written: the words around yours are in {ours}.",
            name=name,
            language=language_for_reader(reads),
            ours=language_for_reader(letter),
        )
    return gettext(
        "{name} reads these words as they stand, in {language}.", name=name, language=language_for_reader(letter)
    )


def who_is_asked(name: str, *, answered_last: bool) -> str:
    """Whom of several who answered a closing asks, and why them; else it is whoever the case names as its contact."""
    if answered_last:
        return gettext("Several people answered; {name} is asked, who answered last.", name=name)
    return gettext("Several people answered; {name} is asked, whom the case names as its contact.", name=name)


def said_by(entry_kind: str, name: str, of: str | None) -> str:
    """What somebody at the partner said of how a case was closed; `of` is the case, where it is another one."""
    return gettext(_SAID_OF[entry_kind], name=name, ref=of) if of else gettext(_SAID_BY[entry_kind], name=name)


def not_asked(said: str) -> str:
    """Beside whom a closing asks: somebody else of the partner said last that it is not settled; `said` tells that."""
    return gettext("{said} They are not asked by this; tell them yourself.", said=said)


def mediation_goes_on(*, has_mediator: bool) -> str:
    """Why a case cannot be closed now, and what to do."""
    if not has_mediator:
        return gettext("A mediation is going on. The case can be closed once somebody has said what they find.")
    return gettext("A mediation is going on. The case can be closed once the mediator has said what they find.")


def task(rung_number: int, partner: str) -> str:
    """What is to be done by whomever a conflict was brought to."""
    if rung_number == MEDIATION:
        return gettext("Mediate with {partner}", partner=partner)
    return gettext("Take up the conflict with {partner}", partner=partner)


def in_conflict(rung_number: int, partner: str) -> str:
    """How a case stands in the list of its owner while a conflict goes on that was brought to others."""
    if rung_number == MEDIATION:
        return gettext("In mediation: {partner}", partner=partner)
    return gettext("Escalated: {partner}", partner=partner)


def settle_with(theirs: str, due: str, *, calls: bool, late: bool) -> str:
    """What is asked of whomever a conflict came to at last: `due` is that of their call while that is owed (`calls`),
    then that of settling the case, and empty while its clock stands still.

    `theirs` is the partner's escalation contact, empty where there is none.
    """
    named = {"name": theirs or gettext("the partner"), "due": due}
    if not due:
        return gettext("Settle it with {name}", **named)
    if calls and late:
        return gettext("Settle it with {name}; your call was due {due}", **named)
    if calls:
        return gettext("Settle it with {name}; you call by {due}", **named)
    if late:
        return gettext("Settle it with {name}; that was due {due}", **named)
    return gettext("Settle it with {name} by {due}", **named)


def nobody_of_theirs(roles: Sequence[str], *, steers: bool) -> str:
    """Why nobody at the partner was written to at last, and how somebody is; `roles` are those that are written to.
    Whoever steers the program reads where they are named."""
    if not roles and steers:
        return gettext(
            "Nobody there was written to: the program names no role at partners for this (partner_escalation in the "
            "alert file)."
        )
    if not roles:
        return gettext("Nobody there was written to: the program names no role at partners for this.")
    return gettext(
        "Nobody there was written to, as no other contact has the role “{roles}”. Give it to one, and the next "
        "conflict comes to them.",
        roles="”, “".join(roles),
    )


def please_mediate(part: Part | None) -> str:
    """What a mediator is asked, and why it is them; `part` is what they have of the case."""
    why = {
        None: gettext("You took no part in this case."),
        "had": gettext("This case was given to you once, but you did nothing in it."),
        "named": gettext("You were named in this case, but did nothing in it."),
    }[part]
    return f"{why} {gettext('Read what both sides say, speak with them, then say what you find.')}"


def part_in(part: Part, name: str) -> str:
    """What whoever was brought in has of the case, where they are not wholly apart from it."""
    if part == "did":
        return gettext("{name} has worked on the case before.", name=name)
    if part == "had":
        return gettext("The case was given to {name} once, who did nothing in it.", name=name)
    return gettext("{name} was named in the case, but did nothing in it.", name=name)


def opened_again(rung: int, apart: Apart) -> str:
    """To the partner: to whom a case goes that they call unsettled; `apart` is how far its mediator stands from it."""
    if rung != MEDIATION or apart == "nobody":
        return gettext("The case is open again, and goes one level up.")
    if apart == "idle":
        return gettext("The case is open again, and goes one level up, to somebody who has not worked on it.")
    return gettext("The case is open again, and goes one level up, to somebody who took no part in it.")


def what_follows(owner: str, *, is_brought: bool) -> str:
    """To the partner: what comes of a no and of a partly; `is_brought`: others than the owner have the case already.

    Of a no it promises what `opened_again` says in every case: who will be free for it nobody knows yet.
    """
    if is_brought:
        return gettext("If you say no or partly, the case goes on with those to whom it went before.")
    return gettext(
        "If you say no, the case opens again and goes one level up. If you say partly, {name} takes it up again.",
        name=owner,
    )


def said_before(entry_kind: str) -> str:
    """To the partner: what they said of the closing before."""
    if entry_kind == "partner_partly":
        return gettext("You said then that it is partly settled")
    return gettext("You said then that it is not settled")


def tried_before(apart: Apart) -> str:
    """To the partner's escalation contact: what was done before it came to them."""
    return {
        "outside": gettext(
            "We talked about it directly, and somebody who took no part in it looked at it. That was not enough, so we "
            "turn to you as the one who is asked last on your side."
        ),
        "idle": gettext(
            "We talked about it directly, and somebody who had not worked on it looked at it. That was not enough, so "
            "we turn to you as the one who is asked last on your side."
        ),
        "nobody": gettext(
            "We talked about it directly. That was not enough, so we turn to you as the one who is asked last on your "
            "side."
        ),
    }[apart]


def by_when(due: str, *, late: bool) -> str:
    """Until when something is to be done, or was to be; no `due` while the clock of its case stands still."""
    if not due:
        return gettext("once its clock goes on")
    return gettext("which was due {due}", due=due) if late else gettext("by {due}", due=due)


def without_mediator(gone: str, owner: str | None, reader: str, by: str, *, is_anybody_apart: bool) -> str:
    """Who does what next in a mediation without a mediator; `gone` is the name of one who can no longer mediate,
    `is_anybody_apart` whether anybody who works on cases never had this one. `reader` is "finder" for one of those,
    "owner" or empty."""
    why = no_longer_mediates(gone) if gone else gettext("Nobody neutral was found")
    named = {"why": why, "by": by, "owner": owner or gettext("whoever has the case")}
    if is_anybody_apart and reader == "finder":
        return gettext(
            "{why}: next is whoever works on cases and never had this one, so you too. Speak with both sides and say "
            "what you find, {by}. Then {owner} carries it out and closes the case anew.",
            **named,
        )
    if is_anybody_apart and reader == "owner":
        return gettext(
            "{why}: somebody who works on cases and never had this one speaks with both sides and says what they find, "
            "{by}. Then you carry it out and close the case anew.",
            **named,
        )
    if is_anybody_apart:
        return gettext(
            "{why}: somebody who works on cases and never had this one speaks with both sides and says what they find, "
            "{by}. Then {owner} carries it out and closes the case anew.",
            **named,
        )
    return gettext(
        "{why}, and nobody else is there who never had the case: whoever works on cases speaks with the partner and "
        "says what they find, {by}. Then {owner} carries it out and closes the case anew.",
        **named,
    )


def next_step(
    mediator: str, owner: str | None, reader: str, by: str, settle_by: str, *, stated: bool, talked: bool = False
) -> str:
    """Who does what next while somebody mediates: the finding is due `by`, closing the case anew `settle_by`.

    `mediator` and `owner` are names, None: nobody. `reader` is "mediator", "owner" or empty, `stated` whether our
    statement is there, `talked` whether the mediator who reads it has talked with the partner.
    """
    named = {"name": mediator, "by": by, "settle_by": settle_by, "owner": owner or gettext("whoever has the case")}
    if reader == "owner" and stated:
        return gettext(
            "Next is {name}, who mediates: the calls are theirs, and they say what they find, {by}. After that you "
            "close the case anew, {settle_by}.",
            **named,
        )
    if reader == "owner":
        return gettext(
            "Next is you: give our statement. {name}, who mediates, needs it to say what they find, {by}; the calls "
            "are theirs. After that you close the case anew, {settle_by}.",
            **named,
        )
    if reader == "mediator" and talked:
        told = gettext(
            "Next is you: say what you find, {by}. After that {owner} closes the case anew, {settle_by}.", **named
        )
    elif reader == "mediator":
        told = gettext(
            "Next is you: speak with the partner and with {owner}, log the call, and say what you find, {by}. After "
            "that {owner} closes the case anew, {settle_by}.",
            **named,
        )
    else:
        told = gettext(
            "Next is {name}, who mediates: they speak with both sides and say what they find, {by}. After that {owner} "
            "closes the case anew, {settle_by}.",
            **named,
        )
    return told if stated else f"{told} {_awaited(owner)}"


def _awaited(owner: str | None) -> str:
    if owner is None:
        return gettext("Our statement is still awaited; it is needed before the finding.")
    return gettext("The statement of {owner} is still awaited; it is needed before the finding.", owner=owner)


def call_by(mediator: str | None, due: str, *, late: bool) -> str:
    """By when a mediator has to call, or had to; None: the reader is it."""
    if mediator is None:
        return gettext("Your call was due {due}", due=due) if late else gettext("You call by {due}", due=due)
    if late:
        return gettext("The call of {name} was due {due}", name=mediator, due=due)
    return gettext("{name} calls by {due}", name=mediator, due=due)


def beside_call(name: str) -> str:
    """Before somebody logs a call: the one that is owed is that of whoever has the conflict in hand."""
    return gettext("The call that this step owes is {name}’s; yours stands beside it.", name=name)


def closing_before(name: str) -> str:
    """Before the owner closes a case whose conflict is still with somebody."""
    return gettext("{name} has not called yet. Closing asks the partner without that.", name=name)


def waiting_for(name: str) -> str:
    """What a case waits for while somebody owes its partner a call."""
    return gettext("Waiting for the call of {name}.", name=name)


def beside_contact(name: str) -> str:
    """The same before somebody writes, or invites to a call."""
    return gettext("The contact that this step owes is {name}’s; yours stands beside it.", name=name)


def find_by(mediator: str | None, due: str, *, late: bool) -> str:
    """By when a mediator has to say what they find, or had to; None: the reader is it."""
    if mediator is None:
        return (
            gettext("Your finding was due {due}", due=due) if late else gettext("Say what you find by {due}", due=due)
        )
    if late:
        return gettext("The finding of {name} was due {due}", name=mediator, due=due)
    return gettext("{name} says what they find by {due}", name=mediator, due=due)


def after_mediation(owner: str | None, *, to_owner: bool, by: str) -> str:
    """Who does what next once the mediator has said what they find, and until when the case is to be settled."""
    if to_owner:
        return gettext(
            "Next is you: carry out what the mediator finds and close the case anew, {by}; then the partner is "
            "asked again.",
            by=by,
        )
    return gettext(
        "Next is {owner}: they carry out what the mediator finds and close the case anew, {by}; then the partner "
        "is asked again.",
        owner=owner or gettext("whoever has the case"),
        by=by,
    )


def after_escalation(
    escalated_to: str | None, gone: str, owner: str | None, theirs: str, reader: str, by: str, *, reached: bool = False
) -> str:
    """Who does what next on the last rung, and `by` when; `escalated_to` and `owner` are names, None: nobody who can,
    `gone` that of whoever it came to and who works on cases no more.

    `theirs` is the partner's escalation contact, empty where there is none; `reader` is "escalated" for whom it came
    to, "owner" or empty; `reached`: whoever it came to has been in touch with the partner.
    """
    named = {"partner": theirs or gettext("the partner"), "by": by, "owner": owner or gettext("whoever has the case")}
    if reached and escalated_to not in (None, owner):
        return _after_talk(escalated_to or "", reader, named)
    if reader == "escalated" and escalated_to == owner:
        return gettext("Next is you: settle it with {partner} and close the case anew, {by}.", **named)
    if reader == "escalated":
        return gettext("Next is you: settle it with {partner}, {by}; then {owner} closes the case anew.", **named)
    why = no_longer_takes_up(gone) if gone else gettext("Nobody neutral was found")
    if reader == "owner" and escalated_to is None:
        return gettext("{why}, so next is you: settle it with {partner}, {by}.", why=why, **named)
    if escalated_to is None:
        return gettext("{why}: next is {owner}, who settles it with {partner}, {by}.", why=why, **named)
    if reader == "owner":
        return gettext(
            "Next is {name}, to whom it came: they settle it with {partner}, {by}; then you close the case anew.",
            name=escalated_to,
            **named,
        )
    return gettext(
        "Next is {name}, to whom it came: they settle it with {partner}, {by}; then {owner} closes the case anew.",
        name=escalated_to,
        **named,
    )


def _after_talk(escalated_to: str, reader: str, named: Mapping[str, str]) -> str:
    """What follows once whoever a conflict came to at last has been in touch with the partner."""
    if reader == "escalated":
        return gettext(
            "The partner was reached: next is {owner}, who closes the case anew, {by}. Write a note that names them "
            "with an @, so that they hear what was agreed.",
            **named,
        )
    if reader == "owner":
        return gettext(
            "{name}, to whom it came, has reached the partner: next is you. Close the case anew, {by}.",
            name=escalated_to,
            **named,
        )
    return gettext(
        "{name}, to whom it came, has reached the partner: next is {owner}, who closes the case anew, {by}.",
        name=escalated_to,
        **named,
    )


def being_followed(rung_number: int, gone: str) -> str:
    """While somebody else is chosen for whoever a conflict was brought to and who works on cases no more."""
    why = no_longer_mediates(gone) if rung_number == MEDIATION else no_longer_takes_up(gone)
    return gettext("{why}. Somebody else is being chosen, within a minute; then it says here who is next.", why=why)


def hear_by(due: str) -> str:
    """To the partner: by when somebody is in touch with them."""
    return gettext("You will hear from us by {due}.", due=due)


def no_longer_mediates(name: str) -> str:
    """Of a mediator who works on cases no more."""
    return gettext("{name} can no longer mediate", name=name)


def no_longer_takes_up(name: str) -> str:
    """Of an escalation contact of ours who works on cases no more."""
    return gettext("{name} can no longer take it up", name=name)
