"""Who may do what: the table in ``permissions.txt``, and every address and command held to it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.urls import URLPattern, URLResolver, get_resolver

from chat.models import Message
from chat.runs import Runs
from chat.standing import SIGNED_OUT
from chat.wire.commands import Command
from tests.canaries import secrets_of_the_site
from tests.canary_words import CLIENT_SECRET, METRICS_TOKEN
from tests.chat.tab import Tab
from tests.search.conftest import index_all
from tests.security.world import (
    AUDITOR,
    CANARY,
    COLUMNS,
    LEAD,
    MEMBER,
    OUT,
    OWNER,
    PASSWORD,
    STEPS,
    THINGS,
    answer,
    belongings,
    canary,
    person,
    signed_in,
    unpacked,
    whole,
)

TABLE = Path(__file__).with_name("permissions.txt")

#: Addresses that are regular expressions, and one that fits each.
FITTING = {
    "admin/^<app_label>": "admin/chat/",
    "admin/(?P<url>": "admin/nothing-of-this-name/",
}

MISSING = """
{route} has no row in tests/security/permissions.txt. Add a line
    {route}  GET  -  ? ? ? ? ? ?  ?
for each method it takes. The next run says what it does for whom: check that it is what you
mean, and put that into the line.
"""


@dataclass(frozen=True)
class Row:
    """One line: what a request by each role leads to, for one's own thing and for another's."""

    route: str
    method: str
    thing: str
    own: tuple[str, ...]
    others: str

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"


#: Things that are there only where the settings name a mail server, a provider or a token.
EQUIPMENT = {"mail", "mail-asked", "mail-answered", "mail-of-an-address", "provider", "token"}
METHODS = {"GET": ("GET",), "POST": ("POST",), "ANY": ("GET", "POST"), "WS": ()}


def rows() -> list[Row]:
    lines = [line.split("#")[0].split() for line in TABLE.read_text().splitlines()]
    return [Row(each[0][1:], each[1], each[2], tuple(each[3:9]), each[9]) for each in lines if each]


def routes() -> list[str]:
    """Every address that the site answers at."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def _walk(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"\(\?P(<app_label>)[^)]*\)", r"\1", route)  # new with each application


def test_every_address_has_a_row_and_every_row_an_address():
    known = {row.route for row in rows() if row.method != "WS"}
    missing = [route for route in routes() if route not in known]
    assert not missing, "".join(MISSING.format(route=f"/{route}") for route in missing)
    assert known <= set(routes()), "rows of addresses that are gone"


@pytest.mark.django_db
def test_a_method_without_a_row_is_refused(equipped):
    taken = {(row.route, method) for row in rows() for method in METHODS[row.method]}
    things = {row.route: row.thing for row in rows()}
    unasked = [Row(route, method, "-", (), "") for route in routes() for method in ("GET", "POST")]
    for row in unasked:
        if (row.route, row.method) not in taken:
            asked = replace(row, thing=things[row.route])
            assert _ask(asked, OWNER, is_own=True) == "405", str(row)


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in rows() if row.method != "WS"], ids=str)
def test_each_role_may_do_what_the_table_says(row, equipped):
    for method in METHODS[row.method]:
        asked = replace(row, method=method)
        own = tuple(_ask(asked, role, is_own=True) for role in COLUMNS)
        others = tuple(_ask(asked, role, is_own=False) for role in COLUMNS if role != OUT)
        summary = "same" if others == own[1:] else "/".join(sorted(set(others)))
        assert (own, summary) == (row.own, row.others), (
            f"It is: /{row.route}  {method}  {row.thing}  {'  '.join(own)}  {summary}"
        )


#: Pages on which a person sees all of what is theirs, whatever it is called.
OF_ONES_OWN = [
    ("GET", f"{name}/") for name in "conversations search shares presets prompts".split()
]


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in rows() if row.thing == "-"], ids=str)
def test_no_page_without_a_thing_in_its_address_shows_what_is_anothers(row, equipped):
    other = person(MEMBER)
    belongings(other)
    for role in COLUMNS:
        asking = None if role == OUT else person(role)
        if asking:
            belongings(asking)
        answer(other)  # the newest of all: on the first page of any list
        index_all()
        for method, given in itertools.product(METHODS[row.method], ({}, {"q": "canary"})):
            browser = signed_in(asking)
            response = getattr(browser, method.lower())(path_of(row.route, {}), given)
            page = unpacked(whole(response)).decode(errors="replace")
            content = page + re.sub("<[^>]*>", "", page)  # what is found is marked amid a word
            if role not in (AUDITOR, LEAD, OWNER) or not row.route.startswith("admin/"):
                assert canary(other) not in content, role
                assert other.username not in content, role
            elif (row.route, method) == ("admin/chat/conversation/", "GET"):
                assert canary(other) in content, "what is looked for would be found"
            if asking and (method, row.route) in OF_ONES_OWN and given:
                assert canary(asking) in content, "what is looked for is found"


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in rows() if row.thing in EQUIPMENT], ids=str)
def test_without_what_it_needs_an_address_is_not_there(row, monkeypatch):
    monkeypatch.setattr("tests.security.test_permissions.STEPS", {})
    for method in METHODS[row.method]:
        asked = replace(row, method=method)
        assert {_ask(asked, role, is_own=True) for role in COLUMNS} == {"404"}


def _ask(row: Row, role: str, *, is_own: bool) -> str:
    asking = None if role == OUT else person(role)
    values = THINGS[row.thing](asking if asking and is_own else person(MEMBER))
    browser = signed_in(asking)
    if step := STEPS.get(row.thing):
        step(browser, values)
    given = values if row.method == "POST" else values.get("query", {})
    headers = values.get("headers", {}) if is_own else {}
    ask = getattr(browser, row.method.lower())
    response = ask(path_of(row.route, values), given, headers=headers)
    _check_headers(response)
    told = _told(response)
    content = unpacked(whole(response)).decode(errors="replace")
    is_admins_own = row.route.startswith("admin/") and "<message-text" not in content
    if told == "yes" and "<html" in content and not is_admins_own:
        assert "require-trusted-types-for 'script'" in response["Content-Security-Policy"]
    for secret in (*secrets_of_the_site(), METRICS_TOKEN, CLIENT_SECRET, PASSWORD):
        assert secret not in content
    session = browser.session.session_key
    assert not session or session not in content
    if told != "yes" or role == OUT:
        assert CANARY not in content
    return told


def test_every_command_has_a_row():
    known = {row.route for row in rows() if row.method == "WS"}
    assert known == {str(kind.__struct_config__.tag) for kind in get_args(Command)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", [row for row in rows() if row.method == "WS"], ids=str)
async def test_each_role_may_say_what_the_table_says(row, runs):
    own = tuple([await _say(runs, row, role, is_own=True) for role in COLUMNS])
    others = {await _say(runs, row, role, is_own=False) for role in COLUMNS if role != OUT}
    summary = "same" if others == set(own[1:]) else "/".join(sorted(others))
    assert (own, summary) == (row.own, row.others)


async def _say(runs: Runs, row: Row, role: str, *, is_own: bool) -> str:
    asking = AnonymousUser() if role == OUT else person(role)
    reply = answer(asking if is_own and isinstance(asking, User) else person(MEMBER), "stopped")
    async with Tab(runs, asking) as tab:
        if role == OUT:
            return "in" if await tab.closed_with() == SIGNED_OUT else "yes"
        await tab.send(type=row.route, **_command(row.route, reply))
        await tab.send(type="ping")
        frames = await tab.until("pong")
        frames += [] if await tab.is_quiet() else [await tab.get()]
    codes = [frame["code"] for frame in frames if frame["type"] == "refused"]
    assert codes in ([], ["not_found"])
    assert not codes or CANARY not in json.dumps(frames)
    return "404" if codes else "yes"


def _command(name: str, reply: Message) -> dict[str, Any]:
    ids = {"id": uuid4(), "conversation": reply.conversation_id, "reply": uuid4()}
    run = reply.runs.get().pk
    commands: dict[str, dict[str, Any]] = {
        "say": ids | {"parent": reply.pk, "text": "And then?"},
        "retry": {"message": reply.pk, "reply": uuid4()},
        "continue": {"message": reply.pk, "run": uuid4()},
        "follow": {"run": run, "after": 0},
        "stop": {"run": run},
    }
    return commands.get(name, {})


def _check_headers(response: Any) -> None:
    """What every answer carries, whoever asks and whatever for."""
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe-|strict-dynamic|https?:|\*", policy), policy
    assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer")


def path_of(route: str, values: dict[str, Any]) -> str:
    """An address of this route with these values in it."""
    for beginning, fitting in FITTING.items():
        if route.startswith(beginning):
            return f"/{fitting}"

    def value(found: re.Match[str]) -> str:
        return str(values.get(found["name"], values.get("pk", "1")))

    return "/" + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", value, route)


def _told(response: Any) -> str:
    """What an answer means, in the words of the table."""
    assert response.status_code < 500
    if response.status_code in (301, 302):
        return "in" if re.match("/(sign-in|admin/login)/", response["Location"]) else "go"
    if response.status_code in (404, 405):
        return str(response.status_code)
    return "no" if response.status_code in (401, 403) else "yes"
