"""Dialect openai: what is sent, the list of models, and what is learnt from it."""

import asyncio
import json

import pytest

from chat.backends import BackendError, ContextExceeded, ModelChoice
from chat.wire.deltas import Counted, Sent, Text
from chat.wire.events import Usage
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn
from tests.backends.hearing import hear
from tests.scripted_model import finish, reasoning, text, usage
from tests.scripted_server import Hold, chunk, stream, whole

ANSWER = stream(text("Hello"), finish())


def listing(*models, **every):
    return whole(json.dumps({"data": [every | {"id": name} for name in models]}).encode())


async def test_an_answer_comes_as_it_is_written(server, connect, transport):
    server.plays(listing("m"), on="GET")
    last = finish()
    server.plays(
        *stream(reasoning("Let me see."), text("Hel"), text("lo"), usage(5, 7), last), on="POST"
    )
    heard = await hear(connect(transport=transport))
    assert (heard.reasoning, heard.text, heard.end) == ("Let me see.", "Hello", "complete")
    assert Counted(Usage(5, 7)) in heard.deltas


async def test_each_read_is_told_at_once(server, connect, transport):
    server.plays(listing("m"), on="GET")
    first, second = asyncio.Event(), asyncio.Event()
    one, two = chunk(text("one ")), chunk(text("two"))
    server.plays(stream()[0], first, one, second, two, chunk(finish()), b"0\r\n\r\n", on="POST")
    answer = connect(transport=transport).stream(ChatRequest("m", (Turn("user", "Hi"),)))
    assert isinstance((await anext(answer))[0], Sent)
    for gate, expected in ((first, "one "), (second, "two")):
        gate.set()
        deltas = await asyncio.wait_for(anext(answer), 1)
        assert deltas[0] == Text(expected)
    await answer.aclose()


async def test_usage_after_the_last_word_still_counts(server, connect):
    server.plays(listing("m"), on="GET")
    stop = finish().removesuffix(b"data: [DONE]\n\n")
    end = usage(3, 4) + b"data: [DONE]\n\n"
    server.plays(*[stream()[0], chunk(text("Hi") + stop), 0.1, chunk(end), b"0\r\n\r\n"], on="POST")
    heard = await hear(connect())
    assert (heard.end, heard.deltas[-1]) == ("complete", Counted(Usage(3, 4)))


async def test_the_body_is_what_was_said_to_be_sent(server, connect):
    server.plays(listing("m"), on="GET")
    server.plays(*ANSWER, on="POST")
    request = ChatRequest("m", (Turn("user", "Grüße \ud83d 😀"),), Parameters(temperature=0))
    heard = await hear(connect(api_key="sk-secret"), request)
    (sent,) = server.asked("POST /chat/completions")
    assert json.loads(sent.body) == heard.deltas[0].body
    assert sent.headers["authorization"] == "Bearer sk-secret"
    assert sent.headers["content-type"] == "application/json"
    assert (heard.deltas[0].body["stream"], heard.deltas[0].body["temperature"]) == (True, 0)


async def test_without_a_key_none_is_sent(server, connect):
    server.plays(listing("m"), on="GET")
    server.plays(*ANSWER, on="POST")
    await hear(connect())
    assert all("authorization" not in request.headers for request in server.requests)


async def test_the_address_may_end_with_a_slash_or_not(server, connect):
    server.plays(listing("m"), on="GET")
    await connect(url=f"{server.url}/v1").models()
    await connect(url=f"{server.url}/v1/").models()
    assert [request.target for request in server.requests] == ["/v1/models", "/v1/models"]


# --- which server it is


@pytest.mark.parametrize(
    ("owner", "name"), [("vllm", "repetition_penalty"), ("llamacpp", "repeat_penalty")]
)
async def test_parameters_are_named_as_the_server_names_them(server, connect, owner, name):
    server.plays(listing("m", owned_by=owner), on="GET")
    server.plays(*ANSWER, on="POST")
    request = ChatRequest("m", (Turn("user", "Hi"),), Parameters(repetition_penalty=1.1))
    heard = await hear(connect(), request)
    assert heard.deltas[0].body[name] == 1.1


async def test_the_server_is_recognised_once(server, connect):
    server.plays(listing("m", owned_by="vllm"), on="GET")
    server.plays(*ANSWER, on="POST")
    backend = connect()
    await hear(backend)
    await hear(backend)
    assert len(server.asked("GET")) == 1


async def test_a_server_without_a_list_answers_all_the_same(server, connect):
    server.plays(whole(b"not found", 404), on="GET")
    server.plays(*ANSWER, on="POST")
    assert (await hear(connect())).text == "Hello"


# --- the list of models


async def test_the_models_are_the_servers(server, connect, transport):
    server.plays(listing("one", "two", max_model_len=4096, created="NA"), on="GET")
    models = await connect(transport=transport).models()
    assert [(model.name, model.label, model.context) for model in models] == [
        ("one", "one", 4096),
        ("two", "two", 4096),
    ]


async def test_a_model_named_by_its_file_is_shown_without_the_path(server, connect):
    server.plays(listing("/srv/models/h2o-danube3-500m-chat.gguf", "org/name"), on="GET")
    models = await connect().models()
    assert [model.label for model in models] == ["h2o-danube3-500m-chat", "org/name"]


async def test_the_operator_names_orders_and_hides(server, connect):
    server.plays(listing("a", "b", "c", max_model_len=4096), on="GET")
    choices = (
        ModelChoice(name="c", label="The best one", context=2048),
        ModelChoice(name="a", hidden=True),
        ModelChoice(name="unlisted"),
    )
    models = await connect(models=choices).models()
    assert [(model.name, model.label, model.context) for model in models] == [
        ("c", "The best one", 2048),
        ("unlisted", "unlisted", None),
        ("b", "b", 4096),
    ]
    only = await connect(models=choices, only_listed_models=True).models()
    assert [model.name for model in only] == ["c", "unlisted"]


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("h2oai/h2ogpt-gm-oasst1-en-2048-falcon-7b", 2_048),
        ("h2oai/h2o-danube3-500m-chat", 8_192),
        ("h2oai/h2o-danube3.1-4b-chat", 8_192),
        ("h2oai/h2o-danube2-1.8b-chat", 8_192),
        ("h2oai/h2o-danube-1.8b-chat", 16_384),
        ("someone/else", None),
    ],
)
async def test_the_context_of_h2os_models_is_known(server, connect, name, context):
    server.plays(listing(name), on="GET")
    (model,) = await connect().models()
    assert model.context == context


async def test_a_server_without_a_list_has_the_models_that_the_operator_names(server, connect):
    server.plays(whole(b"not found", 404), on="GET")
    (model,) = await connect(model="mine").models()
    assert model.name == "mine"
    with pytest.raises(BackendError):
        await connect().models()


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"data": []}', b"[1, 2]", b"\xff"])
async def test_a_list_that_is_none_is_told(server, connect, body):
    server.plays(whole(body), on="GET")
    with pytest.raises(BackendError, match="H2O_URL"):
        await connect().models()


async def test_a_list_that_never_ends_is_told(server, connect):
    server.plays(stream()[0], *[chunk(b" " * 100_000)] * 60, Hold(), on="GET")
    with pytest.raises(BackendError, match="longer than"):
        await connect().models()


# --- health


async def test_a_healthy_server_is_up_and_names_its_models(server, connect, transport):
    server.plays(listing("one"), on="GET")
    health = await connect(transport=transport).health()
    assert (health.state, health.detail, health.models[0].name) == ("up", "", "one")


async def test_a_loading_server_is_loading(server, connect):
    server.plays(whole(b'{"error": {"message": "Loading model"}}', 503), on="GET")
    health = await connect().health()
    assert health.state == "loading"
    assert "loading" in health.detail


async def test_a_refused_key_is_down_with_its_reason(server, connect):
    server.plays(whole(b'{"detail": "Unauthorized"}', 401), on="GET")
    health = await connect(api_key="wrong").health()
    assert health.state == "down"
    assert "H2O_API_KEY" in health.detail


# --- prompts that are too long

TOO_LONG = {
    "llama.cpp": (
        400,
        (
            b'{"error":{"code":400,"message":"the request exceeds the available context size",'
            b'"type":"exceed_context_size_error","n_prompt_tokens":9001,"n_ctx":8192}}'
        ),
        (9001, 8192),
    ),
    "vLLM": (
        400,
        (
            b'{"object":"error","message":"This model\'s maximum context length is 4096 tokens. '
            b'However, you requested 5000 tokens (4000 in the messages, 1000 in the completion)."}'
        ),
        (5000, 4096),
    ),
    "vLLM, newer": (
        400,
        (
            b'{"error":{"message":"This model\'s maximum context length is 4096 tokens. However, '
            b'your request has 5000 input tokens. Please reduce the length."}}'
        ),
        (5000, 4096),
    ),
    "TGI": (
        422,
        (
            b'{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be '
            b'<= 2048. Given: 2000 `inputs` tokens and 1024 `max_new_tokens`"}'
        ),
        (2000, 2048),
    ),
    "a standard one": (400, b'{"error":{"code":"context_length_exceeded"}}', (None, None)),
}


@pytest.mark.parametrize("kind", TOO_LONG)
async def test_a_prompt_that_is_too_long_is_told_with_the_servers_counts(server, connect, kind):
    status, body, counts = TOO_LONG[kind]
    server.plays(listing("m"), on="GET")
    server.plays(whole(body, status), on="POST")
    heard = await hear(connect())
    assert isinstance(heard.error, ContextExceeded)
    assert (heard.error.prompt_tokens, heard.error.context) == counts
    assert heard.tries == 1


async def test_another_bad_request_is_no_long_prompt(server, connect):
    server.plays(listing("m"), on="GET")
    server.plays(whole(b'{"error": {"message": "no such role"}}', 400), on="POST")
    heard = await hear(connect())
    assert not isinstance(heard.error, ContextExceeded)
