"""What sampling would say to each contact of a wave if the wave were sent now; by the real rules, nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from feedback_engine.foundation.errors import TransientError
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Reading
from journeys import service as journeys_service
from surveys import waves
from surveys.deciding import foresee
from surveys.deciding_facts import OpenCases, Subject
from surveys.sampling.decide import DEFERRED, DROP, INVITE
from surveys.sampling.instants import to_micros
from surveys.wave_reading import Member, Surveyed
from surveys.wave_store import WaveRow


@dataclass(frozen=True, slots=True)
class Foresight:
    """The foreseen outcome of each contact, and the rule that names a refusal or a deferral."""

    outcomes: Mapping[UUID, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many would be invited now."""
        return sum(outcome == INVITE for outcome, _ in self.outcomes.values())

    @property
    def refused(self) -> list[tuple[str, int]]:
        """How many would not be asked, by the rule that says so, most first."""
        return self._by_rule(DROP)

    @property
    def put_off(self) -> list[tuple[str, int]]:
        """How many would be decided about again later, by the rule that makes them wait, most first."""
        return self._by_rule(DEFERRED)

    @property
    def not_asked(self) -> int:
        """How many would not be asked now."""
        return len(self.outcomes) - self.asked

    def _by_rule(self, wanted: str) -> list[tuple[str, int]]:
        return Counter(rule or "" for outcome, rule in self.outcomes.values() if outcome == wanted).most_common()


def foresee_wave(
    reading: Reading, keys: Keys, wave: WaveRow, place: Surveyed, members: Sequence[Member], open_cases: OpenCases
) -> Foresight | None:
    """What sending the wave now would decide about its members that were not struck, as if the program were live.

    None while no sampling plan is in force. A fixed number of statements, however many members there are.
    """
    chosen = [member for member in members if member.row.state != "struck"]
    events = journeys_service.foresee_events(reading, keys, waves.event_drafts(wave, chosen, place.event))
    now = to_micros(reading.now)
    subjects = [
        Subject(event, wave.touchpoint, chosen[index].candidate.contact, now, arrived_at=now)
        for index, event in events.items()
    ]
    try:
        taken = foresee(reading, subjects, open_cases)
    except TransientError:
        return None
    # Of somebody decided about more than once, the later decision counts.
    return Foresight(
        {each.subject.contact.id: (each.decision.outcome, each.decision.rule) for each in taken if each.subject.contact}
    )
