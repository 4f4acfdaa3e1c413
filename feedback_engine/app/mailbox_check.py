"""Examines the settings of the mailbox for partners' replies, and whether it can be opened."""

from __future__ import annotations

from feedback_engine.foundation.errors import Invalid, PermanentError, TransientError
from feedback_engine.foundation.mail.mailboxes import ImapAddress, imap_address, open_imap
from feedback_engine.foundation.settings import Settings

Finding = tuple[str, str, str]
"""A code, what is wrong or worth knowing, and what to do about it."""


def problems(settings: Settings) -> list[Finding]:
    """What keeps replies from coming in although a mailbox is set."""
    if settings.imap_url is None:
        return []
    try:
        address = imap_address(settings.imap_url.get_secret_value())
    except Invalid as error:
        return [("FE-C1", error.message, "Set FEEDBACK_ENGINE_IMAP_URL, or leave it out.")]
    found = _closed(address)
    if settings.case_mailbox is None:
        words = "A mailbox is read, but replies are not sent there: they go to the owners of cases."
        found.append(("FE-C2", words, "Set FEEDBACK_ENGINE_CASE_MAILBOX to the address of that mailbox."))
    return found


def hints(settings: Settings) -> list[Finding]:
    """What is worth knowing about the way of replies."""
    found = []
    if settings.case_mailbox is None:
        words = "Partners' replies about cases go to the owners themselves, and do not come into the cases."
        hint = "Set FEEDBACK_ENGINE_CASE_MAILBOX and FEEDBACK_ENGINE_IMAP_URL; see /docs/alerts, The mailbox."
        found.append(("FE-C3", words, hint))
    elif settings.imap_url is None:
        words = f"Nobody reads {settings.case_mailbox} over IMAP."
        found.append(("FE-C4", words, "Set FEEDBACK_ENGINE_IMAP_URL, or run: feedback-engine mail read --mbox FILE"))
    if settings.imap_url is not None and settings.trusted_authserv is None:
        words = "Whether the sender of a reply is genuine is judged by the address alone."
        hint = "Set FEEDBACK_ENGINE_TRUSTED_AUTHSERV to the name your mail server writes into Authentication-Results."
        found.append(("FE-C5", words, hint))
    return found


def _closed(address: ImapAddress) -> list[Finding]:
    try:
        with open_imap(address):
            return []
    except (TransientError, PermanentError) as error:
        hint = "Check FEEDBACK_ENGINE_IMAP_URL, that the server runs, and that it lets this user in."
        return [("FE-C6", f"The mailbox {address.name} cannot be opened: {error.message}.", hint)]
