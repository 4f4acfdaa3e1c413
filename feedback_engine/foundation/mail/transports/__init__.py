"""How mail leaves: one file a transport, one line here."""

from __future__ import annotations

from collections.abc import Callable

from feedback_engine.foundation.mail.transports import folder, smtp
from feedback_engine.foundation.mail.transports.base import Transport
from feedback_engine.foundation.settings import Settings

TRANSPORTS: dict[str, Callable[[Settings], Transport]] = {
    "folder": folder.from_settings,
    "smtp": smtp.from_settings,
}


def transport_of(settings: Settings) -> Transport:
    """The transport that the settings name."""
    return TRANSPORTS[settings.mail_transport](settings)
