"""Somebody of ours who is signed in and presses buttons, over real HTTP."""

from __future__ import annotations

from feedback_engine.directory import service as directory
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.faults.installed import Installed
from tests.faults.load import Reply, call, send_form


class SignedIn:
    """A person who has pressed their sign-in link. The pages must be running."""

    def __init__(self, made: Installed, person: StaffView) -> None:
        self._port = made.port
        self.headers: dict[str, str] = {}
        with made.engine.work.begin(actor=SYSTEM) as uow:
            token = directory.issue_sign_in_link(uow, made.engine.keys, person.id)
        self.press(f"/sign-in/{token}", f"/sign-in/{token}")

    def press(self, page: str, path: str, **form: str) -> Reply:
        """Send a form that stands on a page; the answer leads on (303)."""
        shown = call(self._port, "GET", page, headers=self.headers)
        self._keep(shown)
        csrf = shown.body.partition('name="csrf_token" value="')[2].partition('"')[0]
        reply = send_form(self._port, path, {"csrf_token": csrf, **form}, self.headers)
        assert reply.status == 303, (reply.status, reply.body)
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        given = reply.headers.get("set-cookie", "").partition(";")[0]
        if given:
            self.headers["Cookie"] = given
