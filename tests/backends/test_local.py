"""The embedded model: its address and key come from its status file, at each request."""

import asyncio
import json

import pytest

from chat.backends import TimeLimits
from tests.backends.hearing import hear
from tests.scripted_model import finish, text
from tests.scripted_server import ScriptedServer, stream, whole

LISTED = whole(b'{"object": "list", "data": [{"id": "tiny", "owned_by": "llamacpp"}]}')
ANSWER = stream(text("Hello"), finish())


@pytest.fixture
def status_file(tmp_path):
    return tmp_path / "status.json"


@pytest.fixture
def tell(status_file, server):
    def tell(state, **more):
        status = {
            "state": state,
            "name": "tiny",
            "label": "Tiny",
            "detail": "",
            "done": 0,
            "total": 0,
            "url": f"{server.url}/v1",
            "api_key": "made-at-random",
            "context": 8192,
        }
        status_file.write_text(json.dumps(status | more))

    return tell


@pytest.fixture
def backend(connect, status_file):
    return connect(name="local", url="", status_file=str(status_file))


async def test_a_ready_model_is_asked_where_it_says_with_its_key(server, backend, tell):
    tell("ready")
    server.plays(*ANSWER, on="POST /v1/chat/completions")
    assert (await hear(backend)).text == "Hello"
    assert server.requests[0].headers["authorization"] == "Bearer made-at-random"


async def test_its_models_and_health_are_what_the_file_says(server, backend, tell):
    tell("ready")
    server.plays(LISTED, on="GET /v1/models")
    health = await backend.health()
    (model,) = health.models
    assert (health.state, model.name, model.label, model.prefills) == ("up", "tiny", "Tiny", True)
    assert model.context == 4096, "a processor reads slowly, so its prompts are kept short"


async def test_a_restart_elsewhere_is_followed(backend, tell, server):
    tell("ready")
    server.plays(*ANSWER, on="POST")
    await hear(backend)
    async with ScriptedServer() as other:
        other.plays(*ANSWER, on="POST")
        tell("ready", url=f"{other.url}/v1", api_key="another")
        assert (await hear(backend)).text == "Hello"
        assert other.requests[0].headers["authorization"] == "Bearer another"


async def test_loading_is_waited_for(server, backend, tell):
    tell("loading", detail="The model is being loaded.")
    server.plays(*ANSWER, on="POST")
    asking = asyncio.create_task(hear(backend))
    await asyncio.sleep(0.1)
    assert not asking.done()
    tell("ready")
    assert (await asking).text == "Hello"


async def test_loading_for_too_long_is_told(connect, status_file, tell):
    tell("loading", detail="The model is being loaded.")
    limits = TimeLimits(start=0.2, back_off=0.02)
    backend = connect(url="", status_file=str(status_file), limits=limits)
    assert (await hear(backend)).detail == "The model is being loaded."
    health = await backend.health()
    assert (health.state, health.detail) == ("loading", "The model is being loaded.")


async def test_a_question_asked_while_it_is_fetched_is_answered_when_it_is_there(
    server, backend, tell
):
    tell("fetching", done=1, total=2)
    server.plays(*ANSWER, on="POST")
    asking = asyncio.create_task(hear(backend))
    await asyncio.sleep(0.1)
    assert not asking.done()
    tell("ready")
    assert (await asking).text == "Hello"


async def test_fetching_for_too_long_says_how_far_it_is(connect, status_file, tell):
    tell("fetching", done=356_515_840, total=491_400_064)
    limits = TimeLimits(start=0.2, back_off=0.02)
    backend = connect(url="", status_file=str(status_file), limits=limits)
    heard = await hear(backend)
    assert heard.detail == "The built-in model is being fetched: 357 of 491 MB."
    assert (await backend.health()).state == "loading"


async def test_a_model_that_died_behind_its_file_is_down(backend, tell):
    tell("ready", url="http://127.0.0.1:1/v1")
    health = await backend.health()
    assert (health.state, health.detail) == ("down", "The built-in model does not answer.")


async def test_something_else_at_its_address_is_not_the_model(server, backend, tell):
    tell("ready")
    server.plays(whole(b"Not Found", 404), on="GET /v1/models")
    assert (await backend.health()).state == "down"


async def test_a_model_that_still_loads_behind_its_file_is_loading(server, backend, tell):
    tell("ready")
    words = b'{"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}'
    server.plays(whole(words, 503), on="GET /v1/models")
    assert (await backend.health()).state == "loading"


async def test_the_model_itself_says_what_people_should_know_of_it(server, backend, tell):
    server.plays(LISTED, on="GET /v1/models")
    tell("ready", notice="Very small.")
    assert (await backend.health()).notice == "Very small."
    tell("ready", notice="")
    assert (await backend.health()).notice == ""


async def test_a_failed_model_says_why(backend, tell):
    tell("failed", detail="The file of the model is damaged.")
    assert (await hear(backend)).detail == "The file of the model is damaged."
    assert (await backend.health()).state == "down"


@pytest.mark.parametrize("content", [None, "", "{", '{"state": "dancing"}'])
async def test_a_file_that_says_nothing_is_told(backend, status_file, content):
    if content is not None:
        status_file.write_text(content)
    assert (await hear(backend)).detail == "The built-in model is not running."


async def test_a_crashed_model_is_tried_again_until_it_is_back(connect, status_file, tell, server):
    tell("ready", url="http://127.0.0.1:1/v1")
    limits = TimeLimits(start=5, back_off=0.2)
    backend = connect(url="", status_file=str(status_file), limits=limits)
    server.plays(*ANSWER, on="POST")
    asking = asyncio.create_task(hear(backend))
    await asyncio.sleep(0.05)
    tell("loading")
    await asyncio.sleep(0.3)
    tell("ready")
    heard = await asking
    assert heard.text == "Hello"
    assert heard.tries > 1
