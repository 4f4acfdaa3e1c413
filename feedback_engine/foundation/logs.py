"""How the engine logs: one line an event on stderr, keys and values, no addresses and no answers."""

from __future__ import annotations

import logging
import sys
from typing import Any

# structlog would load rich, 4 MB in every process, for a kind of tracebacks that is not written here.
_RICH = "rich"
_is_new = _RICH not in sys.modules
if _is_new:
    sys.modules[_RICH] = None  # type: ignore[assignment]
import structlog  # noqa: E402

if _is_new:
    del sys.modules[_RICH]


def logger(name: str) -> Any:
    """The log of a module."""
    return structlog.get_logger(name)


def configure(level: int = logging.INFO) -> None:
    """Readable lines on a terminal, JSON lines elsewhere."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
