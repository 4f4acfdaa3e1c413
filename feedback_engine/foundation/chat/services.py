"""Pure. The chat services that somebody may be told by: which addresses they have, and how these are shown.

Apprise knows a hundred services; only those stand here whose calls were seen to pass our guard (`chat.guard`), and
whose addresses say nothing of where else to look, what to run or whom not to check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.public_addresses import is_literal, is_port_of_hooks, is_public

LONGEST_URL = 2000
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\\,]")  # apprise reads a comma as the end of an address


@dataclass(frozen=True, slots=True)
class Service:
    """A chat service: `schemes` of its addresses, and `plain` ones that do not encrypt, for hosts inside.

    `hosts` are where its own https addresses lie, as people copy them from there; `plugin` is apprise's name for it,
    `options` what may stand behind the question mark. `own_host`: the address names the machine that is called.
    """

    key: str
    name: str
    plugin: str
    example: str
    schemes: tuple[str, ...]
    plain: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    own_host: bool = False


_TEAMS_OPTIONS = frozenset(
    {"api-version", "sp", "sv", "sig", "id", "signature", "workflow", "tenantid", "environmentid"}
)

SERVICES: tuple[Service, ...] = (
    Service(
        "slack", "Slack", "NotifySlack", "https://hooks.slack.com/services/T…/B…/…", ("slack",),
        hosts=("hooks.slack.com",),
    ),
    Service(
        "teams", "Microsoft Teams", "NotifyWorkflows", "https://….logic.azure.com/workflows/…",
        ("workflows", "workflow"), hosts=(".logic.azure.com",), options=_TEAMS_OPTIONS, own_host=True,
    ),
    Service(
        "mattermost", "Mattermost", "NotifyMattermost", "mmosts://chat.example.com/<key>",
        ("mmosts",), ("mmost",), options=frozenset({"channel", "channels", "to"}), own_host=True,
    ),
    Service(
        "discord", "Discord", "NotifyDiscord", "https://discord.com/api/webhooks/…/…", ("discord",),
        hosts=("discord.com", "discordapp.com"), options=frozenset({"thread"}),
    ),
    Service(
        "telegram", "Telegram", "NotifyTelegram", "tgram://<bot token>/<chat id>", ("tgram",),
        options=frozenset({"topic", "thread", "silent"}),
    ),
    Service(
        "ntfy", "ntfy", "NotifyNtfy", "ntfys://ntfy.example.com/<topic>", ("ntfys",), ("ntfy",),
        hosts=("ntfy.sh",), options=frozenset({"priority", "tags"}), own_host=True,
    ),
    Service(
        "matrix", "Matrix", "NotifyMatrix", "matrixs://<user>:<password>@matrix.example.com/<room>", ("matrixs",),
        ("matrix",), own_host=True,
    ),
)  # fmt: skip


def service_named(key: str) -> Service | None:
    """The service of a key, or None."""
    return next((service for service in SERVICES if service.key == key), None)


def read_address(url: str, offered: tuple[str, ...], *, allow_private: bool = False) -> Service:
    """The service to which an address leads, one of those `offered`. Raises Invalid with what to write instead."""
    if len(url) > LONGEST_URL or _UNSAFE.search(url):
        raise Invalid(gettext("The address is too long, or holds blanks, a comma, a backslash or signs outside ASCII."))
    service = _service_of(url, allow_private=allow_private)
    if service is None or service.key not in offered:
        raise Invalid(_which(offered))
    _check_host(url, service, allow_private=allow_private)
    unknown = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)} - service.options
    if unknown:
        raise Invalid(gettext("Leave {names} out of the address.", names=", ".join(sorted(unknown))))
    return service


def shown(url: str) -> str:
    """An address as it may be seen: service and host, and the last four characters of what must stay secret."""
    parts = _split(url)
    if parts is None:
        return "…"
    scheme, host, service = parts[0], parts[1], _service_of(url, allow_private=True)
    named = host if service is not None and (service.own_host or scheme == "https") else ""
    return f"{scheme}://{named}{'/' if named else ''}…{url.rstrip('/')[-4:]}"


def _service_of(url: str, *, allow_private: bool) -> Service | None:
    parts = _split(url)
    if parts is None:
        return None
    scheme, host = parts
    for service in SERVICES:
        if scheme in service.schemes or (allow_private and scheme in service.plain):
            return service
        if scheme == "https" and any(
            host == each or (each[0] == "." and host.endswith(each)) for each in service.hosts
        ):
            return service
    return None


def _split(url: str) -> tuple[str, str] | None:
    """Scheme and host of an address."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    except ValueError:
        return None


def _check_host(url: str, service: Service, *, allow_private: bool) -> None:
    """Refuse what can be seen to lie inside before anything is called; the guard looks again at each call."""
    if not service.own_host or allow_private:
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid(gettext("This is not an address.")) from None
    if not host or (is_literal(host) and not is_public(host)):
        raise Invalid(gettext("The address lies inside a private network, where nothing may be sent."))
    if not is_port_of_hooks(port):
        raise Invalid(gettext("Nobody receives webhooks at this port. Use 443, or one from 1024 on."))


def _which(offered: tuple[str, ...]) -> str:
    known = [service for service in SERVICES if service.key in offered]
    if not known:
        return gettext("This installation tells nobody by chat.")
    examples = ", ".join(f"{service.name} ({service.example})" for service in known)
    return gettext("This is no address of a chat service that is offered here: {examples}.", examples=examples)
