"""The WSGI application of this installation, for any server: `feedback_engine.app.wsgi:app`."""

from __future__ import annotations

import signal
import sys

from feedback_engine.app import keeping, memory, wiring
from feedback_engine.foundation import logs, settings
from feedback_engine.foundation.web.turns import SENDERS, Turns

# The server's own process for pages; what it was answering is not done, as after any kill.
keeping.end_with_keeper(signal.SIGKILL)

logs.configure()
app = wiring.build(settings.load()).web()
app.wsgi_app = Turns(app.wsgi_app, SENDERS)  # type: ignore[method-assign]
memory.settle()
# Whoever holds the write lock waits for the interpreter after each statement. In the standard 5 ms, eight threads that
# draw pages would keep it waiting longer than the disk does.
sys.setswitchinterval(0.001)
