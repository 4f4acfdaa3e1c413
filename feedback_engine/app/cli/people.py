"""Commands for those who may come in: `user add | list | disable | link` and `api-key add | list | revoke`."""

from __future__ import annotations

import sys
from uuid import UUID

import click

from alerts.service import close_account
from feedback_engine.app.cli.base import COMMAND_LINE, counted, echo_json, open_engine
from feedback_engine.app.cli.serving import address_of
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.reading import ApiKeyView, StaffView
from feedback_engine.directory.scopes import SCOPES
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

ROLES = ("admin", "program_owner", "alliance_manager", "viewer")
_port = click.option(
    "--port", default=8700, show_default=True, type=click.IntRange(1, 65535), help="Port of `serve`, for the link."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def user() -> None:
    """Our people: who may sign in, and as what."""


@user.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--name", default="", help="Shown to colleagues and partners, who read it in mail.")
@click.option("--team", default="", help="Made if there is none of this name.")
@click.option("--language", default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read a password from the first line of standard input.")
@_port
@click.pass_context
def add_user(
    ctx: click.Context,
    email: str,
    role: str,
    name: str,
    team: str,
    language: str,
    time_zone: str,
    password_stdin: bool,
    port: int,
) -> None:
    """Add EMAIL to the staff. Without a password, a link that signs them in once is printed."""
    engine = open_engine(ctx)
    fields = {"email": email, "role": role, "name": name, "locale": language, "time_zone": time_zone}
    wanted = service.read_staff(fields)
    # Hashed before the transaction begins: it takes long enough to keep every other writer waiting.
    password_hash = service.hash_password(_first_line()) if password_stdin else None
    with engine.work.begin(actor=COMMAND_LINE) as uow:
        team_id = service.ensure_team(uow, team).id if team else None
        staff = service.add_staff(uow, wanted.model_copy(update={"team_id": team_id}), password_hash)
    click.echo(f"{staff.email} is on the staff as {staff.role}.")
    if password_hash is None:
        click.echo(f"Sign in once within the hour: {_make_link(engine, staff, port)}")


@user.command("list")
@_as_json
@click.pass_context
def list_users(ctx: click.Context, as_json: bool) -> None:
    """List our people, those with an open account first."""
    with open_engine(ctx).work.read() as reading:
        teams: dict[UUID | None, str] = {team.id: team.name for team in directory.list_teams(reading)}
        rows = [_user_document(staff, teams.get(staff.team_id)) for staff in directory.list_staff(reading)]
    if as_json:
        echo_json(rows)
        return
    if not rows:  # a wrong FEEDBACK_ENGINE_DATABASE_URL looks like this too
        click.echo("Nobody is on the staff of this database yet; `doctor` says which one it is.", err=True)
    for row in rows:
        closed = "" if row["active"] else "  closed"
        click.echo(f"{row['email']}  {row['role']}  {row['team'] or '-'}  {row['name']}{closed}")


@user.command("disable")
@click.argument("email")
@click.option("--successor", default="", help="The address of whoever takes over their partners and open cases.")
@click.pass_context
def disable_user(ctx: click.Context, email: str, successor: str) -> None:
    """Close the account of EMAIL; their sessions and links end at once.

    Who has partners, open cases or promises to keep needs a successor, who gets all of them. Mail that has left goes on
    naming EMAIL.
    """
    engine = open_engine(ctx)
    with engine.work.read() as reading:
        staff = _get_staff(reading, email)
        successor_id = _get_staff(reading, successor).id if successor else None
    try:
        moved = close_account(engine.work, COMMAND_LINE, staff.id, successor_id)
    except Conflict as error:
        remedy = "" if successor else " Add --successor with their address."
        raise Conflict(error.message + remedy) from None
    more = ((moved.open_cases, "open case"), (moved.promises, "promise"))
    along = [counted(moved.partners, "partner"), *(counted(count, what) for count, what in more if count)]
    told = f"{', '.join(along[:-1])} and {along[-1]}" if len(along) > 1 else along[0]
    click.echo(f"The account of {staff.email} is closed; {told} moved.")


@user.command("link")
@click.argument("email")
@_port
@click.pass_context
def make_link(ctx: click.Context, email: str, port: int) -> None:
    """Print a link that signs EMAIL in once within the hour; earlier links stop working."""
    engine = open_engine(ctx)
    with engine.work.read() as reading:
        staff = _get_staff(reading, email)
    click.echo(_make_link(engine, staff, port))


@click.group("api-key")
def api_key() -> None:
    """Keys for programs, each for the scopes it needs."""


@api_key.command("add")
@click.argument("name")
@click.option("--scopes", required=True, help=f"Comma-separated, of: {', '.join(SCOPES)}.")
@_as_json
@click.pass_context
def add_api_key(ctx: click.Context, name: str, scopes: str, as_json: bool) -> None:
    """Make a key for the program NAME and print it; it is not shown again."""
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        made = service.add_api_key(uow, name, scopes.split(","))
    if as_json:
        echo_json({"id": str(made.view.id), "key": made.key})
    else:
        click.echo(f"{made.key}\nThis is key {made.view.id}; it is not shown again.")


@api_key.command("list")
@_as_json
@click.pass_context
def list_api_keys(ctx: click.Context, as_json: bool) -> None:
    """List the keys without their secrets, those in force first."""
    with open_engine(ctx).work.read() as reading:
        keys = directory.list_api_keys(reading)
    if as_json:
        echo_json([_key_document(key) for key in keys])
        return
    if not keys:
        click.echo("There are no keys in this database yet; `doctor` says which one it is.", err=True)
    for key in keys:
        revoked = "  revoked" if key.revoked_at else ""
        click.echo(f"{key.id}  {key.name}  {','.join(key.scopes)}{revoked}")


@api_key.command("revoke")
@click.argument("key_id", metavar="ID", type=click.UUID)
@click.pass_context
def revoke_api_key(ctx: click.Context, key_id: UUID) -> None:
    """End the key ID at once."""
    with open_engine(ctx).work.begin(actor=COMMAND_LINE) as uow:
        service.revoke_api_key(uow, key_id)
    click.echo(f"Key {key_id} opens nothing any more.")


COMMANDS: list[click.Command] = [user, api_key]


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _make_link(engine: Engine, staff: StaffView, port: int) -> str:
    """A link that signs somebody in; it leads to this machine's `port` where no public address is set."""
    settings = engine.settings
    served_at = settings.base_url if "base_url" in settings.model_fields_set else address_of("127.0.0.1", port)
    with engine.work.begin(actor=COMMAND_LINE) as uow:
        token = service.issue_sign_in_link(uow, engine.keys, staff.id)
    return absolute_url(served_at, f"/sign-in/{token}")


def _get_staff(reading: Reading, email: str) -> StaffView:
    staff = directory.find_staff_by_email(reading, email)
    if staff is None:
        database = reading.connection.engine.url.render_as_string(hide_password=True)
        raise NotFound(f"There is no member of staff with the address {email} in the database {database}.")
    return staff


def _user_document(staff: StaffView, team: str | None) -> dict[str, object]:
    return {
        "id": str(staff.id),
        "email": staff.email,
        "name": staff.name,
        "role": staff.role,
        "team": team,
        "active": staff.active,
    }


def _key_document(key: ApiKeyView) -> dict[str, object]:
    return {
        "id": str(key.id),
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(),
        "created_by": key.created_by,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
