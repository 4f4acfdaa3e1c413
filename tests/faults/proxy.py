"""A TCP proxy between the engine and a server, that refuses, stalls, cuts or throttles on order."""

from __future__ import annotations

import socket
from threading import Event, Lock, Thread

_PIECE = 16_384


class FaultProxy:
    """Forwards connections on loopback to a port; every fault can be begun and ended while connections are open."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._flowing = Event()
        self._flowing.set()
        self._bytes_a_second: float | None = None
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.port = 0
        self.accepted = 0

    def __enter__(self) -> FaultProxy:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.flow()

    @property
    def url(self) -> str:
        """The proxy as a mail server's address."""
        return f"smtp://127.0.0.1:{self.port}"

    def accept(self) -> None:
        """Take connections, again on the same port after a refusal."""
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._listening.getsockname()[1]
        Thread(target=self._accept, args=(self._listening,), name="fault-proxy", daemon=True).start()

    def refuse(self) -> None:
        """Cut what is open and refuse what comes, as a machine without the server does."""
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        self.cut()

    def cut(self) -> None:
        """Cut every open connection in mid-word."""
        with self._lock:
            cut, self._open = self._open, set()
        for connection in cut:
            _end(connection)

    def stall(self) -> None:
        """Pass no byte on, and keep the connections open."""
        self._flowing.clear()

    def flow(self, bytes_a_second: float | None = None) -> None:
        """Pass bytes on, at most so many a second in each direction of a connection."""
        self._bytes_a_second = bytes_a_second
        self._flowing.set()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self.accepted += 1
            with self._lock:
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        pause = Event()
        try:
            while piece := source.recv(_PIECE):
                self._flowing.wait()
                if self._bytes_a_second:
                    pause.wait(len(piece) / self._bytes_a_second)
                sink.sendall(piece)
        except OSError:
            pass  # Cut on order, or by one of the two; the other hears of it below.
        finally:
            with self._lock:
                self._open -= {source, sink}
            _end(sink)


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # It has ended already.
    finally:
        connection.close()
