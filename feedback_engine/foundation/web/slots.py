"""Owns the open places of pages: a lower floor's page names a slot, a higher floor fills it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from markupsafe import Markup, escape

Fill = Callable[..., Markup | str | None]


class Slots:
    """The fills of one application; handed to `create_app`, read by templates as `slot("partner.page", ...)`."""

    def __init__(self) -> None:
        self._fills: defaultdict[str, list[Fill]] = defaultdict(list)

    def add(self, name: str, fill: Fill) -> None:
        """Let `fill` show something in the slot; fills stand in the order in which they were added."""
        self._fills[name].append(fill)

    def show(self, name: str, /, **named: object) -> Markup:
        """What all fills of a slot have to show, as safe HTML; plain text from a fill is escaped."""
        return Markup("").join(escape(shown) for fill in self._fills[name] if (shown := fill(**named)))
