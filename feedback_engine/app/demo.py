"""Makes the demo: a fresh installation, a program of its own, and 18 simulated months through the real services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib import resources
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from feedback_engine.app import migrating, program, wiring
from feedback_engine.app.program import ProgramFolder
from feedback_engine.directory import reading as directory
from feedback_engine.directory.service import issue_sign_in_link
from feedback_engine.foundation import program_state
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.mail.transports.folder import FolderTransport, folder_of
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Actor
from feedback_engine.simulation.run import Letterbox, Life, Tally
from feedback_engine.simulation.world import ADMIN, DAYS, PARTNER_COUNT, make_world

MAKER = Actor("system", "demo", "demo")
_DONE = "demo-complete"
_FIRST_SCORE = re.compile(r'name="(q-[a-z0-9_-]+)" value="\d+"')
_OPENS_AT = time(0, 30)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the simulated time has passed, 0..1, and the day it is there."""

    share: float
    day: datetime
    tally: Tally


def is_complete(folder: Path) -> bool:
    """Whether a demo stands in this folder, made to its end."""
    return (folder / _DONE).exists()


def settings_for(folder: Path, port: int) -> Settings:
    """The settings of the demo: everything inside one folder, mail shown and sent nowhere."""
    return Settings(
        database_url=f"sqlite:///{folder / 'demo.db'}",
        var_dir=folder,
        base_url=f"http://127.0.0.1:{port}",
        mail_transport="folder",
        mail_from="partners@northwind.example",
    )


def make(
    settings: Settings, seed: int, *, end: datetime | None = None, partners: int = PARTNER_COUNT, days: int = DAYS
) -> Iterator[Progress]:
    """Simulate the days up to `end` (default: now). The same seed and the same last day make the same ledgers."""
    folder = settings.var_dir
    folder.mkdir(parents=True, exist_ok=True)
    end = end or SystemClock().now().replace(microsecond=0)
    world = make_world(seed, end.astimezone(UTC).date(), partners=partners, days=days)
    clock = MovedClock(datetime.combine(world.truth.begins_at, _OPENS_AT, UTC))
    migrating.upgrade(settings.database_url)
    letterbox = Letterbox(FolderTransport(folder_of(settings)))
    # A demo that a crash cuts short is made again, so it need not wait for the disk.
    database = Database(settings.database_url, durable=False)
    app = wiring.build(settings, clock=clock, transport=letterbox, database=database)
    program.publish(app.engine.work, MAKER, load_program(), "The demo's program")
    with app.engine.work.begin(actor=MAKER) as uow:
        program_state.change(uow, "live", "the simulated months begin")
    life = Life(
        engine=app.engine,
        clock=clock,
        world=world,
        letterbox=letterbox,
        doors=Browser(app.web()),
        settle=app.worker.run_until_idle,
    )
    life.introduce()
    for share in life.run(end):
        yield Progress(share, clock.now(), life.tally)
    (folder / _DONE).write_text(f"seed {seed}\n")
    app.engine.database.dispose()


def load_program() -> ProgramFolder:
    """The demo's own program, which the simulation brings with it."""
    with resources.as_file(resources.files("feedback_engine.simulation") / "program") as folder:
        return program.load_folder(folder)


def sign_in(settings: Settings) -> tuple[str, str]:
    """A fresh link that signs an administrator in, and whom: the demo's own, as long as they administer it.

    An installation always has one. Raises NotFound when this is none.
    """
    app = wiring.build(settings)
    with app.engine.work.read() as reading:
        admins = [each for each in directory.list_staff(reading) if each.active and each.role == "admin"]
    if not admins:
        raise NotFound("This demo has no administrator; make it again with --reset.")
    staff = min(admins, key=lambda each: each.email != ADMIN)
    with app.engine.work.begin(actor=MAKER) as uow:
        token = issue_sign_in_link(uow, app.engine.keys, staff.id)
    app.engine.database.dispose()
    return f"/sign-in/{token}", staff.name or staff.email


class Browser:
    """The simulated partners' browser: the real pages, without a network between."""

    def __init__(self, app: Flask) -> None:
        self._client: FlaskClient = app.test_client(use_cookies=False)

    def first_field(self, token: str) -> str:
        page = self._client.get(f"/s/{token}").get_data(as_text=True)
        found = _FIRST_SCORE.search(page)
        if found is None:
            raise Conflict("The survey page of this link shows no scores.")
        return found[1]

    def answer(self, token: str, form: dict[str, str]) -> bool:
        return self._client.post(f"/s/{token}", data=form).status_code == 303

    def decline(self, token: str) -> None:
        self._client.post(f"/s/{token}/not-now")

    def settle(self, token: str, verdict: str) -> bool:
        return self._client.post(f"/c/{token}", data={"verdict": verdict}).status_code == 303

    def unsubscribe(self, token: str) -> None:
        self._client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
