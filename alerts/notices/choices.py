"""How one of our people wants to be told: read from a form, checked, kept; and the addresses of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from alerts.channels import email
from alerts.notices import store as notice_store
from alerts.notices.rules import (
    ALL_NEWS,
    EACH,
    MODES,
    NEVER_DIGESTED,
    NEVER_OFF,
    RHYTHMS,
    TOPICS,
    Choices,
    next_digest,
    with_all,
)
from feedback_engine.foundation import ids
from feedback_engine.foundation.chat.services import read_address
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import UnitOfWork

MOST_CHATS = 5
PREFIX = "topic-"
_HOUR = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9]))?")
"""An hour as people write it: 08:30, 8.30, and 8 for 08:00."""


def read_choices(form: Mapping[str, str], zone: str) -> Choices:
    """The choices that a form holds: one for all news, or each topic's own. Raises Invalid with a fault at each wrong
    field."""
    faults: list[Fault] = []
    topics, rhythm = _news(form, faults)
    weekday = form.get("weekday", "0")
    if weekday not in set("0123456"):
        faults.append(Fault("/weekday", gettext("Choose a day.")))
    digest_at = _minute(form, "digest_at", faults) if rhythm != "never" else None
    quiet_from, quiet_until = (
        _minute(form, "quiet_from", faults, empty=True),
        _minute(form, "quiet_until", faults, empty=True),
    )
    missing = [name for name in ("quiet_from", "quiet_until") if not form.get(name, "").strip()]
    if len(missing) == 1:
        faults.append(Fault(f"/{missing[0]}", gettext("Give both hours, or none.")))
    if faults:
        raise Invalid(gettext("These choices cannot be kept as they are."), faults)
    return Choices(
        zone=zone,
        topics={topic: mode for topic, mode in topics.items() if mode != "at_once"},
        rhythm=rhythm,
        digest_minute=Choices(zone).digest_minute if digest_at is None else digest_at,
        digest_weekday=int(weekday),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        grave_wakes=form.get("grave_wakes") == "yes",
        grave_at_once=form.get("grave_at_once") == "yes",
    )


def save_choices(uow: UnitOfWork, staff_id: UUID, choices: Choices) -> None:
    """Keep them; they hold for what happens from now on. What waits for a digest that will not come goes at once."""
    if choices.rhythm == "never":
        email.begin(uow, notice_store.hand_to_mail(uow, notice_store.waiting_news(uow, staff_id)))
    values = {
        "topics": dict(choices.topics),
        "rhythm": choices.rhythm,
        "digest_minute": choices.digest_minute,
        "digest_weekday": choices.digest_weekday,
        "quiet_from": choices.quiet_from,
        "quiet_until": choices.quiet_until,
        "grave_wakes": choices.grave_wakes,
        "grave_at_once": choices.grave_at_once,
        "next_digest_at": next_digest(choices, uow.now),
    }
    notice_store.save_choice(uow, staff_id, values)
    chosen = {"rhythm": choices.rhythm, "grave_at_once": choices.grave_at_once}
    uow.audit("notices.chosen", "staff", str(staff_id), chosen)


def add_chat(uow: UnitOfWork, staff_id: UUID, url: str, offered: tuple[str, ...], *, allow_private: bool) -> UUID:
    """Let somebody be told by a chat of theirs. Raises Invalid for a wrong address, Conflict when they have enough."""
    service = read_address(url, offered, allow_private=allow_private)
    if len(notice_store.chats_of(uow, [staff_id], active_only=False)) >= MOST_CHATS:
        raise Conflict(gettext("You have {n} chats already; take one away first.", n=MOST_CHATS))
    chat_id = ids.new_reference_id()
    row = {"id": chat_id, "staff_id": staff_id, "service": service.key, "url": url.encode(), "created_at": uow.now}
    notice_store.insert_chat(uow, row)
    uow.audit("chat.added", "staff", str(staff_id), {"service": service.key})
    return chat_id


def remove_chat(uow: UnitOfWork, staff_id: UUID, chat_id: UUID) -> None:
    """Forget a chat of one's own. Raises NotFound."""
    if not notice_store.remove_chat(uow, staff_id, chat_id):
        raise NotFound(gettext("You have no such chat."))
    uow.audit("chat.removed", "staff", str(staff_id))


def shown_minute(minute: int | None) -> str:
    """A minute of the day as a form shows it: 07:30."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _news(form: Mapping[str, str], faults: list[Fault]) -> tuple[Mapping[str, str], str]:
    """How each topic comes, and the rhythm of the digest. One choice for all goes before those of the topics."""
    wanted = form.get("all", EACH)
    if wanted in ALL_NEWS:
        return with_all(wanted)
    if wanted != EACH:
        faults.append(Fault("/all", gettext("Choose one.")))
    topics = {topic: form.get(PREFIX + topic, "at_once") for topic in TOPICS}
    faults += [Fault(f"/{PREFIX}{topic}", _wrong(topic)) for topic, mode in topics.items() if not _allowed(topic, mode)]
    rhythm = form.get("rhythm", "never")
    if rhythm not in RHYTHMS or (rhythm == "never" and "digest" in topics.values()):
        faults.append(Fault("/rhythm", gettext("Choose when the digest comes, or nothing waits for it.")))
    return topics, rhythm


def _allowed(topic: str, mode: str) -> bool:
    if mode not in MODES:
        return False
    return not (mode == "off" and topic in NEVER_OFF) and not (mode == "digest" and topic in NEVER_DIGESTED)


def _wrong(topic: str) -> str:
    return gettext("This always comes at once.") if topic in NEVER_OFF else gettext("Choose one.")


def _minute(form: Mapping[str, str], name: str, faults: list[Fault], *, empty: bool = False) -> int | None:
    text = form.get(name, "").strip()
    if not text and empty:
        return None
    written = _HOUR.fullmatch(text)
    if written is not None:
        return int(written[1]) * 60 + int(written[2] or 0)
    faults.append(Fault(f"/{name}", gettext("Write an hour of the day, such as 08:00.")))
    return None
