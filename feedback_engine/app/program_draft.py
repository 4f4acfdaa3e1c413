"""A draft of the alerts: read into the program in force, its examples tried, its holes found, published from a page."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from alerts.trial.views import Draft
from feedback_engine.app import program, program_alert_checks, program_checks, program_files, program_holes
from feedback_engine.app.program_files import Sources
from feedback_engine.foundation import versions
from feedback_engine.foundation.definitions import DefinitionError, DefinitionFault
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work

DRAFT_NAME = "alerts/alerts.yaml"
_MOST_BYTES = 500_000


def read_draft(reading: Reading, text: str, name: str = DRAFT_NAME) -> Draft:
    """One alert file in place of all those in force. Raises DefinitionError when it does not fit the program."""
    return _drafted(reading, program_files.read_texts(_texts(reading, text, name)))


def read_draft_at(reading: Reading, path: Path) -> Draft:
    """The same for a file, or the alerts of a whole program folder."""
    if path.is_dir():
        return _drafted(reading, program_files.read_folder(path))
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not text in UTF-8.") from None
    return read_draft(reading, text, f"alerts/{PurePosixPath(path.name).stem}.yaml")


def text_in_force(reading: Reading) -> str:
    """The alerts in force as one file. Raises NotFound when no program was published yet."""
    return program.texts_in_force(reading).get(DRAFT_NAME, "")


def by_files(reading: Reading) -> bool:
    """Whether files manage the program, so that pages only read it."""
    found = versions.in_force(reading, "program", "program")
    return found is not None and found.body.get("managed_by") == "files"


def alerts_version(reading: Reading) -> str:
    """Which alerts are in force; empty when no program was published yet."""
    found = versions.in_force(reading, "alerts", "alerts")
    return found.version if found is not None else ""


def publish_draft(work: Work, actor: Actor, text: str, instead_of: str) -> bool:
    """Put a draft in force; whether that changed anything. `instead_of` is the version of the alerts it was made on,
    empty where none were in force.

    Raises Conflict when files manage the program or other alerts are in force by now, DefinitionError for faults and
    holes.
    """
    with work.read() as reading:
        texts = _texts(reading, text, DRAFT_NAME)
    folder = program.load_texts(texts)
    if folder.program.managed_by == "files":
        raise Conflict(gettext("This program is managed by files. Save the draft in its folder and apply it."))
    made_on = ("alerts", instead_of)
    published = program.publish(work, actor, folder, "Changed on the alert bench", instead_of=made_on)
    return bool(published.changes)


def _texts(reading: Reading, text: str, name: str) -> dict[str, str]:
    if len(text.encode()) > _MOST_BYTES:
        raise Invalid(gettext("The draft is longer than any alert file may be; shorten it."))
    kept = {at: content for at, content in program.texts_in_force(reading).items() if not at.startswith("alerts/")}
    return {**kept, name: text}


def _drafted(reading: Reading, sources: Sources) -> Draft:
    faults = [
        *sources.faults,
        *program_checks.cross_faults(sources),
        *program_alert_checks.name_faults(sources),
    ]
    if faults or sources.program is None:
        raise DefinitionError(dict.fromkeys(faults))
    folder = program.whole_of(sources)
    alerts = program.alerts_of(folder)
    if alerts is None:
        raise DefinitionError(
            [DefinitionFault(DRAFT_NAME, 0, "There are no alerts in it.", "Write `rules` and `routes`.")]
        )
    tried = list(program_alert_checks.examples_tried(sources))
    wrong = [fault for _, fault in tried if fault is not None]
    holes = program_holes.holes(reading, sources.alerts, alerts, folder.stages())
    return Draft(alerts, tuple(result for result, _ in tried), (*wrong, *holes))
