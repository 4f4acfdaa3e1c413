"""Our side of the simulated world: owners work on their cases, the program owner turns themes into initiatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from alerts import reading as alerts
from alerts import service as cases
from alerts.casework.flow import Letter
from alerts.reading import CaseView
from alerts.settling import asking as settling
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.directory.service import assign_owner
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import Actor
from feedback_engine.outer_loop import reading as outer_loop
from feedback_engine.outer_loop import service as initiatives
from feedback_engine.outer_loop.reading import ThemeView
from feedback_engine.outer_loop.service import Proposal
from feedback_engine.simulation import behaviour, comments, names, planted
from feedback_engine.simulation.agenda import Agenda
from feedback_engine.simulation.planted import InitiativeTruth
from feedback_engine.simulation.world import Handover, World

PATIENCE = timedelta(days=150)
"""How long a theme may wait before the program owner says no to it."""

_LEFT_OPEN = timedelta(days=30)
"""Themes of the last weeks are left for the reader to decide."""

_ASKS_FOR = timedelta(days=120)
"""How long before the end our people began to ask partners whether their cases are settled."""


@dataclass(slots=True)
class _InHand:
    """A case as its owner has it on the desk."""

    id: UUID
    kind: str
    touchpoint: str
    owner: StaffView
    person: str
    contact_id: UUID | None


@dataclass(slots=True)
class Office:
    """Everything our people do. `causes` holds why the last bad answer of each address was bad."""

    engine: Engine
    world: World
    agenda: Agenda
    causes: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """The cases that are closed now."""
    accepted: dict[str, str] = field(default_factory=dict)
    staff: dict[str, StaffView] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The case about which each address was asked last whether it is settled."""
    _known: dict[str, _InHand | None] = field(default_factory=dict)

    # ---- cases

    def take_on(self, ref: str) -> None:
        """Somebody has read that a case was opened, and plans what to do about it."""
        if ref in self._known:
            return
        self._known[ref] = None
        with self.engine.work.read() as reading:
            case = alerts.case_by_ref(reading, ref)
        if case is None or case.owner is None:
            return
        self._known[ref] = hand = _in_hand(case, case.owner)
        plan = behaviour.handle(self.world.truth, ref, case.kind)
        latest = self.engine.clock.now()
        steps: tuple[tuple[timedelta | None, Callable[[_InHand, str], None]], ...] = (
            (plan.acknowledge_after, self._acknowledge),
            (plan.hand_over_after, self._hand_over),
            (plan.contact_after, self._contact),
            (plan.note_after, self._note),
            (plan.close_after, partial(self._close, outcome=plan.outcome)),
            (plan.reopen_after, self._reopen),
        )
        for after, action in steps:
            if after is not None:
                # What the night puts off to the same morning keeps its order.
                latest = max(self._office_hour(hand, ref, after), latest + timedelta(minutes=7))
                self.agenda.add(latest, partial(action, hand, ref))

    def _office_hour(self, hand: _InHand, ref: str, after: timedelta) -> datetime:
        wanted = self.engine.clock.now() + after
        return behaviour.in_office_hours(wanted, hand.owner.time_zone, self._draw(ref, f"minute {after}"))

    def _acknowledge(self, hand: _InHand, ref: str) -> None:
        cases.acknowledge(self.engine.work, _actor(hand.owner), hand.id)

    def _hand_over(self, hand: _InHand, ref: str) -> None:
        """Give the case to the one who answers for the touchpoint, where the map names somebody."""
        wanted = _DEPARTMENTS.get(hand.touchpoint)
        if wanted is not None and wanted != hand.owner.email:
            cases.assign(self.engine.work, _actor(hand.owner), hand.id, self.staff[wanted].id)
            hand.owner = self.staff[wanted]

    def _contact(self, hand: _InHand, ref: str) -> None:
        channel = "mail" if hand.kind == "thanks" else "call"
        text = self._words(ref, "thanks" if hand.kind == "thanks" else "call")
        cases.log_contact(self.engine.work, _actor(hand.owner), hand.id, channel=channel, outcome="talked", text=text)

    def _note(self, hand: _InHand, ref: str) -> None:
        cases.note(self.engine.work, _actor(hand.owner), hand.id, self._words(ref, "note"))

    def _close(self, hand: _InHand, ref: str, *, outcome: str) -> None:
        if hand.kind == "thanks":
            cases.close(self.engine.work, _actor(hand.owner), hand.id, outcome=outcome)
        else:
            cause = self.causes.get(hand.person) or "not_informed"
            text = comments.one_of(partial(self._draw, ref), "close", comments.spoken("en")["work"]["close"][cause])
            letter = self._letter(hand, ref, text) if outcome == "settled" else None
            close = partial(cases.close, self.engine.work, _actor(hand.owner), hand.id, outcome=outcome)
            close(root_cause=cause, text=text, letter=letter)
            if letter is not None:
                self.asked[hand.person] = ref
        self.closed.add(ref)

    def _letter(self, hand: _InHand, ref: str, found: str) -> Letter | None:
        """What the partner is told with the question whether it is settled; None where they are not asked."""
        if hand.contact_id is None or self.engine.clock.now() < self.world.truth.ends_at - _ASKS_FOR:
            return None
        with self.engine.work.read() as reading:
            if settling.refusal_of(reading, hand.contact_id) is not None:
                return None
        return Letter(found, self._words(ref, "did"))

    def _reopen(self, hand: _InHand, ref: str) -> None:
        cases.reopen(self.engine.work, _actor(hand.owner), hand.id, comments.spoken("en")["work"]["reopen"])
        self.closed.discard(ref)
        self._close_again(hand, ref)

    def go_on(self, ref: str) -> None:
        """The partner called the case settled in part, which opened it again: its owner goes on with it."""
        hand = self._known.get(ref)
        if hand is not None:
            self._close_again(hand, ref)

    def _close_again(self, hand: _InHand, ref: str) -> None:
        again_at = self._office_hour(hand, ref, timedelta(days=3))
        self.agenda.add(again_at, partial(self._close, hand, ref, outcome="settled"))

    # ---- partners change hands

    def hand_over_partner(self, handover: Handover) -> None:
        """Another of our people answers for a partner from now on."""
        to = self.staff[handover.to]
        with self.engine.work.read() as reading:
            partner = directory.get_partner(reading, handover.partner)
        with self.engine.work.begin(actor=_actor(self.staff[names.HENRIK])) as uow:
            assign_owner(uow, partner.id, to.id)

    # ---- the outer loop

    def review(self) -> None:
        """What the program owner does on a Monday: accepts what is planned, says no to what has waited too long."""
        now = self.engine.clock.now()
        with self.engine.work.read() as reading:
            themes = outer_loop.open_themes(reading)
            causes = {cause.key: cause.department for cause in alerts.root_causes(reading).values()}
        for theme in sorted(themes, key=lambda theme: theme.root_cause):
            plan = self._plan_for(theme)
            if plan is not None:
                self._accept(theme, plan, causes.get(theme.root_cause) or "Alliances")
            elif now - theme.opened_at > PATIENCE and now < self.world.truth.ends_at - _LEFT_OPEN:
                with self.engine.work.begin(actor=_actor(self.staff[names.HENRIK])) as uow:
                    initiatives.dismiss_theme(uow, theme.id, comments.spoken("en")["work"]["dismiss"])

    def _plan_for(self, theme: ThemeView) -> InitiativeTruth | None:
        now = self.engine.clock.now()
        waiting = (one for one in self.world.truth.initiatives if one.key not in self.accepted)
        return next((one for one in waiting if one.cause == theme.root_cause and one.accepted_at <= now), None)

    def _accept(self, theme: ThemeView, plan: InitiativeTruth, department: str) -> None:
        proposal = Proposal(
            title=plan.title,
            problem=_problem(theme),
            department=department,
            accountable_id=self.staff[names.PRIYA].id,
        )
        with self.engine.work.begin(actor=_actor(self.staff[names.HENRIK])) as uow:
            made = initiatives.accept_theme(uow, theme.id, proposal)
        self.accepted[plan.key] = made.ref
        # What is accepted late is begun at once, and delivered when it was planned.
        now = self.engine.clock.now()
        self.agenda.add(max(plan.started_at, now + timedelta(hours=1)), lambda: self._move(made.ref, "started"))
        if plan.delivered_at is not None:
            delivered_at = max(plan.delivered_at, now + timedelta(hours=2))
            self.agenda.add(delivered_at, lambda: self._move(made.ref, "delivered"))

    def _move(self, ref: str, state: str) -> None:
        with self.engine.work.read() as reading:
            one = outer_loop.get_initiative(reading, ref)
        with self.engine.work.begin(actor=_actor(self.staff[names.PRIYA])) as uow:
            initiatives.move(uow, ref, one.revision, state)

    # ---- words

    def _words(self, ref: str, name: str) -> str:
        return comments.one_of(partial(self._draw, ref), name, comments.spoken("en")["work"][name])

    def _draw(self, ref: str, name: str) -> float:
        return planted.unit(self.world.truth, "office", ref, name)


_DEPARTMENTS = {
    "deal.registration_decided": f"sofia.lindgren@{names.DOMAIN}",
    "ticket.closed": f"tom.gallagher@{names.DOMAIN}",
    "escalation.closed": f"tom.gallagher@{names.DOMAIN}",
    "first_training.completed": f"noor.haddad@{names.DOMAIN}",
    "certification.passed": f"noor.haddad@{names.DOMAIN}",
}


def _in_hand(case: CaseView, owner: StaffView) -> _InHand:
    email, contact_id = (case.contact.email, case.contact.id) if case.contact else ("", None)
    return _InHand(case.id, case.kind, case.touchpoint, owner, email, contact_id)


def _actor(staff: StaffView) -> Actor:
    return Actor("staff", str(staff.id), staff.name)


def _problem(theme: ThemeView) -> str:
    partners = "1 partner" if theme.partners == 1 else f"{theme.partners} partners"
    return f"{theme.cases} cases of {partners} share this cause."
