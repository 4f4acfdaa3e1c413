"""A port inside that nobody may touch: it counts whoever connects to it, by IPv4 or IPv6."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Tripwire:
    """Listens at one port of 127.0.0.1 and of ::1, and hangs up on everybody."""

    port: int
    connections: int = 0


@contextmanager
def tripwire_laid() -> Iterator[Tripwire]:
    """A tripwire until the block ends."""
    ended = threading.Event()
    listening = [socket.create_server(("127.0.0.1", 0))]
    wire = Tripwire(listening[0].getsockname()[1])
    if socket.has_ipv6:
        listening.append(socket.create_server(("::1", wire.port), family=socket.AF_INET6))

    def count(server: socket.socket) -> None:
        server.settimeout(0.05)
        while not ended.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            wire.connections += 1
            connection.close()

    threads = [threading.Thread(target=count, args=(server,), daemon=True) for server in listening]
    for thread in threads:
        thread.start()
    yield wire
    ended.set()
    for thread in threads:
        thread.join(timeout=5)
    for server in listening:
        server.close()


INSIDE = (
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
    "0177.0.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "ip6-localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",  # NAT64
    "[2002:7f00:1::]",  # 6to4
    "[2001:0:7f00:1::1]",  # Teredo
    "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[fec0::1]",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "169.254.1.1", "100.64.0.1", "100.100.100.200",
    "168.63.129.16", "224.0.0.1", "255.255.255.255", "192.0.0.192",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "ⓛocalhost",  # IDN: what a browser would fold
    "%6c%6fcalhost", "127.0.0.1%00.example.com", "localhost\\.example.com",
)  # fmt: skip
"""Hosts that lead inside, in every spelling that some resolver or library understands."""


def tricks(port: int) -> list[str]:
    """The end of an address, from the host on, in every way that leads or might lead to a port inside."""
    hosts = [f"{host}:{port}" for host in INSIDE]
    disguised = [
        f"hooks.example.com@127.0.0.1:{port}",
        f"127.0.0.1:{port}#@hooks.example.com",
        f"127.0.0.1:{port}\\@hooks.example.com",
        f"user:secret@localhost:{port}",
        f"hooks.example.com:443@127.0.0.1:{port}",
        f"127.0.0.1:{port}?@hooks.example.com",
        f" 127.0.0.1:{port}",
        f"127.0.0.1:0{port}",
    ]
    return hosts + disguised
