"""Owns who may open which page: every view declares its rule, and one function enforces all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import Flask, Request, current_app, g, redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from feedback_engine.foundation.definition_faults import pointer_of
from feedback_engine.foundation.errors import Fault, Invalid, NotAllowed
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor

SIGN_IN_PATH = "/sign-in"
ROLES = ("admin", "program_owner", "alliance_manager", "viewer")
HOMES = {"alliance_manager": "/my"}
"""The first page of a role, for those whose first page is not `/`."""

View = TypeVar("View", bound=Callable[..., Any])
_NUL = "\0"
_MOST_TOLD = 20


# ---- who


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """A signed-in member of staff. `single_keys`: whether keys without Ctrl act on the pages they read."""

    id: UUID
    name: str
    email: str
    role: str
    team_id: UUID | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    single_keys: bool = True


@dataclass(frozen=True, slots=True)
class ApiPrincipal:
    """A program that showed a valid API key."""

    id: UUID
    name: str
    scopes: frozenset[str]


Principal = StaffPrincipal | ApiPrincipal
LoadPrincipal = Callable[[Request], Principal | None]


# ---- rules


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a view. `kind` is public, signed_in, roles or scope; `names` the roles or the one scope."""

    kind: str
    names: frozenset[str] = frozenset()

    def admits(self, principal: Principal | None) -> bool:
        """Whether this principal may open a view with this rule."""
        match self.kind:
            case "public":
                return True
            case "signed_in":
                return isinstance(principal, StaffPrincipal)
            case "roles":
                return isinstance(principal, StaffPrincipal) and principal.role in self.names
            case _:
                return isinstance(principal, ApiPrincipal) and self.names <= principal.scopes


PUBLIC = Rule("public")
SIGNED_IN = Rule("signed_in")


def roles(*names: str) -> Rule:
    """Staff with one of these roles. An admin may do all that a program owner may."""
    unknown = set(names) - set(ROLES)
    if unknown or not names:
        raise ValueError(f"Give roles out of {', '.join(ROLES)}; not {', '.join(sorted(unknown)) or 'none'}.")
    return Rule("roles", frozenset(names) | ({"admin"} if "program_owner" in names else set()))


def scope(name: str) -> Rule:
    """An API key with this scope, written `<resource>:read` or `<resource>:write`."""
    resource, _, verb = name.partition(":")
    if not resource or verb not in ("read", "write"):
        raise ValueError(f"A scope is written resource:read or resource:write, not {name!r}.")
    return Rule("scope", frozenset((name,)))


def allow(rule: Rule, *, reads: Collection[str] = ()) -> Callable[[View], View]:
    """Declare the rule of a view. Stands directly above the function, below `@blueprint.get(...)`.

    `reads` are the query parameters of a view for programs, which is asked with no others.
    """

    def declare(view: View) -> View:
        view.__access_rule__ = rule  # type: ignore[attr-defined]
        view.__reads__ = frozenset(reads)  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """The rule a view declared; None when it declared none, which keeps the application from starting."""
    found = getattr(view, "__access_rule__", None)
    return found if isinstance(found, Rule) else None


# ---- this request


def current_principal() -> Principal | None:
    """Who asks, loaded at the first call in a request; None when nobody signed in and no key was shown."""
    if "principal" not in g:
        g.principal = current_app.extensions["access"](request)
    principal: Principal | None = g.principal
    return principal


def find_staff() -> StaffPrincipal | None:
    """The signed-in member of staff, or None."""
    principal = current_principal()
    return principal if isinstance(principal, StaffPrincipal) else None


def current_staff() -> StaffPrincipal:
    """The signed-in member of staff. Raises NotAllowed when there is none."""
    staff = find_staff()
    if staff is None:
        raise NotAllowed(gettext("Sign in to open this page."))
    return staff


def actor() -> Actor:
    """Whom the audit log names for what this request changes. Raises NotAllowed when nobody is known."""
    principal = current_principal()
    if principal is None:
        raise NotAllowed(gettext("Sign in to do this."))
    return Actor("staff" if isinstance(principal, StaffPrincipal) else "api", str(principal.id), principal.name)


def may_open(endpoint: str, principal: Principal | None) -> bool:
    """Whether a principal may open the view behind an endpoint; navigation shows only such places."""
    rule = rule_of(current_app.view_functions[endpoint])
    return rule is not None and rule.admits(principal)


def is_api(path: str) -> bool:
    """Whether a path belongs to programs, which get problem details instead of pages."""
    return path.startswith(("/api/", "/hooks/"))


# ---- enforcement


def install(app: Flask, load_principal: LoadPrincipal) -> None:
    """Find out who asks, wherever that matters; `load_principal` turns a request into a principal, or None."""
    app.extensions["access"] = load_principal
    app.before_request(_identify)


def enforce(app: Flask) -> None:
    """Let every view's rule decide. Comes after `install`, and after the reader's language is known."""
    app.before_request(_enforce)


def check_rules(app: Flask) -> None:
    """Refuse an application in which a view has no rule. Raises RuntimeError naming each of them."""
    undeclared = sorted(
        name for name, view in app.view_functions.items() if not _is_static(name) and rule_of(view) is None
    )
    if undeclared:
        raise RuntimeError(f"These views declare no access rule (@allow(...)): {', '.join(undeclared)}")


def _rule_here() -> Rule | None:
    """The rule of the view that was asked for; a file of ours, or an address without a view, is public."""
    endpoint = request.endpoint
    if endpoint is None or _is_static(endpoint):
        return PUBLIC
    return rule_of(current_app.view_functions[endpoint])


def _identify() -> None:
    # A public page must not pay for finding out who asks.
    if _rule_here() is not PUBLIC:
        current_principal()


def _enforce() -> Response | None:
    rule = _rule_here()
    if rule is None:
        raise NotAllowed(gettext("This page is closed."))
    principal = current_principal() if rule is not PUBLIC else None
    if rule is PUBLIC or rule.admits(principal):
        if isinstance(principal, StaffPrincipal):
            _refuse_nul()
        if isinstance(principal, ApiPrincipal):
            _refuse_unread()
        return None
    return _refuse(rule, principal)


def _refuse_nul() -> None:
    """No page of ours sends the character NUL, and PostgreSQL stores none. What partners write is cleaned of it."""
    named = [name for name, value in request.form.items(multi=True) if _NUL in value]
    if named:
        told = gettext("The character U+0000 cannot be kept; remove it.")
        raise Invalid(told, [Fault(name.replace(_NUL, ""), told) for name in dict.fromkeys(named)])


def _refuse_unread() -> None:
    """A parameter that nobody reads is a filter misspelt: its program would take all rows for those it asked for."""
    known: frozenset[str] = getattr(current_app.view_functions[request.endpoint or ""], "__reads__", frozenset())
    unread = [name for name in request.args if name not in known]
    if unread:
        offered = ", ".join(sorted(known))
        told = gettext("There is no such parameter; remove it.")
        if offered:
            told = gettext("There is no such parameter; there are {names}.", names=offered)
        faults = [Fault(pointer_of([name]), told) for name in unread[:_MOST_TOLD]]
        raise Invalid(gettext("The address has parameters that do not exist."), faults)


def _refuse(rule: Rule, principal: Principal | None) -> Response:
    if rule.kind == "scope":
        if isinstance(principal, ApiPrincipal):
            wanted = ", ".join(sorted(rule.names))
            raise NotAllowed(gettext("This key lacks the scope {scope}.", scope=wanted))
        shown = request.headers.get("Authorization", "").casefold().startswith("bearer ")
        challenge = (
            gettext("This API key is unknown or was revoked.")
            if shown
            else gettext("Send an API key as Authorization: Bearer.")
        )
        raise Unauthorized(challenge, www_authenticate=WWWAuthenticate("bearer", {"realm": "api"}))
    if isinstance(principal, StaffPrincipal):
        # Whoever only types the address of the site is led home; any other closed page says that it is closed.
        if request.path == "/" and (home := home_of(principal.role)) != request.script_root + "/":
            return redirect(home, 303)
        raise NotAllowed(gettext("Your role does not open this page. Ask a program owner if you need it."))
    # A form that was posted cannot be posted again after signing in, so only pages are remembered.
    page = request.script_root + request.full_path.rstrip("?")
    wish = "?" + urlencode({"next": page}) if request.method == "GET" else ""
    return redirect(f"{request.script_root}{SIGN_IN_PATH}{wish}", 303)


def _is_static(endpoint: str) -> bool:
    return endpoint == "static" or endpoint.endswith(".static")


def home_of(role: str) -> str:
    """The address of the first page of a role."""
    return request.script_root + HOMES.get(role, "/")


def safe_next(target: str | None, principal: StaffPrincipal) -> str:
    """Where to go after signing in: the page of ours that was asked for, if this person may open it, else their home.

    Refuses other hosts and odd signs.
    """
    home = home_of(principal.role)
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return home
    if any(ord(sign) < 33 or sign == "\\" for sign in target):
        return home
    endpoint = _endpoint_at(urlsplit(target).path.removeprefix(request.script_root) or "/")
    # An address without a page goes on, and says there that it leads nowhere.
    return target if endpoint is None or _is_static(endpoint) or may_open(endpoint, principal) else home


def _endpoint_at(path: str) -> str | None:
    """The view behind a path of ours, None when there is none to be looked at."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)
