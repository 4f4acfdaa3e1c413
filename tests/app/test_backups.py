"""Backups: what they hold, what they refuse, and that a restored database sends nothing until it is released."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import orjson
import pytest
import requests

from alerts import service as cases
from feedback_engine.app import releasing
from feedback_engine.app.backups import restoring, taking
from feedback_engine.foundation.clock import SystemClock
from feedback_engine.foundation.errors import Conflict, FeedbackError, Invalid, Unavailable
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.browser.people import links_of
from tests.contents import columns_and_contents_of, contents_of
from tests.directory import builders
from tests.installation import Installation, cloud_event, running
from tests.upgrades.seeded import REVISIONS, kind_of, seed_of

OWN_WORK = {"audit", "release_gate"}
"""What a restore itself writes to."""
PARTNERS = ("tagus", "kestrel", "vela", "baltic")


@pytest.fixture
def lost(migrated_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation at work: Tagus has answered and its owner is about to hear, Kestrel's mail waits in the hold.

    Its webhooks go to its own receiver, from whichever copy of it they come.
    """
    with running(migrated_url, tmp_path / "lost") as made:
        made.publish_starter()
        _people(made)
        key = made.api_key("events:write")
        _tell(made, key, "tagus")
        made.settle()
        made.later(minutes=61)
        answer = requests.post(_survey_link(made), {"q-nps": "2", "q-comment": "Nine days."}, timeout=30)
        assert answer.status_code == 200
        _tell(made, key, "kestrel")
        # Everything is decided and queued, but nothing of it has left.
        made.app.worker.react_until_idle()
        yield made


def _people(made: Installation) -> None:
    dana = made.staff("Dana Keller", "alliance_manager")
    for key in PARTNERS:
        partner = builders.partner(made.engine, key, kind="channel", tier="Gold")
        builders.contact(made.engine, partner, f"ines@{key}.example", role="sales manager")
        builders.owned(made.engine, dana, partner)
    with made.engine.work.begin(actor=SYSTEM) as uow:
        cases.add_endpoint(uow, "CRM", made.hooks.url, allow_private=True)


def _tell(made: Installation, key: str, partner: str) -> None:
    made.post_event(key, cloud_event(partner, partner, f"ines@{partner}.example", made.clock.now()))


def _survey_link(made: Installation) -> str:
    [letter] = made.letters("ines@tagus.example")
    return next(link for link in links_of(letter) if "/s/" in link).partition("?")[0]


def _restored(lost: Installation, url: str, folder: Path) -> None:
    """Take a backup of the lost installation and restore it to another database."""
    file = folder / "the.backup"
    taking.take(lost.engine.settings, lost.clock, file)
    restoring.restore(_settings(url), lost.clock, file)


def _settings(url: str, **given: str) -> Settings:
    return Settings(database_url=url, **given)  # type: ignore[arg-type]


# ---- what a restored installation does


def test_a_restored_database_holds_every_row_and_old_links_open(
    lost: Installation, empty_databases: Callable[[], str], tmp_path: Path
) -> None:
    url = empty_databases()
    _restored(lost, url, tmp_path)
    before = lost.engine.settings.database_url
    columns, held = columns_and_contents_of(before)
    columns = {name: names for name, names in columns.items() if name not in OWN_WORK}
    assert contents_of(url, columns) == {name: held[name] for name in columns}
    with running(url, tmp_path / "found") as found:
        path = urlsplit(_survey_link(lost)).path
        assert requests.get(found.address + path, timeout=30).status_code == 200
        page = found.signed_in("dana@northwind.example").get(found.address + "/partners", timeout=30).text
        assert "Restored: nothing is sent" in page
        with found.engine.work.begin(actor=SYSTEM) as uow:
            queue.resume(uow)  # opens another gate
        found.clock.set(lost.clock.now())
        found.later(days=2)
        assert (found.mails.taken, lost.hooks.heard) == ([], [])


@pytest.mark.parametrize(
    ("choice", "sent", "told"),
    [
        ("cancel-due", [], 0),  # nobody gets one twice
        ("send-due", ["dana@northwind.example", "ines@kestrel.example"], 1),  # nobody misses one
    ],
)
def test_what_fell_due_since_the_backup_goes_by_the_operators_word(
    lost: Installation,
    empty_databases: Callable[[], str],
    tmp_path: Path,
    choice: releasing.Choice,
    sent: list[str],
    told: int,
) -> None:
    url = empty_databases()
    _restored(lost, url, tmp_path)
    with running(url, tmp_path / "found") as found:
        found.clock.set(lost.clock.now())
        found.later(hours=2)
        with pytest.raises(
            Conflict, match=r"1 mails to partners, 1 to staff and 1 webhooks .*--cancel-due.*--send-due"
        ):
            releasing.release(found.engine.work, SYSTEM, None)
        found.settle()
        assert (found.mails.taken, lost.hooks.heard) == ([], [])
        cancelled = releasing.release(found.engine.work, SYSTEM, choice)
        found.settle()
        assert sorted(mail.recipient for mail in found.mails.taken) == sent
        assert (cancelled + len(sent) + told, len(lost.hooks.heard)) == (3, told)
        with pytest.raises(Conflict, match="released already"):
            releasing.release(found.engine.work, SYSTEM, choice)
        _tell(found, found.api_key("events:write"), "vela")
        found.settle()
        found.later(minutes=61)
        assert "ines@vela.example" in [mail.recipient for mail in found.mails.taken]


def test_without_anything_due_no_choice_is_needed(lost: Installation, tmp_path: Path) -> None:
    lost.settle()
    with pytest.raises(Conflict, match="was not restored"):
        releasing.release(lost.engine.work, SYSTEM, None)
    url = lost.engine.settings.database_url
    if kind_of(url) == "sqlite":
        _restored(lost, f"sqlite:///{tmp_path}/quiet.db", tmp_path)
        with running(f"sqlite:///{tmp_path}/quiet.db", tmp_path / "found") as found:
            found.clock.set(lost.clock.now())
            assert releasing.release(found.engine.work, SYSTEM, None) == 0
            found.later(hours=2)
            assert [mail.recipient for mail in found.mails.taken] == ["ines@kestrel.example"]


# ---- the file


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    settings = _restored_seed(tmp_path)
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "today.backup"
    taken = taking.take(settings, SystemClock(), file)
    assert (stat.S_IMODE(file.stat().st_mode), [path.name for path in folder.iterdir()]) == (0o600, ["today.backup"])
    assert taken.manifest.revision == REVISIONS[-1]
    before = file.read_bytes()
    with pytest.raises(Conflict, match="--force"):
        taking.take(settings, SystemClock(), file)
    assert file.read_bytes() == before
    taking.take(settings, SystemClock(), file, force=True)
    assert file.read_bytes() != before


def test_nothing_to_back_up_is_said(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"no database|empty"):
        taking.take(_settings(empty_url), SystemClock(), tmp_path / "none.backup")
    assert not (tmp_path / "none.backup").exists()


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    settings = _restored_seed(tmp_path)
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(os.urandom(8192))
    with pytest.raises(Unavailable, match="damaged"):
        taking.take(settings, SystemClock(), tmp_path / "bad.backup")
    assert not (tmp_path / "bad.backup").exists()


def _restored_seed(folder: Path) -> Settings:
    settings = _settings(f"sqlite:///{folder}/seed.db")
    restoring.restore(settings, SystemClock(), seed_of(REVISIONS[0], "sqlite"))
    return settings


# ---- what a restore refuses


def _flipped(file: Path, at: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(len(content) * at)] ^= 0x10
    file.write_bytes(content)


def _cut(file: Path, at: float) -> None:
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * at)])


def _claiming(file: Path, **changes: object) -> None:
    """Let the manifest say something else."""
    with ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = {**orjson.loads(members["manifest.json"]), **changes}
    with ZipFile(file, "w") as archive:
        for name, content in {**members, "manifest.json": orjson.dumps(manifest)}.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: _flipped(file, 0.3), "backup"),  # one bit
        (lambda file: _flipped(file, 0.6), "backup"),
        (lambda file: _cut(file, 0.9), "not a whole backup"),  # a full disk
        (lambda file: file.write_bytes(b""), "not a whole backup"),
        (lambda file: file.write_text("a letter"), "not a whole backup"),
        (lambda file: _claiming(file, members={}), "damaged"),
        (lambda file: _claiming(file, tables={}), "damaged|not those"),
        (lambda file: _claiming(file, revision="9999_of_tomorrow"), "9999_of_tomorrow.*install"),
        (lambda file: _claiming(file, format=2), "format 2"),
        (lambda file: _claiming(file, links_check="0" * 16), "SECRET_KEY"),
    ],
)
def test_a_spoiled_backup_is_refused_and_leaves_the_database_empty(
    empty_url: str, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    file = tmp_path / "spoiled.backup"
    shutil.copyfile(seed_of(REVISIONS[0], kind_of(empty_url)), file)
    spoil(file)
    with pytest.raises(FeedbackError, match=words):
        restoring.restore(_settings(empty_url), SystemClock(), file)
    # Empty still: the sound one goes in.
    restored = restoring.restore(_settings(empty_url), SystemClock(), seed_of(REVISIONS[0], kind_of(empty_url)))
    assert restored.applied == tuple(REVISIONS[1:])
    with pytest.raises(Conflict, match="already"):
        restoring.restore(_settings(empty_url), SystemClock(), seed_of(REVISIONS[0], kind_of(empty_url)))


def test_a_backup_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"backup of PostgreSQL.*names SQLite"):
        restoring.restore(_settings(f"sqlite:///{tmp_path}/new.db"), SystemClock(), seed_of(REVISIONS[0], "postgresql"))


def test_a_wal_left_behind_by_another_database_is_not_played_into_the_restored_one(tmp_path: Path) -> None:
    (tmp_path / "new.db-wal").write_bytes(b"of another database")
    with pytest.raises(Conflict, match=r"new\.db-wal"):
        restoring.restore(_settings(f"sqlite:///{tmp_path}/new.db"), SystemClock(), seed_of(REVISIONS[0], "sqlite"))


def test_another_secret_key_needs_the_operators_word(tmp_path: Path) -> None:
    settings = _settings(f"sqlite:///{tmp_path}/new.db", secret_key="not the one of then")
    seed = seed_of(REVISIONS[0], "sqlite")
    with pytest.raises(Conflict, match="--other-secret-key"):
        restoring.restore(settings, SystemClock(), seed)
    assert restoring.restore(settings, SystemClock(), seed, other_keys=True).manifest.rows > 0
