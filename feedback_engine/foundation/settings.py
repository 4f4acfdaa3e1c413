"""Settings: environment `FEEDBACK_ENGINE_*`, then `feedback-engine.toml`, then defaults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from feedback_engine.foundation.errors import Fault, Invalid

PREFIX = "FEEDBACK_ENGINE_"
FILE = "feedback-engine.toml"


SERVED_AT = "FE_SERVED_AT"
"""What `serve` and `web` tell the processes they start: where they listen. No setting, so nobody sets it by hand."""


def _served_at() -> str:
    return os.environ.get(SERVED_AT, "http://127.0.0.1:8700")


class Settings(BaseSettings):
    """What an installation may set; `feedback-engine doctor` prints each value with its source."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file=FILE, extra="forbid", validate_default=True)

    database_url: str = Field("sqlite:///var/feedback-engine.db", description="SQLite file or PostgreSQL address")
    var_dir: Path = Field(Path("var"), description="Folder for the worker's wake-up socket and the folder outbox")
    base_url: str = Field(default_factory=_served_at, description="Public address of the pages; may hold a path")
    trusted_proxies: int = Field(0, ge=0, le=10, description="Reverse proxies in front whose headers count")
    secret_key: SecretStr | None = Field(None, description="Signs links and sessions; kept in the database if unset")
    mail_transport: Literal["folder", "smtp"] = Field("folder", description="How mail leaves")
    smtp_url: SecretStr = Field(SecretStr("smtp://127.0.0.1:25"), description="smtp[s]://user:password@host:port")
    mail_from: str = Field("partners@localhost", description="Sender address when the program names none")
    case_mailbox: str | None = Field(None, description="Where partners' replies about cases go: cases@example.com")
    case_mailbox_tags: bool = Field(True, description="Whether cases+tag@example.com reaches that mailbox as well")
    imap_url: SecretStr | None = Field(None, description="Mailbox to read: imaps://user:password@host:993/INBOX")
    imap_every_seconds: int = Field(60, ge=5, le=3600, description="How often the mailbox is looked into")
    trusted_authserv: str | None = Field(None, description="Mail server whose Authentication-Results count, by name")
    incoming_mail_bytes: int = Field(15_000_000, ge=10_000, le=100_000_000, description="Largest mail taken in")
    file_bytes: int = Field(5_000_000, ge=1_000, le=50_000_000, description="Largest file on a case")
    files_at_once: int = Field(5, ge=1, le=20, description="Most files on one note or mail")
    case_files_bytes: int = Field(50_000_000, ge=1_000, le=1_000_000_000, description="All files of one case together")
    webhook_allow_private: bool = Field(False, description="Let webhooks reach private addresses (tests only)")
    webhook_inside_hosts: str = Field("", description="Hosts inside that webhooks and chats may reach: a,b.example")
    chat_services: str = Field(
        "slack,teams,mattermost,discord,telegram,ntfy,matrix", description="Chat services that staff may be told by"
    )

    @property
    def inside_hosts(self) -> frozenset[str]:
        """The hosts of our own network that may be reached from here."""
        return frozenset(
            filter(None, (host.strip().rstrip(".").lower() for host in self.webhook_inside_hosts.split(",")))
        )

    @property
    def chats(self) -> tuple[str, ...]:
        """The chat services that staff may be told by, in the order in which they are offered."""
        return tuple(filter(None, (key.strip().lower() for key in self.chat_services.split(","))))

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("give an address like https://feedback.example/partners, without ? or #")
        # Else mails, headers and pages would write one address in several ways, and its links could not be found again.
        if not value.isascii() or any(sign.isspace() or sign in "\"'<>&\\" for sign in value):
            raise ValueError(
                "write it in plain letters: xn--… for a host, %C3%A9 in a path, without blanks, quotes or &"
            )
        return value.rstrip("/")

    @field_validator("mail_from", "case_mailbox")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value.count("@") != 1 or any(sign.isspace() or ord(sign) < 32 for sign in value):
            raise ValueError("give one plain address like partners@example.com")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**given: object) -> Settings:
    """The settings of this installation. Raises Invalid with one fault for each wrong value."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = [Fault("/" + "/".join(map(str, item["loc"])), item["msg"]) for item in error.errors()]
        names = "; ".join(f"{PREFIX}{fault.pointer[1:].upper()}: {fault.detail}" for fault in faults)
        raise Invalid(f"The settings are wrong: {names}", faults) from error
