"""``manage.py ask`` and ``manage.py servers``: what they print, and how they end."""

import asyncio
import os
import signal
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.backends import ServerConfig
from tests.backends.conftest import LIMITS
from tests.scripted_model import failure, finish, reasoning, text, usage
from tests.scripted_server import Hold, chunk, head, stream, whole

PROJECT = Path(__file__).resolve().parents[2]
MODELS = whole(b'{"data": [{"id": "first"}, {"id": "second"}]}')


@pytest.fixture
def servers(settings, server):
    """The scripted server, and one that is away."""
    settings.MODEL_SERVERS = (
        ServerConfig(name="main", url=server.url, api_key="sk-secret", limits=LIMITS),
        ServerConfig(name="away", url="http://127.0.0.1:1", limits=LIMITS),
    )
    server.plays(MODELS, on="GET")
    return server


async def run(*arguments):
    out, err = StringIO(), StringIO()
    try:
        await asyncio.to_thread(call_command, *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error
    return out.getvalue(), err.getvalue(), None


# --- ask


async def test_the_answer_goes_to_the_output_and_its_timing_beside_it(servers):
    thought = reasoning("Let me see.")
    servers.plays(*stream(thought, text("Hel"), text("lo"), usage(5, 2), finish()), on="POST")
    out, err, error = await run("ask", "What is it?")
    assert (out, error) == ("Hello\n", None)
    assert "Let me see." in err
    assert "main, first: first token after 0." in err
    assert "2 tokens, " in err


async def test_it_asks_the_named_server_and_model_with_the_system_prompt(servers):
    servers.plays(*stream(text("Hi"), finish()), on="POST")
    await run("ask", "Hi", "--server", "main", "--model", "second", "--system", "Be brief.")
    (request,) = servers.asked("POST")
    assert b'"model": "second"' in request.body
    assert b"Be brief." in request.body
    _, _, error = await run("ask", "Hi", "--server", "nobody")
    assert "only main, away" in str(error)


async def test_raw_shows_the_servers_bytes_and_no_key(servers):
    servers.plays(*stream(text("Hello"), finish()), on="POST")
    out, err, error = await run("ask", "Hi", "--raw")
    assert error is None
    assert f"> POST {servers.url}/chat/completions\n< 200\n< content-type: text/event-str" in out
    assert text("Hello").decode() in out
    assert "data: [DONE]" in out
    assert "sk-secret" not in out + err


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (stream(text("Hel"), failure("out of memory")), "out of memory"),
        (stream(text("Hel")), "broke off"),
        (stream(finish()), "empty"),
        ([whole(b'{"detail": "Unauthorized"}', 401)], "H2O_API_KEY"),
    ],
)
async def test_an_answer_that_is_not_whole_ends_with_its_reason(servers, steps, words):
    servers.plays(*steps, on="POST")
    _, _, error = await run("ask", "Hi")
    assert words in str(error)
    assert error.returncode == 1


async def test_an_answer_cut_by_its_length_is_an_answer(servers):
    servers.plays(*stream(text("Hello"), finish("length")), on="POST")
    out, err, error = await run("ask", "Hi")
    assert (out, error) == ("Hello\n", None)
    assert "cut at its length limit" in err


async def test_a_server_that_is_away_is_told(servers):
    _, _, error = await run("ask", "Hi", "--server", "away")
    assert "not running" in str(error)


async def test_without_a_server_it_says_what_to_set(settings):
    settings.MODEL_SERVERS = ()
    for command in (["ask", "Hi"], ["servers"]):
        _, _, error = await run(*command)
        assert "H2O_URL" in str(error)


# --- servers


async def test_each_server_has_a_line_and_a_bad_one_is_an_error(servers):
    out, _, error = await run("servers")
    up, down = out.splitlines()
    assert up.startswith(f"up       main (openai, {servers.url}): answers in 0.")
    assert up.endswith("models: first, second")
    assert down.startswith("down     away (openai, http://127.0.0.1:1): ")
    assert down.endswith("The model server is not running: its address refuses.")
    assert "1 of 2" in str(error)
    assert "sk-secret" not in out


async def test_all_servers_well_is_no_error(servers, settings):
    settings.MODEL_SERVERS = settings.MODEL_SERVERS[:1]
    _, _, error = await run("servers")
    assert error is None


async def test_a_model_that_is_not_offered_is_told(server, settings):
    server.plays(MODELS, on="GET")
    settings.MODEL_SERVERS = (ServerConfig(name="main", url=server.url, model="third"),)
    out, _, error = await run("servers")
    assert error is None
    assert "no model called 'third'; see H2O_MODEL" in out


async def test_certificates_that_cannot_be_used_are_told_in_a_sentence(settings, tmp_path):
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("This is no certificate.")
    url = "https://models.example.org/v1"
    settings.MODEL_SERVERS = (ServerConfig(name="main", url=url, ca_file=str(no_certificate)),)
    _, _, error = await run("ask", "Hi")
    assert "H2O_CA_FILE" in str(error)
    out, _, error = await run("servers")
    assert out.startswith(f"down     main (openai, {url}): The certificates of")
    assert "1 of 1" in str(error)


async def test_the_server_for_browsers_tells_of_bad_certificates_in_a_sentence(server, tmp_path):
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("This is no certificate.")
    bad = {"H2O_URL": "https://models.example.org/v1", "H2O_CA_FILE": str(no_certificate)}
    process = await start(server, tmp_path, "serve", "--port", "0", **bad)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert b"H2O_CA_FILE" in err
    assert b"Traceback" not in err


# --- as a process


async def start(server, tmp_path, *arguments, **more):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "h2oweb.settings",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "H2O_URL": server.url,
        **more,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "manage.py",
        *arguments,
        cwd=PROJECT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_exit_code_tells_whether_the_answer_is_whole(server, tmp_path):
    server.plays(MODELS, on="GET")
    server.plays(*stream(text("Hello"), finish()), on="POST")
    server.plays(*stream(text("Hel"), failure("out of memory")), on="POST")
    for code, words in ((0, b"first token after"), (1, b"out of memory")):
        process = await start(server, tmp_path, "ask", "Hi")
        _, err = await process.communicate()
        assert (process.returncode, words in err) == (code, True), err


async def test_ctrl_c_ends_the_answer_and_the_connection(server, tmp_path):
    server.plays(MODELS, on="GET")
    answer = server.plays(head(), chunk(text("Hello")), Hold(), on="POST")
    process = await start(server, tmp_path, "ask", "Hi")
    assert await process.stdout.readexactly(5) == b"Hello"
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(answer.left.wait(), 5)
    await process.communicate()
    assert process.returncode == 130
