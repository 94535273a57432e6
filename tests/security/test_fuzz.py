"""S28: whatever is sent, nothing stumbles, and nobody gets or changes what is another's.

A few inputs in every test run, and as many as ``FUZZ_INPUTS`` says by ``make fuzz``. Commands
go to the real server; each address of the site is asked in this process. What is sent is made
out of what would be right, so that it comes past the door: how much of it was taken is counted.
"""

import json
import os
import time
from collections import Counter
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from chat.models import Conversation, Message, Preset, Prompt, Run
from tests.browser.application import Application
from tests.browser.model_server import ModelServer
from tests.fuzz import site as inputs
from tests.fuzz.belongings import changed, rows_of, writing
from tests.fuzz.forms import forms_of
from tests.scripted_model import finish, text
from tests.security.people import Person, Socket, open_socket
from tests.security.test_permissions import METHODS, path_of, rows
from tests.security.world import (
    CANARY,
    COLUMNS,
    MEMBER,
    OUT,
    PASSWORD,
    REVIEWER,
    STEPS,
    THINGS,
    answer,
    canary,
    person,
    signed_in,
    unpacked,
    whole,
)

INPUTS = int(os.environ.get("FUZZ_INPUTS", "0"))
BATCH = 10  # frames of one example, with one ping behind them
IN_A_ROW = 4 if INPUTS else 1  # requests of one example, in one browser
#: Examples for each address, and for each again about what is another's. The first of them is
#: what a page would send.
EACH_ADDRESS = max(2, INPUTS // 8 // IN_A_ROW // len(inputs.asked_for()) + 1)
CROWD = 40 if INPUTS else 6  # people who take turns: each may send only so many a second
pytestmark = pytest.mark.timeout(20_000 if INPUTS else 1200)
#: A client's own pings take random numbers, amid those that Hypothesis draws.
UNPROMPTED: dict[str, Any] = {"ping_interval": None}
FUZZING: dict[str, Any] = {
    "deadline": None,
    "derandomize": not INPUTS,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
STRANGE = "strange"  # what is no command
TYPED = {"login": "asking", "username": "asking", "token": "", "reason": "to see what it does"} | (
    dict.fromkeys(("password", "password1", "password2", "oldpassword"), PASSWORD)
)

#: What is done for others, and not for who has just shown who they are, has a password and an
#: app that tells codes, and a conversation that must be kept.
NEVER = {"GET account/confirm/again/", "GET password/first/", "POST account/erase/"} | {
    "GET account/two-factor/app/"
}


# --- the socket ---------------------------------------------------------------------


@pytest.mark.parametrize("role", [MEMBER, REVIEWER])
def test_s28_no_command_makes_the_server_stumble(site, newcomer, anna, model, role):
    hers = _first_turn(anna.socket(**UNPROMPTED), anna, model, f"All of {CANARY}.")
    with site.database() as alias:
        told = Message.objects.using(alias).filter(conversation_id=UUID(hers["conversation"]))
        assert [CANARY in message.text for message in told] == [True, True]
        before = _said(anna, alias)
    known = [*hers.values(), str(uuid4())]
    count = _Count()
    crowd = [_Talker(_of_role(site, newcomer(), role), model, count) for _ in range(CROWD)]
    turn = iter(range(10**9))

    @settings(max_examples=max(60, INPUTS // 4 // BATCH), **FUZZING)
    @given(st.lists(inputs.commands(known), min_size=BATCH, max_size=BATCH))
    def throw(frames):
        crowd[next(turn) % CROWD].send(frames)

    throw()
    time.sleep(2)  # what was begun is told behind the last pong
    for talker in crowd:
        talker.send([])
    print(f"{count.sent.total()} frames of a {role}: {count}")
    for kind in inputs.KINDS:
        assert count.obeyed(kind) > 0, f"No {kind} was obeyed."
        assert kind == "ping" or count.refused[kind] > 0, f"No {kind} was refused."
    assert not [frame for frame in count.heard if hers["run"] == frame.get("run")]
    with site.database() as alias:
        assert _said(anna, alias) == before
    assert anna.socket().is_there()


def test_s28_who_is_signed_out_is_told_nothing_whatever_they_send(site, anna, model):
    hers = _first_turn(anna.socket(**UNPROMPTED), anna, model, f"All of {CANARY}.")
    sent = 0

    @settings(max_examples=max(10, INPUTS // 100 // BATCH), **FUZZING)
    @given(st.lists(inputs.commands([*hers.values()]), min_size=BATCH, max_size=BATCH))
    def throw(frames):
        nonlocal sent
        sent += len(frames)
        with open_socket(site, "", **UNPROMPTED) as connection:
            try:
                for frame in frames:
                    connection.send(frame)
                told = connection.recv(timeout=15)
            except ConnectionClosed:
                told = ""
        assert told == ""
        assert connection.protocol.close_code == 4401

    throw()
    print(f"{sent} frames of who is signed out")
    assert anna.socket().is_there()


def _of_role(site: Application, someone: Person, role: str) -> Person:
    if role == REVIEWER:
        with site.database() as alias:
            group = Group.objects.using(alias).get(name="reviewer")
            User.objects.using(alias).get(pk=someone.user.pk).groups.add(group)
    return someone


def _first_turn(socket: Socket, someone: Person, model: ModelServer, words: str) -> dict[str, str]:
    """Say something, have it answered by these words, which could go on, and give all ids."""
    model.plays(text(words), finish("length"))
    socket.send(**someone.say(f"What of {words}?"))
    accepted = socket.until("accepted")
    socket.until("run_finished")
    return {name: accepted[name] for name in inputs.OWN}


def _said(someone: Person, alias: str) -> list[list[Any]]:
    """All that commands of the socket could change of this person's."""
    talks = Conversation.objects.using(alias).filter(owner_id=someone.user.pk)
    messages = Message.objects.using(alias).filter(conversation__in=talks)
    runs = Run.objects.using(alias).filter(message__in=messages)
    return [
        list(talks.order_by("pk").values_list("pk", "title", "leaf")),
        list(messages.order_by("pk").values_list("pk", "parent", "text", "reasoning", "status")),
        list(runs.order_by("pk").values_list("pk", "outcome", "stop_requested", "last_seq")),
    ]


class _Count:
    """What was sent and what became of it, by kinds of commands."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.heard: list[dict[str, Any]] = []  # of runs, and not of one's own
        self._begun: dict[str, str] = {}

    def __str__(self) -> str:
        kinds = [*inputs.KINDS, STRANGE]
        return ", ".join(f"{kind} {self.obeyed(kind)} of {self.sent[kind]}" for kind in kinds)

    def note(self, frame: str) -> None:
        """This is sent."""
        kind = _kind(frame)
        self.sent[kind] += 1
        made = {"say": "id", "retry": "reply", "continue": "run"}.get(kind)
        if made:
            self._begun[str(json.loads(frame).get(made))] = kind

    def hear(self, frame: dict[str, Any]) -> None:
        """This is answered."""
        assert CANARY not in json.dumps(frame)
        match frame["type"]:
            case "refused":
                self.refused[frame["command"] if frame["command"] in inputs.KINDS else STRANGE] += 1
            case "accepted":
                ids = [self._begun.get(frame[name], "") for name in ("id", "reply", "run")]
                self.accepted[next(filter(None, ids), STRANGE)] += 1
            case _:
                self.heard.append(frame)

    def obeyed(self, kind: str) -> int:
        """How many of them were: each is that was not refused, and what begins a run is told."""
        if kind in ("say", "retry", "continue"):
            return self.accepted[kind]
        return self.sent[kind] - self.refused[kind]


class _Talker:
    """Somebody with a conversation of their own."""

    def __init__(self, someone: Person, model: ModelServer, count: _Count) -> None:
        self._socket = someone.socket(**UNPROMPTED)
        self._own = _first_turn(self._socket, someone, model, "All of mine.")
        self._count = count

    def send(self, frames: list[str]) -> None:
        """Send all of these, and hear what is answered up to the pong of the last ping."""
        for frame in frames:
            for name, value in self._own.items():
                frame = frame.replace(inputs.OWN[name], value)
            while inputs.NEW in frame:
                frame = frame.replace(inputs.NEW, str(uuid4()), 1)
            self._count.note(frame)
            self._socket.connection.send(frame)
        self._socket.send(type="ping")
        pings = 1 + sum(_kind(frame) == "ping" for frame in frames)
        while pings:
            heard = self._socket.get()
            self._count.hear(heard)
            pings -= heard["type"] == "pong" or heard.get("command") == "ping"


def _kind(frame: str) -> str:
    try:
        value = json.loads(frame)
    except ValueError:
        return STRANGE
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if kind in list(inputs.KINDS) else STRANGE


# --- pages --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", [OUT, MEMBER, REVIEWER])
def test_s28_no_address_makes_the_site_stumble(role, equipped):
    other = person(MEMBER)
    asking = _Asking(role, other)
    let_in = [each for each in inputs.asked_for() if each[0].own[COLUMNS.index(role)] == "yes"]
    anywhere = asking.knows.requests(let_in) | asking.knows.requests(inputs.asked_for())
    count: Counter[str] = Counter()
    done = set()
    before = rows_of(other)

    def ask(requests):
        with transaction.atomic():
            browser = asking.browser()
            if step := STEPS.get(requests[0].row.thing):
                step(browser, asking.knows.own[requests[0].row.thing])
            with writing() as written:
                for asked in requests:
                    status, kind, content = _answered(browser, asked)
                    for secret in (canary(other), other.username):
                        assert secret not in content, asked
                    count[f"{asked.method} {kind} {status // 100}xx"] += 1
                    if status < 300 or (status == 302 and asked.method == "POST"):
                        done.add((asked.row, asked.method))
            if written:
                assert changed(before, rows_of(other)) == set(), requests
            transaction.set_rollback(True)

    for row, method in inputs.asked_for():
        for is_others in [False] if row.thing == "-" else [False, True]:
            first = asking.knows.request(row, method, is_others=is_others)
            more = st.lists(anywhere, min_size=IN_A_ROW - 1, max_size=IN_A_ROW - 1)
            requests = st.builds(lambda each, rest: [each, *rest], first, more)
            settings(max_examples=EACH_ADDRESS, **FUZZING)(given(requests)(ask))()
    print(f"{count.total()} requests: {dict(sorted(count.items()))}")
    missed = [f"{method} {row.route}" for row, method in let_in if (row, method) not in done]
    assert set(missed) <= NEVER, "Nothing that was sent there was taken."


@pytest.mark.django_db
def test_what_becomes_of_somebodys_things_is_seen():
    """Whether they are renamed, stopped, deleted or there are more of them; and nobody else's."""
    someone, other = person(MEMBER), person(MEMBER)
    reply, before = answer(someone, "streaming"), rows_of(other)
    for thing in THINGS.values():
        thing(someone)
    assert changed(before, rows_of(other)) == set()
    before = rows_of(someone)
    for what, label in (
        (
            lambda: Conversation.objects.filter(pk=reply.conversation_id).update(title="x"),
            "chat.Conversation",
        ),
        (lambda: reply.runs.update(stop_requested=True), "chat.Run"),
        (lambda: Prompt.objects.filter(person=someone).delete(), "chat.Prompt"),
        (lambda: Preset.objects.create(person=someone, name="Another"), "chat.Preset"),
        (lambda: someone.groups.add(Group.objects.get(name="reviewer")), "auth.User_groups"),
    ):
        with writing() as written:
            what()
        assert written
        now = rows_of(someone)
        assert changed(before, now) == {label}
        before = now


class _Asking:
    """Who asks: one account, what it can know, and its browser before each example."""

    def __init__(self, role: str, other: User) -> None:
        own = person(MEMBER if role == OUT else role, TYPED["username"])
        own.set_password(PASSWORD)
        own.save()
        others = {name: thing(other) for name, thing in THINGS.items()}
        others["share"].pop("token")  # who has that may read
        others["token"].pop("headers")
        for values in others.values():  # a page repeats what it is sent
            for name in {"email", "new", "username"} & values.keys():
                del values[name]
        self.knows = inputs.Site({name: thing(own) for name, thing in THINGS.items()}, others)
        self._cookies = ""
        if role != OUT:
            self._cookies = signed_in(own).cookies.output(header="", sep=";")
        self._look_at_each_page()

    def browser(self) -> Client:
        """As it was at first."""
        client = Client()
        client.cookies.load(self._cookies)
        return client

    def _look_at_each_page(self) -> None:
        """Take the forms of all pages, and a conversation as it is taken along."""
        for row in rows():
            if "GET" in METHODS[row.method]:
                path = path_of(row.route, self.knows.own[row.thing])
                answer = self.browser().get(path)
                if answer.status_code == 200 and not answer.streaming:
                    self._take_forms(path, answer.content.decode())
        talk = self.knows.own["conversation"]["pk"]
        answer = self.browser().get(f"/c/{talk}/export/", {"format": "json"})
        if answer.streaming:
            self.knows.item = json.loads(whole(answer))

    def _take_forms(self, path: str, page: str) -> None:
        for form in forms_of(page):
            try:
                route = resolve(urljoin(path, form.action).partition("?")[0]).route
            except Resolver404:
                continue
            typed = {name: TYPED[name] for name in form.fields if name in TYPED}
            self.knows.forms[route].append(form.fields | typed)


def _answered(client: Client, asked: inputs.Asked) -> tuple[int, str, str]:
    """The status of the answer, its kind and all of its content."""
    path, given = asked.path.encode("utf-8", "replace").decode(), _sendable(asked.fields)
    try:
        if asked.body is not None:
            response = client.post(path, asked.body, content_type="application/json")
        else:
            ask = client.post if asked.method == "POST" else client.get
            response = ask(path, given, headers=asked.headers)
    except (RequestDataTooBig, TooManyFieldsSent):
        return 413, "page", ""
    assert response.status_code < 500, asked
    kind = "body" if asked.body is not None else "file" if response.streaming else "page"
    return response.status_code, kind, _joined(response)


def _joined(response: Any) -> str:
    """All that is sent, to its end, and out of its archive."""
    content = unpacked(whole(response))
    return content.decode(errors="replace") + str(response.headers)


def _sendable(fields: dict[str, Any]) -> dict[str, str]:
    return {name: str(value).encode("utf-8", "replace").decode() for name, value in fields.items()}
