"""Keeps the process it is installed in from reaching anything inside our network, whatever library opens the socket.

Apprise resolves names and opens connections by itself, so the address is looked at where no library can go around:
in the audit event that Python raises right before it connects a socket, with the very address that will be connected
to. A name that answers differently the next time, a redirect or an odd spelling changes nothing. The hook cannot be
taken out again, and holds for the whole process: this is why messages to chats are sent by a process of their own.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from feedback_engine.foundation.public_addresses import is_port_of_hooks, is_public

Refused = Callable[[str], None]
_PROGRAMS = ("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")


class Guard:
    """What may be connected to now; `refused` are the addresses that were kept out since `open_to`."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self._allowed: frozenset[str] = frozenset()
        self._everything = False

    def install(self) -> None:
        """Watch this process from now on, for ever."""
        sys.addaudithook(self._watch)

    def open_to(self, inside: frozenset[str] = frozenset(), *, everything: bool = False) -> None:
        """From now on also let through these addresses inside, or everything; forget what was refused before."""
        self.refused = []
        self._allowed, self._everything = inside, everything

    @property
    def is_open_inside(self) -> bool:
        """Whether something inside may be reached now."""
        return self._everything or bool(self._allowed)

    def lets_through(self, family: int, address: object) -> bool:
        """Whether a socket of this family may be connected to an address."""
        if self._everything:
            return family in (socket.AF_INET, socket.AF_INET6)
        if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
            return False
        host, port = str(address[0]), address[1]
        return host in self._allowed or (is_public(host) and is_port_of_hooks(port))

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            sock, address = arguments[0], arguments[1]
            if isinstance(sock, socket.socket) and not self.lets_through(sock.family, address):
                self.refused.append(str(address))
                raise PermissionError("The address lies inside a private network, where nothing may be sent.")
        elif event in _PROGRAMS:
            raise PermissionError("No program may be started from here.")
