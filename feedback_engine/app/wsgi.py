"""The WSGI application of this installation, for any server: `feedback_engine.app.wsgi:app`."""

from __future__ import annotations

from feedback_engine.app import wiring
from feedback_engine.foundation import logs, settings

logs.configure()
app = wiring.build(settings.load()).web()
