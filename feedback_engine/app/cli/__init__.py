"""The command line: `feedback-engine`; one file a family of commands, read when one of its commands is called."""

from __future__ import annotations

from importlib import import_module

import click

from feedback_engine.app.cli.base import Commands

FAMILIES = {
    "demo": ("demo",),
    "serving": ("serve", "web", "worker", "first-start"),
    "database": ("db", "backup", "restore"),
    "operating": ("doctor", "mail", "program"),
    "program": ("init", "apply", "export"),
    "people": ("user", "api-key"),
    "alerts": ("alerts",),
    "explain": ("explain",),
    "waves": ("wave",),
    "importing": ("import",),
    "bench": ("bench",),
}
"""The commands of each file. Reading all of them for each call would cost a second, and 90 MB in `serve`."""


class EveryCommand(Commands):
    """All commands, each read from its file when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in FAMILIES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        family = next((family for family, names in FAMILIES.items() if cmd_name in names), None)
        if family is None:
            return None
        found: dict[str, click.Command] = {
            command.name: command for command in import_module(f"{__name__}.{family}").COMMANDS
        }
        return found[cmd_name]


@click.group(cls=EveryCommand)
@click.version_option(package_name="feedback-engine")
def main() -> None:
    """A self-hosted partner experience engine."""
