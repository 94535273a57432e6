"""The server dies or is replaced while somebody reads: what the page showed is not lost."""

import threading

from tests.browser.chat import Chat
from tests.scripted_model import finish, text


def test_an_answer_comes_as_the_model_writes_it(page, model):
    """The fixtures themselves, at their simplest."""
    more = threading.Event()
    answer = model.plays(text("Hello"), more, text(" there."), finish())
    chat = Chat(page)
    chat.say("Good morning!")
    assert chat.wait_for_text() == "Hello"
    chat.wait_for_status("streaming")
    more.set()
    chat.wait_for_status("complete")
    assert chat.text() == "Hellothere."
    assert answer.request["messages"][-1] == {"role": "user", "content": "Good morning!"}


def test_stop_is_heard_by_the_model_server(page, model):
    answer = model.plays(text("Once upon a time"), threading.Event())
    chat = Chat(page)
    chat.say("Tell me a story.")
    chat.wait_for_text()
    chat.press("Stop")
    chat.wait_for_status("stopped")
    assert answer.left.wait(2)
    assert chat.text() == "Onceuponatime"


def test_after_a_crash_the_answer_is_interrupted_whole_and_goes_on(
    new_server, open_page, model, page_errors, look_at
):
    page_errors.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection")
    server = new_server()
    model.plays(text("One, two,"), threading.Event())
    chat = Chat(open_page(person=server.person(), server=server))
    chat.say("Count to four.")
    chat.wait_for_text()

    server.kill()
    server.start()
    chat.wait_for_status("interrupted", seconds=30)  # the page comes back by itself
    assert chat.text() == "One,two,"
    look_at(chat.page, "interrupted")

    model.plays(text(" three, four."), finish())
    chat.press("Continue")
    chat.wait_for_status("complete")
    assert chat.text() == "One,two,three,four."


def test_a_server_that_is_asked_to_end_keeps_what_came(new_server, open_page, model, page_errors):
    page_errors.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection")
    server = new_server()
    model.plays(text("Half an answer"), threading.Event())
    chat = Chat(open_page(person=server.person(), server=server))
    chat.say("Hello?")
    chat.wait_for_text()

    assert server.term() == 0
    server.start()
    chat.wait_for_status("interrupted", seconds=30)
    assert chat.text() == "Halfananswer"
