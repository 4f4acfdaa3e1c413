"""Promise 14: an answer that was acknowledged is in the database, however often the web process is killed."""

from __future__ import annotations

import http.client
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random
from threading import Event

from tests.faults.installed import Installed
from tests.faults.load import Clients, send_form
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.promises import Tell

KILLS = figure(4, 200)
ANSWERS = figure(160, 6_000)


@dataclass
class Answering:
    """Contacts who answer, and answer again the same when no word came back."""

    port: int
    waiting: deque[tuple[str, int]]
    acknowledged: dict[str, int] = field(default_factory=dict)
    tries: int = 0
    _pause: Event = field(default_factory=Event)

    def step(self, _client: int) -> None:
        try:
            path, score = self.waiting.popleft()
        except IndexError:
            self._pause.wait(0.05)
            return
        self.tries += 1
        try:
            reply = send_form(self.port, path, {"q-nps": str(score), "q-comment": f"as {path} says"})
        except (OSError, http.client.HTTPException):
            self.waiting.append((path, score))
            self._pause.wait(0.02)
            return
        assert reply.status == 303, reply.body
        self.acknowledged[path] = score


def test_no_acknowledged_answer_is_missing_after_the_web_was_killed_again_and_again(
    on_sqlite: Installed, tell: Tell
) -> None:
    on_sqlite.invite(ANSWERS)
    paths = on_sqlite.survey_paths()
    answering = Answering(on_sqlite.port, deque((path, number % 11) for number, path in enumerate(paths)))
    chance = Random(14)
    with Clients(answering.step):
        for _ in range(KILLS):
            web = on_sqlite.start_web()
            # Some of the kills come before the first answer of a life.
            wanted = len(answering.acknowledged) + chance.randrange(0, 2 * (ANSWERS // KILLS) - 8)
            until(
                lambda wanted=wanted: len(answering.acknowledged) >= min(wanted, ANSWERS),  # type: ignore[misc]
                "answers are acknowledged",
            )
            web.kill()
        acknowledged = dict(answering.acknowledged)
        stored = _stored(on_sqlite)
        on_sqlite.start_web()
        until(lambda: len(answering.acknowledged) == ANSWERS, "the rest is answered", seconds=300)

    missing = [path for path, score in acknowledged.items() if stored.get(path) != score]
    tell(
        14,
        f"{KILLS} kills of the web, {len(acknowledged):,} answers acknowledged before the last: {len(missing)} missing",
    )
    assert missing == []
    assert _stored(on_sqlite) == answering.acknowledged
    # Sent again after a lost word it is the same answer, and it is announced once to each who listens.
    assert {row.revision for row in on_sqlite.rows("response", "revision")} == {1}
    announced = Counter(row.handler for row in on_sqlite.rows("outbox") if row.event_type == "ResponseSubmitted")
    assert len(announced) == 2
    assert set(announced.values()) == {ANSWERS}
    assert answering.tries > ANSWERS, "no kill hit an answer on its way"


def _stored(installed: Installed) -> dict[str, int]:
    """The score that stands in the database for each survey page."""
    path_of = installed.paths_by_invitation()
    response_of = {row.id: path_of[row.invitation_id] for row in installed.rows("response", "id", "invitation_id")}
    rows = installed.rows("answer", "response_id", "question", "score")
    return {response_of[row.response_id]: row.score for row in rows if row.question == "nps"}
