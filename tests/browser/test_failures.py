"""What breaks other chats, in the browser; the whole list is in tests/test_known_failures."""

import re
import sqlite3
import threading
from contextlib import closing
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, WebSocketRoute, expect

from chat.models import Message
from tests.browser.chat import Chat
from tests.browser.page.test_settings import Settings, fill, saved
from tests.scripted_model import finish, text

FOUND_WITHIN = 16  # seconds: the beat of a tab and its patience
LOCKED_FOR = 60_000  # ms, at most: what writes waits a while before it takes a lock for trouble


class Line:
    """The way of a page's sockets to the server, which can go dead without a word."""

    def __init__(self, page: Page) -> None:
        self.opened = 0
        self._is_dead = False
        self._sides: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket(re.compile("/ws/chat/"), self._join)

    def die(self) -> None:
        """Swallow what the open sockets say; new ones work."""
        for page, server in self._sides:
            page.on_message(lambda _: None)
            server.on_message(lambda _: None)
        self._sides.clear()

    def cut(self) -> None:
        """Close the open sockets."""
        for page, server in self._sides:
            page.close(code=1011)
            server.close()
        self._sides.clear()

    def _join(self, page: WebSocketRoute) -> None:
        self.opened += 1
        self._sides.append((page, page.connect_to_server()))


def stored(server: Any, page: Page) -> str:
    conversation = UUID(page.url.rstrip("/").rsplit("/", 1)[1])
    with server.database() as alias:
        answers = Message.objects.using(alias).filter(conversation=conversation, role="assistant")
        return "".join(answers.in_order().last().text.split())


def heat(model: Any, said: str) -> float:
    """The temperature that the answer to this was asked for with."""
    turn = {"role": "user", "content": said}
    asked = [each.request for each in model.answers if each.request["messages"][-1] == turn]
    return float(asked[-1]["temperature"])


def test_f01_a_reload_amid_an_answer_keeps_the_text_and_the_settings(page, model):
    more = threading.Event()
    model.plays(text("One, two,"), more, text(" three."), finish())
    chat, settings = Chat(page), Settings(page)
    panel = settings.open()
    fill(panel, "Temperature", "0.3")
    saved(panel)
    settings.close()
    chat.say("Count.")
    assert chat.wait_for_text() == "One,two,"
    page.reload()
    assert chat.wait_for_text() == "One,two,"
    chat.wait_for_status("streaming")
    more.set()
    chat.wait_for_status("complete")
    assert chat.text() == "One,two,three."
    panel = settings.open()
    expect(panel.get_by_label("Temperature", exact=True)).to_have_value("0.3")
    settings.close()
    chat.say("And again.")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert [heat(model, said) for said in ("Count.", "And again.")] == [0.3, 0.3]


def test_f09_a_half_open_socket_is_found_and_replaced(open_page, alice, model, server):
    page = open_page(person=alice)
    line = Line(page)
    page.reload()
    more = threading.Event()
    model.plays(text("Before. "), more, text("After."), finish())
    chat = Chat(page)
    chat.say("Hello?")
    chat.wait_for_text()
    line.die()
    more.set()
    chat.wait_for_status("complete", seconds=FOUND_WITHIN)
    assert chat.text() == stored(server, page) == "Before.After."
    assert line.opened == 2


def test_f10_what_came_while_the_line_was_cut_is_there_without_a_reload(
    open_page, alice, model, server
):
    page = open_page(person=alice)
    line = Line(page)
    page.reload()
    gates = [threading.Event() for _ in range(3)]
    pieces = [step for gate in gates for step in (gate, text("And more. "))]
    model.plays(text("Begun. "), *pieces, finish())
    chat = Chat(page)
    chat.say("Hello?")
    seen = chat.wait_for_text()
    for gate in gates:
        line.cut()
        gate.set()
        seen = chat.wait_for_text(more_than=seen)
    chat.wait_for_status("complete")
    assert chat.text() == stored(server, page) == "Begun." + "Andmore." * 3


def test_f11_a_tab_that_is_behind_wipes_nothing(open_page, alice, model, new_server, page_errors):
    page_errors.allow(
        "ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|WebSocket connection"
    )
    server = new_server(H2O_TITLES="no")
    person = server.person()
    model.says("First.")
    stale = Chat(open_page(person=person, server=server))
    stale.say("One?")
    stale.wait_for_status("complete")
    Line(stale.page)  # for later sockets
    stale.page.context.set_offline(True)
    server.kill()
    server.start()
    fresh = Chat(open_page(person=person, server=server))
    fresh.page.goto(stale.page.url)
    model.says("Second.")
    fresh.say("Two?")
    expect(fresh.answers).to_have_count(2)
    fresh.wait_for_status("complete")
    model.says("Third.")
    stale.say("Another two?")  # of what it shows, whatever it will hear of when it is back
    stale.page.context.set_offline(False)
    expect(stale.answer.locator("message-text.said")).to_have_text("Third.", timeout=20_000)
    stale.wait_for_status("complete")
    with server.database() as alias:
        said = set(Message.objects.using(alias).values_list("parent__text", "text"))
    assert said == {
        (None, "One?"),
        ("One?", "First."),
        ("First.", "Two?"),
        ("Two?", "Second."),
        ("First.", "Another two?"),
        ("Another two?", "Third."),
    }


def test_f19_a_server_that_is_away_is_asked_ever_less_often(
    open_page, model, new_server, page_errors
):
    page_errors.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection")
    server = new_server()
    page = open_page(person=server.person(), server=server)
    Chat(page).say("Hello?")
    Chat(page).wait_for_status("complete")
    tried = []
    page.on("websocket", lambda _: tried.append(1))
    server.kill()
    page.wait_for_timeout(6000)
    assert 1 <= len(tried) <= 6
    server.start()
    Chat(page).say("And now?")
    expect(Chat(page).answers).to_have_count(2, timeout=20_000)
    Chat(page).wait_for_status("complete")


def test_f21_the_page_says_what_holds_an_answer_up_while_it_does(
    open_page, model, new_server, page_errors
):
    server = new_server()
    page = open_page(person=server.person(), server=server)
    more = threading.Event()
    model.plays(text("Before. "), more, text("After."), finish())
    chat, away = Chat(page), page.get_by_text("The database is not answering")
    chat.say("Hello?")
    chat.wait_for_text()
    with closing(sqlite3.connect(server.data_dir / "chat.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # nobody else can write
        more.set()
        expect(away).to_be_visible(timeout=LOCKED_FOR)
        assert chat.text() == "Before."
        page.wait_for_timeout(3000)  # in which it is told again and again
        expect(away).to_have_count(1)
        other.execute("ROLLBACK")
    chat.wait_for_status("complete", seconds=LOCKED_FOR / 1000)
    expect(away).to_have_count(0)
    assert chat.text() == stored(server, page) == "Before.After."


def test_f23_after_a_sleep_the_whole_answer_is_there(open_page, alice, model, server):
    page = open_page(person=alice)
    line = Line(page)
    page.clock.install()
    page.reload()
    more = threading.Event()
    answer = model.plays(text("Before the sleep. "), more, text("Amid it. " * 50), finish())
    chat = Chat(page)
    chat.say("Hello?")
    chat.wait_for_text()
    line.die()
    more.set()
    assert answer.ended.wait(10)
    page.clock.fast_forward("01:00:00")  # and no event tells the page that it has slept
    chat.wait_for_status("complete", seconds=FOUND_WITHIN)
    assert chat.text() == stored(server, page)
    assert line.opened == 2
