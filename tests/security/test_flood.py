"""A flood from one person leaves another person's latency within twice what it was."""

import json
import statistics
import threading
import time
from contextlib import suppress
from socket import SHUT_RDWR

import pytest
from websockets.exceptions import ConnectionClosed

from tests.scripted_model import text

pytestmark = pytest.mark.timeout(120)

ROUNDS = 40  # pings of the person who suffers, in each half
SLACK = 0.005  # seconds that a busy machine takes or gives, and nobody feels
LONG = "x" * 190_000


def flood(person, sockets, stop):
    """Pings, turns that are refused, follows of nothing, and big frames, on many sockets."""

    def pour(number):
        frames = (
            '{"type":"ping"}',
            json.dumps(person.say("x" * 50), default=str),
            json.dumps(person.say(LONG, model="none"), default=str),
            '{"type":"follow","run":"6b03c5b8-c7c4-4359-8f41-cfeccf000000","after":0}',
            "[" * 5000,
        )
        with suppress(ConnectionClosed, EOFError, OSError):
            socket = person.socket(max_queue=1)  # and reads nothing
            sockets.append(socket)
            while not stop.is_set():
                socket.connection.send(frames[number % len(frames)])

    threads = [threading.Thread(target=pour, args=(number,), daemon=True) for number in range(12)]
    for thread in threads:
        thread.start()
    return threads


def latency(socket):
    """The median of seconds from a ping to its pong."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        assert socket.is_there()
        times.append(time.perf_counter() - started)
        time.sleep(0.02)
    return statistics.median(times)


def test_a_flood_from_one_person_slows_another_less_than_twice(site, anna, boris, model):
    quiet = boris.socket()
    before = latency(quiet)
    stop = threading.Event()
    sockets = []
    threads = flood(anna, sockets, stop)
    time.sleep(1)  # until the burst that everybody may have is used up
    during = latency(quiet)
    model.plays(text("Still here."))
    quiet.send(**boris.say())
    assert quiet.until("text_added")["text"] == "Still here."
    stop.set()
    for socket in sockets:
        socket.connection.socket.shutdown(SHUT_RDWR)
    for thread in threads:
        thread.join(10)
    assert during < 2 * before + SLACK, f"{before * 1000:.1f} ms became {during * 1000:.1f} ms"
