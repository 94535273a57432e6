"""Holes of live channels, tried on the real server: whose is what, and what a socket may ask."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.models import Message, Run, RunEvent
from chat.wire.commands import MAX_FRAME, MAX_TEXT
from tests.chat.tab import Tab
from tests.scripted_model import Hold, finish, text
from tests.security.people import PATIENCE, open_socket, request
from tests.security.world import answer
from tests.server.running import MEGABYTE

STATES = {
    "live": (text("secret of anna"), Hold()),
    "complete": (text("secret of anna"), finish()),
    "length": (text("secret of anna"), finish("length")),
    "stopped": (text("secret of anna"), Hold()),
    "interrupted": (text("secret of anna"),),
    "failed": (),
}


def begun(person, model, *steps, **fields):
    """A turn of this person's whose answer plays these steps, and the socket it was said on."""
    model.plays(*steps)
    socket = person.socket()
    socket.send(**person.say(**fields))
    accepted = socket.until("accepted")
    if Hold not in map(type, steps):
        socket.until("run_finished")
    elif len(steps) > 1:
        socket.until("text_added")
    return socket, accepted


def test_s01_two_megabytes_close_the_socket_and_are_kept_nowhere(site, anna, boris):
    """All of them are sent, as a command that would be obeyed were it shorter."""
    times, before = 10, site.memory()
    for _ in range(times):
        socket = anna.socket()
        with suppress(ConnectionClosed):
            socket.send(**anna.say("x" * 2 * MEGABYTE))
        assert socket.closed_within(PATIENCE) in (1006, 1009)
    assert site.memory() - before < times * MEGABYTE
    assert boris.socket().is_there()
    with site.database() as alias:
        said = Message.objects.using(alias).filter(conversation__owner_id=anna.user.pk)
        assert not said.exists()


@pytest.mark.parametrize("length", [MAX_TEXT + 1, MAX_FRAME])
def test_s01_a_command_over_its_own_limit_is_refused_and_the_socket_stays(site, anna, length):
    socket = anna.socket()
    socket.send(**anna.say("x" * length))
    assert socket.until("refused", "accepted")["code"] == "too_long"
    assert socket.is_there()


def test_s03_two_people_at_once_never_see_each_others_session(site, anna, boris):
    def name_on_page(person):
        page = person.get("/account/").body
        return set(re.findall(r"alice-[0-9a-f]{6}", page))

    with ThreadPoolExecutor(8) as pool:
        for person, seen in pool.map(lambda p: (p, name_on_page(p)), [anna, boris] * 40):
            assert seen == {person.user.username}


@pytest.mark.parametrize("state", STATES)
def test_s04_a_run_of_anothers_is_not_there_in_any_state(site, anna, boris, model, state):
    hers, accepted = begun(anna, model, *STATES[state])
    run, reply = accepted["run"], accepted["reply"]
    if state == "stopped":
        hers.send(type="stop", run=run)
        hers.until("run_finished")
    socket = boris.socket()

    def stored():
        with site.database() as alias:
            return Run.objects.using(alias).filter(pk=run).values().get()

    before = stored()
    assert before["outcome"] == ("" if state == "live" else state)
    for command in (
        {"type": "follow", "run": run, "after": 0},
        {"type": "follow", "run": run, "after": 10**9},
        {"type": "stop", "run": run},
        {"type": "continue", "message": reply, "run": uuid4()},
        {"type": "retry", "message": reply, "reply": uuid4()},
    ):
        socket.send(**command)
        refused = socket.until("refused", "text_added", "snapshot", "run_started")
        assert (refused["type"], refused["code"]) == ("refused", "not_found"), command
    assert stored() == before
    hers.send(type="stop", run=run)


def test_s05_a_position_of_one_run_yields_nothing_of_another(site, anna, boris, model):
    _, hers = begun(anna, model, text("secret of anna"), finish())
    socket, his = begun(boris, model, text("word of boris"), finish())
    socket.send(type="follow", run=his["run"], after=2**40)
    told = socket.until("snapshot", "run_finished", "text_added")
    assert told["run"] == his["run"]
    assert hers["run"] not in str(told)
    assert "anna" not in str(told)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("after", "words"),
    [(0, "word of bob"), (1, "word of bob"), (2, "of bob"), (4, ""), (2**40, "")],
)
async def test_s05_rows_of_a_live_run_are_read_without_anothers(alice, bob, runs, after, words):
    """Both are written elsewhere at the moment, so that what is read are rows."""
    hers, his = live_elsewhere(alice, "secret of alice"), live_elsewhere(bob, "word of bob")
    async with Tab(runs, bob) as tab:
        await tab.send(type="follow", run=his.pk, after=after)
        frames = []
        while not await tab.is_quiet():
            frames.append(await tab.get())
    assert str(hers.pk) not in str(frames)
    assert "".join(frame["text"] for frame in frames if frame["type"] == "text_added") == words


def live_elsewhere(person, words):
    """A run in another process, of which each word is a row of its own."""
    reply = answer(person, "live")
    run = reply.runs.get()
    Run.objects.filter(pk=run.pk).update(outcome="", last_seq=0)
    pieces = re.findall(r"\S+ ?", words)
    kind = RunEvent.Kind.TEXT
    RunEvent.objects.write((run.pk, seq, kind, piece, "") for seq, piece in enumerate(pieces, 2))
    return run


def test_s06_nobody_says_into_what_is_anothers(site, anna, boris, model):
    _, hers = begun(anna, model, text("Yes."), finish())
    with site.database() as alias:
        before = Message.objects.using(alias).count()
    socket = boris.socket()
    for fields in (
        {"conversation": hers["conversation"]},
        {"conversation": hers["conversation"], "parent": hers["reply"]},
        {"parent": hers["reply"]},
        {"id": hers["id"]},
        {"reply": hers["reply"]},
    ):
        socket.send(**boris.say(**fields))
        assert socket.until("refused", "accepted")["code"] == "not_found", fields
    with site.database() as alias:
        assert Message.objects.using(alias).count() == before


def test_s08_who_reads_a_share_writes_nothing_by_it(site, anna, boris, model):
    """On a real socket, with every id that the reader could have come by."""
    _, hers = begun(anna, model, text("secret of anna"), finish("length"))
    shared = json.loads(anna.post(f"/c/{hers['conversation']}/share/").body)["address"]
    assert "secret of anna" in boris.get(shared.removeprefix(site.url)).body
    socket = boris.socket()
    for command in (
        boris.say(conversation=hers["conversation"], parent=hers["reply"]),
        boris.say(parent=hers["reply"]),
        {"type": "retry", "message": hers["reply"], "reply": uuid4()},
        {"type": "continue", "message": hers["reply"], "run": uuid4()},
        {"type": "follow", "run": hers["run"], "after": 0},
        {"type": "stop", "run": hers["run"]},
    ):
        socket.send(**command)
        told = socket.until("refused", "accepted", "snapshot", "run_started")
        assert (told["type"], told.get("code")) == ("refused", "not_found"), command
    with site.database() as alias:
        kept = Message.objects.using(alias).filter(conversation_id=UUID(hers["conversation"]))
        assert sorted(message.text for message in kept) == ["Hello?", "secret of anna"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
def test_s10_a_page_of_another_site_opens_no_socket(site, anna, origin):
    with (
        pytest.raises(InvalidStatus) as denied,
        open_socket(site, f"{anna.cookie['name']}={anna.session}", origin=origin),
    ):
        pass
    assert denied.value.response.status_code == 403


def test_s11_a_refused_delete_leaves_the_run_running(site, anna, boris, model):
    hers, accepted = begun(anna, model, text("Once upon a time"), Hold())
    run, conversation = accepted["run"], accepted["conversation"]
    assert boris.post(f"/c/{conversation}/delete/").status == 404
    bulk = boris.post("/conversations/delete/", conversation=conversation)
    assert bulk.status == 404
    assert request(site, f"/c/{conversation}/delete/", "", {}).status == 403
    with site.database() as alias:
        stored = Run.objects.using(alias).get(pk=UUID(run))
    assert (stored.outcome, stored.stop_requested) == ("", False)
    hers.send(type="stop", run=run)
    assert hers.until("run_finished")["outcome"] == "stopped"


def test_one_person_has_so_many_sockets_and_no_more(site, anna, boris):
    first = [anna.socket() for _ in range(40)]
    assert first[-1].is_there()
    assert anna.socket().closed_within(5) == 4413
    assert boris.socket().is_there()
    first[0].connection.close()
    assert _comes_in(anna)


def _comes_in(person):
    """Whether a socket may be opened, once the server has seen another close."""
    for _ in range(50):
        socket = person.socket()
        socket.send(type="ping")
        try:
            return socket.until("pong") == {"type": "pong"}
        except ConnectionClosed:
            time.sleep(0.1)
    return False


def test_s20_no_address_that_a_person_gives_is_fetched(site, anna, model):
    """There is no fetch of a supplied address; S21 and S23: nor of one that could be misread."""
    _springs_no_trap(anna, model, "http://127.0.0.1:{port}/trap")


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example@127.0.0.1:{port}/trap",
        "http://127.0.0.1:{port}\\@evil.example/trap",
        "http://127.0.0.1:{port}#@evil.example/../trap",
        "hTTp:/\\127.0.0.1:{port}/trap",
    ],
)
def test_s21_nor_one_that_can_be_read_in_two_ways(site, anna, model, address):
    _springs_no_trap(anna, model, address)


@pytest.mark.parametrize("host", ["[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f.0.0.1"])
def test_s23_nor_one_that_means_this_machine_in_another_way(site, anna, model, host):
    _springs_no_trap(anna, model, f"http://{host}:{{port}}/trap")


def _springs_no_trap(person, model, address):
    """Say it wherever something can be said, and hold that the model server is asked nothing."""
    trap = address.format(port=model.server_address[1])
    words = {"text": f"Read {trap} ![x]({trap})", "system_prompt": trap}
    socket, _ = begun(person, model, text("Yes."), finish(), **words)
    socket.send(**person.say(model=trap))
    assert socket.until("refused", "accepted")["code"] == "invalid"
    for field in ("base_url", "url", "image_url", "proxy"):
        socket.send(**person.say(**{field: trap}))
        assert socket.until("refused")["code"] == "invalid"
    assert len(model.answers) == 1
    assert not [path for path in model.fetched if "trap" in path]


def test_s33_an_address_in_a_prompt_goes_upstream_as_words(site, anna, model):
    words = "![x](http://10.0.0.1/secret.png) data:image/png;base64,AAAA"
    begun(anna, model, text("Yes."), finish(), text=words)
    asked = model.answers[0].request["messages"][-1]
    assert asked == {"role": "user", "content": words}
