"""Dialect h2o: the five steps over a real socket, and every way in which they end."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import aclosing
from urllib.parse import parse_qs

import pytest

from chat.backends import ModelChoice, TimeLimits, h2o
from chat.backends.errors import ContextExceeded
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn
from tests.backends.hearing import REQUEST, first_text, hear
from tests.scripted_server import END, Hold, Reset, Step, chunk, head, stream, whole

ID = "6b03c5b8c7c4935f41cfeccf"
OTHER_ID = "6b03c5b8c7c4935f41cfecd0"
ACCEPTED = b'{"type":"redirect","status":303,"location":"/"}'
COOKIE = "hf-chat=4f6b; Path=/; HttpOnly; Secure; SameSite=None"
GONE = b'{"message":"Conversation not found"}'


def token(text, generated=None):
    value = {"token": {"text": text, "special": False}, "generated_text": generated}
    return f"data:{json.dumps(value)}\n\n".encode()


def last(generated):
    value = {"token": {"text": "</s>", "special": True}, "generated_text": generated}
    return f"data:{json.dumps(value)}\n\n".encode()


ANSWER = stream(token("Hello"), token("!"), last("Hello!"))


class ChatServer:
    """The scripts of a chat server that does everything right."""

    def __init__(self, server):
        self.server = server

    def settings(self, *steps, cookie=COOKIE):
        return self.server.plays(
            *steps or [whole(ACCEPTED, set_cookie=cookie)], on="POST /settings"
        )

    def conversation(self, *steps, name=ID):
        document = whole(json.dumps({"conversationId": name}).encode())
        return self.server.plays(*steps or [document], on="POST /conversation$")

    def message(self, *steps, name=ID):
        return self.server.plays(*steps or ANSWER, on=f"POST /conversation/{name}$")

    def stop(self, *steps):
        return self.server.plays(*steps or [whole(b"")], on="POST /conversation/.*/stop-generating")

    def delete(self, *steps):
        return self.server.plays(*steps or [whole(b"")], on="DELETE /conversation/")


@pytest.fixture
def chat_server(server):
    return ChatServer(server)


@pytest.fixture
def well(chat_server):
    """A server where everything goes well but what the test scripts itself, before asking."""
    chat_server.settings()
    chat_server.conversation()
    chat_server.stop()
    chat_server.delete()
    return chat_server


@pytest.fixture
def backend(connect, transport):
    return connect(transport=transport, dialect="h2o", model="h2o-model")


def lines(server):
    return [f"{request.method} {request.target}" for request in server.requests]


# --- all goes well


async def test_an_answer_is_settings_conversation_message_and_deletion(server, well, backend):
    well.message()
    heard = await hear(backend)
    await backend.aclose()
    assert (heard.text, heard.end, heard.tries) == ("Hello!", "complete", 1)
    assert lines(server) == [
        "POST /settings",
        "POST /conversation",
        f"POST /conversation/{ID}",
        f"DELETE /conversation/{ID}",
    ]


async def test_every_step_names_where_it_comes_from_and_never_asks_for_a_page(
    server, well, backend
):
    well.message()
    await hear(backend)
    await backend.aclose()
    for request in server.requests:
        assert request.headers["referer"] == f"{server.url}/"
        assert "text/html" not in request.headers["accept"]


async def test_the_settings_share_nothing_and_search_nothing_unless_told_to(server, well, connect):
    well.message()
    quiet = connect(dialect="h2o", model="h2o-model")
    sharing = connect(dialect="h2o", model="h2o-model", share_with_authors=True, web_search=True)
    await hear(quiet)
    await hear(sharing)
    first, second = (
        parse_qs(request.body.decode(), keep_blank_values=True)
        for request in server.asked("POST /settings")
    )
    assert first == {
        "ethicsModalAccepted": ["true"],
        "ethicsModalAcceptedAt": [""],
        "activeModel": ["m"],
    }
    assert second["shareConversationsWithModelAuthors"] == second["searchEnabled"] == ["true"]


async def test_the_message_carries_the_prompt_and_the_persons_parameters(server, well, backend):
    well.message()
    turns = (Turn("user", "Hi"), Turn("assistant", "Hello."), Turn("user", "Who are you?"))
    parameters = Parameters(temperature=0.9, max_tokens=77, stop=("END",))
    heard = await hear(backend, ChatRequest("m", turns, parameters))
    body = json.loads(server.asked(f"POST /conversation/{ID}$")[0].body)
    assert body == heard.deltas[0].body
    assert body["inputs"] == "User: Hi\nAssistant: Hello.\nUser: Who are you?\nAssistant:"
    sent = body["parameters"]
    assert (sent["temperature"], sent["max_new_tokens"], sent["stop"]) == (0.9, 77, ["END"])
    assert body["options"]["web_search_id"] == ""


@pytest.mark.parametrize("status", [200, 303])
async def test_the_settings_may_be_taken_as_a_program_or_as_a_browser(
    server, well, backend, status
):
    body = ACCEPTED if status == 200 else b""
    well.server._scripts.clear()
    well.settings(whole(body, status, location="/", set_cookie=COOKIE))
    well.conversation()
    well.message()
    well.delete()
    assert (await hear(backend)).text == "Hello!"


# --- cookies


async def test_a_secure_cookie_goes_back_over_plain_http_as_the_operator_chose_it(
    server, well, backend
):
    well.message()
    await hear(backend)
    await backend.aclose()
    first, *others = server.requests
    assert "cookie" not in first.headers
    assert [request.headers["cookie"] for request in others] == ["hf-chat=4f6b"] * 3


async def test_s27_two_runs_never_share_a_session(server, chat_server, backend):
    chat_server.settings(cookie="hf-chat=alice")
    chat_server.settings(cookie="hf-chat=bob")
    chat_server.conversation()
    chat_server.message()
    chat_server.delete()
    await hear(backend)
    await hear(backend)
    await backend.aclose()
    messages = server.asked("POST /conversation/")
    assert [each.headers["cookie"] for each in messages] == ["hf-chat=alice", "hf-chat=bob"]
    assert all("cookie" not in each.headers for each in server.asked("POST /settings"))


async def test_a_cookie_that_cannot_be_sent_is_not_kept(server, chat_server, backend):
    chat_server.settings(whole(ACCEPTED, set_cookie="hf-chat=\u00fc\u0001; Path=/"))
    chat_server.conversation()
    chat_server.message()
    chat_server.delete()
    assert (await hear(backend)).text == "Hello!"
    assert all("cookie" not in request.headers for request in server.requests)


# --- whatever the end, the conversation is deleted

ENDS: dict[str, tuple[Sequence[Step], str, str]] = {
    "an error event": (stream(token("Hel"), b'data:{"error":"overloaded"}\n\n'), "Hel", "failed"),
    "an error event first": (stream(b'data:{"error":"too long"}\n\n'), "", "failed"),
    "a clean end without the last event": (stream(token("Hel")), "Hel", "interrupted"),
    "nothing at all": ([head(), END], "", "interrupted"),
    "a line cut in half": (stream(token("Hel"), b'data:{"tok'), "Hel", "interrupted"),
    "a dead socket": ([head(), chunk(token("Hel")), 0.02, Reset()], "Hel", "failed"),
    "no chunk terminator": ([head(), chunk(token("Hel"))], "Hel", "failed"),
    "a newer protocol": (
        [head(content_type=""), chunk(b'{"type":"status","status":"started"}\n'), Hold()],
        "",
        "failed",
    ),
    "a page": ([whole(b"<html>", 200, "text/html")], "", "failed"),
    "a refusal": ([whole(b'{"error":"Input validation error"}', 422)], "", "failed"),
    "a broken model": ([whole(b'{"message":"Internal Error"}', 500)], "", "failed"),
}


@pytest.mark.parametrize("end", ENDS)
async def test_whatever_the_end_the_conversation_is_deleted(server, well, backend, end):
    steps, text, outcome = ENDS[end]
    well.message(*steps)
    heard = await hear(backend)
    await backend.aclose()
    assert (heard.text, heard.end) == (text, outcome)
    assert heard.detail or outcome == "interrupted"
    made, deleted = len(server.asked("POST /conversation$")), len(server.asked("DELETE"))
    assert made == deleted >= 1


async def test_a_newer_protocol_is_named(server, well, backend):
    well.message(*ENDS["a newer protocol"][0])
    heard = await hear(backend)
    assert "H2O_DIALECT" in heard.detail


async def test_a_stop_is_told_to_the_server_and_then_the_conversation_deleted(
    server, well, backend
):
    answer = well.message(head(), chunk(token("Hel")), Hold())
    await first_text(backend)
    await asyncio.wait_for(answer.left.wait(), 1)
    await backend.aclose()
    assert lines(server)[-2:] == [
        f"POST /conversation/{ID}/stop-generating",
        f"DELETE /conversation/{ID}",
    ]


async def test_a_whole_answer_is_not_stopped(server, well, backend):
    well.message()
    await hear(backend)
    await backend.aclose()
    assert not server.asked("POST .*stop-generating")


async def test_a_cancelled_run_is_stopped_and_deleted(server, well, backend):
    answer = well.message(Hold())
    task = asyncio.create_task(hear(backend))
    await answer.asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await backend.aclose()
    assert lines(server)[-2:] == [
        f"POST /conversation/{ID}/stop-generating",
        f"DELETE /conversation/{ID}",
    ]


async def test_a_conversation_that_comes_after_the_person_left_is_deleted_too(
    server, chat_server, backend
):
    chat_server.settings()
    created = whole(json.dumps({"conversationId": ID}).encode())
    conversation = chat_server.conversation(1.0, created)
    chat_server.delete()
    task = asyncio.create_task(hear(backend))
    await conversation.asked.wait()
    began = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - began < 0.8, "nobody waits for it"
    await backend.aclose()
    assert lines(server)[-1] == f"DELETE /conversation/{ID}"


async def test_cleaning_up_delays_nobody(server, well, backend):
    well.message()
    well.server._scripts = [each for each in server._scripts if not each.on.startswith("DELETE")]
    deletion = server.plays(2.0, whole(b""), on="DELETE")
    began = time.monotonic()
    assert (await hear(backend)).end == "complete"
    assert time.monotonic() - began < 1.5
    await asyncio.wait_for(deletion.asked.wait(), 1)
    assert not deletion.done.is_set()


async def test_closing_waits_for_the_deletion_but_not_for_ever(server, well, backend, monkeypatch):
    monkeypatch.setattr(h2o, "CLEAN_UP_TIME", 0.3)
    well.message()
    well.server._scripts = [each for each in server._scripts if not each.on.startswith("DELETE")]
    deletion = server.plays(Hold(), on="DELETE")
    await hear(backend)
    began = time.monotonic()
    await backend.aclose()
    assert deletion.asked.is_set()
    assert time.monotonic() - began < 2


async def test_nothing_is_deleted_where_nothing_was_made(server, chat_server, backend):
    chat_server.settings(whole(b'{"message":"Internal Error"}', 500))
    await hear(backend)
    await backend.aclose()
    assert not server.asked("DELETE")


# --- what the steps refuse


async def test_a_conversation_that_is_gone_is_made_once_more(server, chat_server, backend):
    chat_server.settings()
    chat_server.conversation(name=ID)
    chat_server.conversation(name=OTHER_ID)
    chat_server.message(whole(GONE, 404), name=ID)
    chat_server.message(name=OTHER_ID)
    chat_server.delete()
    heard = await hear(backend)
    await backend.aclose()
    assert (heard.text, heard.end, heard.tries) == ("Hello!", "complete", 1)
    assert len(server.asked("POST /settings")) == 1
    assert {each.target[-24:] for each in server.asked("DELETE")} == {ID, OTHER_ID}


async def test_a_conversation_that_is_gone_twice_is_an_error(server, well, backend):
    well.message(whole(GONE, 404))
    heard = await hear(backend)
    assert heard.tries == 1
    assert "conversation" in heard.detail
    assert len(server.asked("POST /conversation$")) == 2


async def test_a_welcome_page_that_is_not_accepted_names_the_setting(server, chat_server, backend):
    chat_server.settings()
    refusal = b'{"error":"You need to accept the welcome modal first"}'
    chat_server.conversation(whole(refusal, 405))
    heard = await hear(backend)
    assert "welcome" in heard.detail
    assert "H2O_URL" in heard.detail


async def test_a_sign_in_that_is_wanted_names_the_setting(server, chat_server, backend):
    chat_server.settings(whole(b"Login required", 401))
    heard = await hear(backend)
    assert heard.tries == 1
    assert "H2O_" in heard.detail


async def test_an_unknown_model_is_named(server, chat_server, backend):
    chat_server.settings()
    chat_server.conversation(whole(b'{"message":"Internal Error"}', 500))
    heard = await hear(backend)
    assert heard.tries == 3
    assert 'model "m"' in heard.detail


async def test_settings_that_are_not_taken_are_an_error(server, chat_server, backend):
    chat_server.settings(whole(b'{"type":"failure","status":400}'))
    heard = await hear(backend)
    assert heard.end == "failed"
    assert "H2O_DIALECT" in heard.detail


@pytest.mark.parametrize("name", ["../../admin", "", "6b03c5b8c7c4935f41cfeccf/../x", 'x"', "🦊"])
async def test_an_id_that_is_no_id_is_never_part_of_an_address(server, chat_server, backend, name):
    chat_server.settings()
    chat_server.conversation(name=name)
    heard = await hear(backend)
    await backend.aclose()
    assert heard.end == "failed"
    assert set(lines(server)) == {"POST /settings", "POST /conversation"}


async def test_too_many_messages_are_tried_again(server, well, backend):
    well.message(whole(b'{"message":"You are sending too many messages"}', 429))
    well.message()
    heard = await hear(backend)
    await backend.aclose()
    assert (heard.text, heard.end, heard.tries) == ("Hello!", "complete", 2)
    assert len(server.asked("DELETE")) == 2, "each try had a conversation of its own"


async def test_a_prompt_that_is_too_long_says_by_how_much(server, well, backend):
    words = (
        b'{"error":"Input validation error: `inputs` must have less than 1024 tokens. Given: 2000"}'
    )
    well.message(whole(words, 422))
    heard = await hear(backend)
    assert isinstance(heard.error, ContextExceeded)
    assert (heard.error.prompt_tokens, heard.error.context) == (2000, 1024)


async def test_the_final_word_of_the_server_counts(server, well, backend):
    well.message(*stream(token(" Hello"), token("!"), last("Hello!")))
    assert (await hear(backend)).text == "Hello!"


async def test_an_answer_cut_by_length_says_so(server, well, backend):
    well.message(*stream(token("Hello"), token(" the", "Hello the")))
    heard = await hear(backend)
    assert (heard.text, heard.end) == ("Hello the", "length")


# --- models and health


async def test_the_models_are_those_that_the_operator_names(connect):
    backend = connect(dialect="h2o", model="h2oai/h2ogpt-gm-oasst1-en-2048-falcon-40b-v1")
    (model,) = await backend.models()
    assert model.context == 2048


START_PAGE = whole(b"<html>", 200, "text/html")


async def test_health_is_whether_a_conversation_can_be_made_and_deleted(
    server, well, connect, transport
):
    server.plays(START_PAGE, on="GET /$")
    backend = connect(transport=transport, dialect="h2o", model="one")
    health = await backend.health()
    assert (health.state, [model.name for model in health.models]) == ("up", ["one"])
    await backend.aclose()
    assert lines(server) == [
        "GET /",
        "POST /settings",
        "POST /conversation",
        f"DELETE /conversation/{ID}",
    ]


async def test_a_server_of_another_protocol_is_down_though_it_has_a_start_page(
    server, chat_server, backend
):
    server.plays(START_PAGE, on="GET /$")
    chat_server.settings(whole(b'{"message":"Internal Error"}', 500))
    health = await backend.health()
    assert health.state == "down"
    assert "H2O_DIALECT" in health.detail


async def test_a_conversation_is_made_for_health_once_a_minute(server, well, backend, monkeypatch):
    server.plays(START_PAGE, on="GET /$")
    for _ in range(3):
        assert (await backend.health()).state == "up"
    assert len(server.asked("GET /$")) == 3
    assert len(server.asked("POST /settings")) == 1
    monkeypatch.setattr(h2o, "REHEARSAL_EVERY", 0.0)
    await backend.health()
    assert len(server.asked("POST /settings")) == 2


async def test_what_a_server_speaks_is_looked_at_anew_when_it_comes_back(
    server, chat_server, backend
):
    server.plays(START_PAGE, on="GET /$")
    server.plays(whole(b"", 502), on="GET /$")
    server.plays(START_PAGE, on="GET /$")
    chat_server.settings(whole(b'{"message":"Internal Error"}', 500))
    chat_server.settings()
    chat_server.conversation()
    chat_server.delete()
    assert [(await backend.health()).state for _ in range(3)] == ["down", "down", "up"]


async def test_a_look_at_its_health_shuts_nobody_out(server, chat_server, backend, monkeypatch):
    monkeypatch.setattr(h2o, "REHEARSAL_EVERY", 0.0)
    server.plays(START_PAGE, on="GET /$")
    for _ in range(20):
        chat_server.settings(whole(b'{"message":"Internal Error"}', 500))
    chat_server.settings()
    chat_server.conversation()
    chat_server.message()
    chat_server.delete()
    for _ in range(20):
        await backend.health()
    heard = await hear(backend)
    assert (heard.text, heard.tries) == ("Hello!", 1)


async def test_the_usual_model_comes_first_in_every_list(server, connect):
    names = b'{"data": [{"id": "first"}, {"id": "usual"}]}'
    server.plays(whole(names), on="GET")

    async def listed(**config):
        return [model.name for model in await connect(**config).models()]

    choices = (ModelChoice(name="a"), ModelChoice(name="usual"))
    assert await listed(model="usual") == ["usual", "first"]
    assert await listed(model="usual", models=choices) == ["usual", "a", "first"]
    assert await listed(model="elsewhere") == ["first", "usual"], "the server does not have it"
    assert await listed(dialect="h2o", model="usual", models=choices) == ["usual", "a"]
    assert await listed(dialect="h2o", model="b", models=choices) == ["b", "a", "usual"]


async def test_a_server_that_is_away_is_down(connect, transport):
    backend = connect(transport=transport, dialect="h2o", model="one", url="http://127.0.0.1:1")
    health = await backend.health()
    assert health.state == "down"
    assert health.detail


async def test_a_slow_chat_server_is_left_after_the_start_limit(server, chat_server, connect):
    chat_server.settings(Hold())
    heard = await hear(connect(dialect="h2o", model="m", limits=TimeLimits(start=0.3)))
    assert "did not begin to answer" in heard.detail


async def test_closing_the_iterator_before_the_first_step_makes_nothing(server, backend):
    async with aclosing(backend.stream(REQUEST)) as answer:
        await anext(answer)
    await backend.aclose()
    assert server.requests == []
