"""S7: live sockets follow the account, whatever takes it away, and against real Daphne."""

import json
import time
from contextlib import suppress
from socket import create_connection
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session

from chat.models import Run
from tests.scripted_model import Hold, finish, text
from tests.security.people import PATIENCE
from tests.server.running import frame, upgrade

WITHIN = 5.0  # seconds
COOKIE = b"Cookie: @session"


def _sign_out(person, database):
    assert person.post("/sign-out/").status == 302


def _session_is_deleted(person, database):
    Session.objects.using(database).filter(session_key=person.session).delete()


def _password_is_changed(person, database):
    user = User.objects.using(database).get(pk=person.user.pk)
    user.set_password("another walk in the rain")
    user.save()


def _is_deactivated(person, database):
    User.objects.using(database).filter(pk=person.user.pk).update(is_active=False)


def _is_deleted(person, database):
    User.objects.using(database).get(pk=person.user.pk).delete()


def _is_demoted(person, database):
    User.objects.using(database).get(pk=person.user.pk).groups.clear()


def _is_staff_no_more(person, database):
    User.objects.using(database).filter(pk=person.user.pk).update(is_staff=False)


@pytest.mark.parametrize(
    ("what_happens", "code"),
    [
        (_sign_out, 4401),
        (_session_is_deleted, 4401),
        (_password_is_changed, 4401),
        (_is_deactivated, 4401),
        (_is_deleted, 4401),
        (_is_demoted, 4403),
        (_is_staff_no_more, 4403),
    ],
)
def test_s07_live_sockets_follow_the_account(site, newcomer, boris, what_happens, code):
    anna = newcomer(is_staff=True)
    with site.database() as alias:
        lead = Group.objects.using(alias).get(name="lead")
        User.objects.using(alias).get(pk=anna.user.pk).groups.add(lead)
    sockets = [anna.socket(), anna.socket()]
    other = boris.socket()
    assert all(socket.is_there() for socket in (*sockets, other))
    with site.database() as alias:
        what_happens(anna, alias)
    started = time.monotonic()
    for socket in sockets:
        assert socket.closed_within(WITHIN - (time.monotonic() - started)) == code
    assert other.is_there()
    if code == 4401:
        assert anna.socket().closed_within(WITHIN) == 4401, "and no new one is let in"


def test_s07_who_gets_another_role_or_signs_in_again_stays(site, anna):
    socket = anna.socket()
    with site.database() as alias:
        person = User.objects.using(alias).get(pk=anna.user.pk)
        person.groups.add(Group.objects.using(alias).get(name="reviewer"))
        person.save()
    time.sleep(3)  # longer than a look
    assert socket.is_there()


def test_s07_what_writes_for_who_is_shut_out_stops(site, anna, model):
    model.plays(text("Once upon a time"), Hold())
    socket = anna.socket()
    socket.send(**anna.say())
    run = socket.until("accepted")["run"]
    socket.until("text_added")
    with site.database() as alias:
        _is_deactivated(anna, alias)
        assert socket.closed_within(WITHIN) == 4401
        end = time.monotonic() + WITHIN
        while not (outcome := Run.objects.using(alias).get(pk=run).outcome):
            assert time.monotonic() < end
            time.sleep(0.1)
    assert outcome == "stopped"
    assert model.answers[-1].left.wait(WITHIN)


def test_s09_a_session_that_was_ended_opens_no_socket(site, anna, boris):
    assert anna.socket().is_there()
    with site.database() as alias:
        _session_is_deleted(anna, alias)
    assert anna.socket().closed_within(WITHIN) == 4401
    boris.cookie = boris.cookie | {"value": boris.session[:-1] + "x"}
    assert boris.socket().closed_within(WITHIN) == 4401


def test_s09_a_handshake_of_anothers_that_is_sent_again_opens_nothing_of_theirs(
    site, anna, boris, model
):
    """Byte by byte, with its key and its id: only a session tells who it is, while it lasts."""
    model.plays(text("secret of anna"), finish())
    socket = anna.socket()
    socket.send(**anna.say())
    run = socket.until("accepted")["run"]
    socket.until("run_finished")
    hers = upgrade("/ws/chat/", b"Origin: " + site.url.encode(), b"X-Request-ID: hers", COOKIE)
    hers = hers.replace(b"localhost", f"127.0.0.1:{site.port}".encode())

    def told(session):
        follow = json.dumps({"type": "follow", "run": run, "after": 0}).encode()
        cookie = f"{anna.cookie['name']}={session}".encode()
        with create_connection(("127.0.0.1", site.port), PATIENCE) as sent:
            sent.sendall(hers.replace(b"@session", cookie))
            answer = sent.makefile("rb")
            while (line := answer.readline()) != b"\r\n":
                assert line
            with suppress(OSError):  # it is closed, perhaps
                sent.sendall(frame(follow))
            first, length = answer.read(2)
            is_long = length == 126  # (RFC 6455, 5.2)
            return first, answer.read(int.from_bytes(answer.read(2)) if is_long else length)

    assert b"run_started" in told(anna.session)[1]
    kind, refused = told(boris.session)
    assert (kind, json.loads(refused)["code"]) == (0x81, "not_found")
    for session in ("", uuid4().hex):
        assert told(session) == (0x88, (4401).to_bytes(2))
    assert anna.post("/sign-out/").status == 302
    assert told(anna.session) == (0x88, (4401).to_bytes(2))
