"""A real IMAP server on loopback, the part of RFC 9051 that reading takes: it keeps mails and hears commands."""

from __future__ import annotations

import os
import re
import signal
import socketserver
import ssl

from tests.servers import Answering

_UIDS = re.compile(r"UID (\d+):\*")


class ImapServer(Answering):
    """Holds one folder, INBOX. `mails` are its mails by UID; removing one, or another `validity`, is for the tests.

    Whoever fetches the mail `deadly` is killed, when it is the process `reader`.
    """

    def __init__(self, user: str = "cases", password: str = "three wet stones", context: ssl.SSLContext | None = None):
        self.user = user
        self.password = password
        self.validity = 7
        self.mails: dict[int, bytes] = {}
        self.fetched: list[int] = []
        self.commands: list[str] = []
        self.break_off_at: int | None = None
        self.deadly: int | None = None
        self.reader: int | None = None
        self._server: _Listening = _Listening(self, context)

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    @property
    def url(self) -> str:
        return f"imap://{self.user}:{self.password.replace(' ', '%20')}@127.0.0.1:{self.port}/INBOX"

    def deliver(self, mail: bytes) -> int:
        """Put a mail into the folder; its UID."""
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return uid


class _Listening(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, box: ImapServer, context: ssl.SSLContext | None) -> None:
        self.box = box
        self.context = context
        super().__init__(("127.0.0.1", 0), _Session)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that turns away from a certificate is what a test is about."""


class _Session(socketserver.StreamRequestHandler):
    server: _Listening
    disable_nagle_algorithm = True

    def setup(self) -> None:
        if self.server.context is not None:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self._say("* OK ready")
        self.signed_in = False
        while line := self.rfile.readline():
            tag, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            self.server.box.commands.append(rest.split(" ", 1)[0].upper())
            if not self._answer(tag, rest):
                return

    def _answer(self, tag: str, line: str) -> bool:
        command = line.upper()
        if command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1", f"{tag} OK done")
        elif command.startswith("LOGIN"):
            self._sign_in(tag, line)
        elif command == "LOGOUT":
            self._say("* BYE", f"{tag} OK done")
            return False
        elif not self.signed_in:
            self._say(f"{tag} NO sign in first")
        elif command.startswith("EXAMINE"):
            self._examine(tag, line)
        elif command.startswith("UID SEARCH"):
            self._search(tag, line)
        elif command.startswith("UID FETCH"):
            return self._fetch(tag, line)
        else:
            self._say(f"{tag} BAD not known here")
        return True

    def _sign_in(self, tag: str, line: str) -> None:
        box = self.server.box
        self.signed_in = line.split(" ", 1)[1] in (f'{box.user} "{box.password}"', f'"{box.user}" "{box.password}"')
        self._say(f"{tag} OK in" if self.signed_in else f"{tag} NO wrong user or password")

    def _examine(self, tag: str, line: str) -> None:
        if line.split(" ", 1)[1].strip('"') != "INBOX":
            self._say(f"{tag} NO no such folder")
            return
        box = self.server.box
        self._say(f"* {len(box.mails)} EXISTS", f"* OK [UIDVALIDITY {box.validity}]", f"{tag} OK [READ-ONLY] done")

    def _search(self, tag: str, line: str) -> None:
        found = _UIDS.search(line)
        first = int(found[1]) if found else 1
        uids = sorted(self.server.box.mails)
        # As the standard has it, `n:*` holds the last mail even when its number is smaller.
        named = [uid for uid in uids if uid >= first] or uids[-1:]
        self._say(" ".join(["* SEARCH", *map(str, named)]), f"{tag} OK done")

    def _fetch(self, tag: str, line: str) -> bool:
        uid = int(line.split()[2])
        box = self.server.box
        content = box.mails.get(uid)
        if content is None:
            self._say(f"{tag} OK done")
            return True
        if "RFC822.SIZE" in line:
            self._say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(content)})", f"{tag} OK done")
            return True
        if box.deadly == uid and box.reader is not None:
            os.kill(box.reader, signal.SIGKILL)
            return False
        if box.break_off_at == uid:
            box.break_off_at = None
            return False
        part = re.search(r"<0\.(\d+)>", line)
        sent = content[: int(part[1])] if part else content
        box.fetched.append(uid)
        origin = "<0>" if part else ""
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]{origin} {{{len(sent)}}}\r\n".encode() + sent + b")\r\n")
        self._say(f"{tag} OK done")
        return True

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(line.encode() + b"\r\n")
