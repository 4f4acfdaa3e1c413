"""`mail read`: takes in mail from a mailbox file or a mail folder, as the worker does from a mailbox over IMAP."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from feedback_engine.app.cli.base import counted, echo_json, existing_file, open_engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.mail import mailboxes


@click.command()
@click.option("--mbox", type=existing_file(), help="A mailbox file.")
@click.option("--maildir", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A mail folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def read(ctx: click.Context, mbox: Path | None, maildir: Path | None, as_json: bool) -> None:
    """Take in partners' replies; each mail is taken once, however often it is read."""
    from alerts.threads import mail_intake

    if (mbox is None) == (maildir is None):
        raise Invalid("Name one of --mbox FILE and --maildir FOLDER.")
    engine = open_engine(ctx)
    limit = engine.settings.incoming_mail_bytes
    mails = mailboxes.read_mbox(mbox, limit) if mbox else mailboxes.read_maildir(maildir or Path(), limit)
    counts = Counter(mail_intake.take_safely(engine, mail) for mail in mails)
    if as_json:
        echo_json({"read": counts.total(), **{name: counts[name] for name in ("landed", "unmatched", "known")}})
        return
    click.echo(
        f"{counted(counts.total(), 'mail')} read: {counts['landed']} came into their case, "
        f"{counts['unmatched']} matched nothing, {counts['known']} were known already."
    )
    if counts["unmatched"]:
        click.echo("Look at what matched nothing under: /admin/unmatched-mail")
