"""The site lives where BASE_URL says, whatever a request claims."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import redirect, render_template_string, request, url_for
from werkzeug.routing import BuildError, Map, MapAdapter, Rule

from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.web.access import PUBLIC
from feedback_engine.foundation.web.addresses import absolute_url
from feedback_engine.foundation.web.site import Route
from tests.foundation.web_site import pages, site, staff


@pytest.mark.parametrize(
    ("base_url", "path", "address"),
    [
        ("https://a.example", "/s/x", "https://a.example/s/x"),
        ("https://a.example/", "/s/x", "https://a.example/s/x"),
        ("https://a.example/px", "/s/x", "https://a.example/px/s/x"),
    ],
)
def test_an_absolute_address_stands_on_base_url(base_url: str, path: str, address: str) -> None:
    assert absolute_url(base_url, path) == address


@pytest.mark.parametrize("path", ["s/x", "https://evil.example/", ""])
def test_only_a_path_of_ours_becomes_an_address(path: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        absolute_url("https://a.example", path)


def _views() -> str:
    return render_template_string("{{ url_for('pages.page0') }} {{ local_path('/b') }} {{ absolute_url('/c') }}")


@pytest.mark.parametrize("arrives_at", ["/px/here", "/here"])  # behind a proxy that passes the path on, or strips it
def test_links_carry_the_path_of_the_site(tmp_path: Path, arrives_at: str) -> None:
    client = site(tmp_path, pages(("/here", PUBLIC, _views)), base_url="https://a.example/px").test_client()
    assert client.get(arrives_at).text == "/px/here /px/b https://a.example/px/c"


def test_redirects_and_files_carry_it_too(tmp_path: Path) -> None:
    view = pages(("/from", PUBLIC, lambda: redirect(url_for("pages.page1"))), ("/to", PUBLIC, lambda: "there"))
    client = site(tmp_path, view, principal=staff(), base_url="https://a.example/px").test_client()
    assert client.get("/px/from").location == "/px/to"
    guide = client.get("/px/style").text
    assert 'href="/px/static/staff.css?v=' in guide
    assert not re.search(r'(?:href|action)="/(?!px/)', guide)


@pytest.mark.parametrize("path", ["/pxhere", "/other/here"])
def test_a_path_that_only_begins_alike_is_not_ours(tmp_path: Path, path: str) -> None:
    client = site(tmp_path, pages(("/here", PUBLIC, lambda: "x")), base_url="https://a.example/px").test_client()
    assert client.get(path).status_code == 404


def test_the_host_header_is_never_believed(tmp_path: Path) -> None:
    def view() -> str:
        return f"{request.host_url} {url_for('pages.page0', _external=True)}"

    client = site(tmp_path, pages(("/here", PUBLIC, view)), base_url="https://a.example/px").test_client()
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"}
    assert client.get("/here", headers=lies).text == "https://a.example/ https://a.example/px/here"


@pytest.mark.parametrize(("proxies", "client_is"), [(0, "127.0.0.1"), (1, "192.0.2.9"), (2, "192.0.2.5")])
def test_the_clients_address_comes_from_as_many_proxies_as_are_trusted(
    tmp_path: Path, proxies: int, client_is: str
) -> None:
    view = pages(("/here", PUBLIC, lambda: request.remote_addr))
    client = site(tmp_path, view, trusted_proxies=proxies).test_client()
    assert client.get("/here", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.5, 192.0.2.9"}).text == client_is


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("/partners/<path:key>", {"key": "a/b ü"}),
        ("/waves/<key>", {"key": "spring", "page": 2, "q": "a&b"}),  # what the rule does not name goes behind it
        ("/waves/<key>/<int:page>", {"key": "spring", "page": 7}),
        ("/waves/<key>/<int:page>", {"key": "spring"}),  # nothing is built
        ("/plain", {}),
    ],
)
@pytest.mark.parametrize("append_unknown", [True, False])
@pytest.mark.parametrize("defaults", [None, {"page": 1}])
def test_an_address_is_built_as_the_library_builds_it(
    rule: str, values: dict[str, object], append_unknown: bool, defaults: dict[str, object] | None
) -> None:
    def built_twice(kind: type[Rule]) -> list[str | None]:
        bound = Map([kind(rule, endpoint="page", defaults=defaults)]).bind("a.example")
        return [_built(bound, values, append_unknown) for _ in range(2)]

    assert built_twice(Route) == built_twice(Rule)


def _built(bound: MapAdapter, values: dict[str, object], append_unknown: bool) -> str | None:
    try:
        return bound.build("page", values, append_unknown=append_unknown)
    except BuildError:
        return None


@pytest.mark.parametrize(
    "given",
    [
        "https://h.example/r&d",
        "https://h.example/o'b",
        'https://h.example/q"x',
        "https://h.example/<x>",
        "https://h.example/a b",
        "https://ü.example",
        "https://h.example/é",
    ],
)
def test_an_address_that_mails_and_pages_would_write_in_two_ways_is_refused_with_its_remedy(given: str) -> None:
    with pytest.raises(ValueError, match="plain letters"):
        Settings(base_url=given)
    assert Settings(base_url="https://h.example/%C3%A9/x(1)").base_url == "https://h.example/%C3%A9/x(1)"
