"""One deed on many cases: each is done or refused for itself, and each says which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import reading as cases
from alerts import service, words
from alerts.casework import words as timeline_words
from alerts.casework.flow import Action, Refused
from alerts.reading import CaseView
from alerts.service import CaseMoved
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.errors import Conflict, Fault, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Work

MOST_CASES = 100
"""So many in one request: each case is a transaction of its own, and somebody waits for the last."""

ActionFor = Callable[[CaseView, datetime], Action | Refused]
"""What shall be done with a case at an instant: "tomorrow morning" differs with the partner's zone."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A case as it was chosen from a list: the reference, and the revision that the reader saw."""

    ref: str
    revision: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of them: its new revision, or why it was refused; `field` is the input that would mend it."""

    ref: str
    revision: int | None = None
    refused: str = ""
    field: str = ""


def act_on_many(work: Work, actor: Actor, viewer: Viewer, picks: Sequence[Pick], action_for: ActionFor) -> list[Result]:
    """Carry out one action on each case, in their order. Raises Invalid for none or more than MOST_CASES of them."""
    _check_count(picks)
    with work.read() as reading:
        found, now = cases.visible_cases(reading, viewer, [pick.ref for pick in picks]), reading.now

    def act(pick: Pick) -> int:
        case = found.get(pick.ref)
        if case is None:
            raise NotFound(gettext("There is no such case among those you may see. Search for the partner instead."))
        action = action_for(case, now)
        if isinstance(action, Refused):
            raise Conflict(words.refusal(action.reason))
        return service.act(work, actor, case.id, action, expected=pick.revision)

    return [_result(work, pick, act) for pick in picks]


def undo_many(work: Work, actor: Actor, viewer: Viewer, picks: Sequence[Pick]) -> list[Result]:
    """Take the last step of each case back, if it was the actor's own and a moment ago. Raises as `act_on_many`."""
    _check_count(picks)

    def undo(pick: Pick) -> int:
        with work.read() as reading:
            case = cases.get_undoable_case(reading, viewer, pick.ref)
        return service.undo(work, actor, case.id, expected=pick.revision)

    return [_result(work, pick, undo) for pick in picks]


def _check_count(picks: Sequence[Pick]) -> None:
    if not picks:
        raise Invalid(gettext("Choose at least one case."))
    if len(picks) > MOST_CASES:
        raise Invalid(gettext("Choose at most {n} cases at once; nothing was changed.", n=MOST_CASES))


def _result(work: Work, pick: Pick, deed: Callable[[Pick], int]) -> Result:
    try:
        return Result(pick.ref, revision=deed(pick))
    except CaseMoved as moved:
        return Result(pick.ref, refused=_what_happened(work, pick.ref, moved))
    except (Conflict, Invalid, NotFound) as error:
        fault = _fault_of(error)
        return Result(pick.ref, refused=fault.detail, field=fault.pointer.removeprefix("/"))


def _fault_of(error: FeedbackError) -> Fault:
    """The first thing that is wrong; without a pointer where no input is."""
    faults = error.faults if isinstance(error, Invalid) else ()
    return faults[0] if faults else Fault("", error.message)


def _what_happened(work: Work, ref: str, moved: CaseMoved) -> str:
    """That the case changed since it was chosen, and how it did last."""
    with work.read() as reading:
        case = cases.case_by_ref(reading, ref)
        if case is None or not moved.changes:
            return moved.message
        last, names = moved.changes[-1], cases.case_detail(reading, case).names
    told = timeline_words.entry(last, names)
    return gettext("It changed since you chose it: {change}.", change=told)
