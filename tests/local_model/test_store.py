import hashlib
import multiprocessing
import resource
import time
from dataclasses import replace

import pytest

from local_model.catalogue import LAST_RESORT
from local_model.errors import FetchFailed
from local_model.store import Part, Store

BYTES = b"GGUF" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(BYTES).hexdigest()
MODEL = replace(LAST_RESORT, file="model.gguf", size=len(BYTES), sha256=SHA256)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def part(store):
    return Part(store.path(MODEL), sha256=SHA256, total=len(BYTES))


def ignore(*_):
    pass


def put(store, data):
    store.path(MODEL).write_bytes(data)


def test_a_file_of_the_right_length_is_stored(store):
    put(store, BYTES)
    assert store.stored(MODEL) == store.path(MODEL)


@pytest.mark.parametrize("data", [BYTES[:-1], BYTES + b"x", b"", b"x" * len(BYTES)])
def test_a_file_that_was_cut_or_is_something_else_is_not_stored(store, data):
    put(store, data)
    assert store.stored(MODEL) is None


def test_a_file_of_unknown_length_is_stored_if_it_is_a_model(store):
    put(store, BYTES)
    assert store.stored(replace(MODEL, size=None, sha256=None))


def test_a_whole_file_appears_at_once_with_its_hash_beside_it(store, part):
    seen = []
    part.write(iter([BYTES[:100], BYTES[100:]]), seen.append)
    assert seen == [100, len(BYTES)]
    assert store.stored(MODEL) is None
    assert part.finish().read_bytes() == BYTES
    assert (store.directory / "model.gguf.sha256").read_text() == f"{SHA256}  model.gguf\n"
    assert not part.path.exists()


def test_an_interrupted_file_is_gone_on_with(store, part):
    part.write(iter([BYTES[:1000]]), ignore)
    again = Part(store.path(MODEL), sha256=SHA256, total=len(BYTES))
    assert again.size == 1000
    again.write(iter([BYTES[1000:]]), ignore)
    assert again.finish().read_bytes() == BYTES


def test_other_bytes_are_refused_and_thrown_away(store, part):
    part.write(iter([BYTES[:-1] + b"!"]), ignore)
    with pytest.raises(FetchFailed, match="not the one expected: its SHA-256 differs"):
        part.finish()
    assert list(store.directory.iterdir()) == []


def test_more_bytes_than_expected_are_refused_as_they_come(store, part):
    endless = iter(lambda: b"x" * 1000, None)
    with pytest.raises(FetchFailed, match="not the one expected: it is longer"):
        part.write(endless, ignore)
    assert list(store.directory.iterdir()) == []


def test_a_file_that_ends_early_is_told_and_kept_to_go_on(part):
    part.write(iter([BYTES[:1000]]), ignore)
    with pytest.raises(FetchFailed, match="its file ended after 0 MB of 0 MB"):
        part.finish()
    assert part.path.stat().st_size == 1000


def test_a_part_can_be_cut_back(part):
    part.write(iter([BYTES[:1000], b"rubbish"]), ignore)
    part.cut(1000)
    part.write(iter([BYTES[1000:]]), ignore)
    assert part.finish().read_bytes() == BYTES


def test_a_damaged_file_is_removed_and_a_sound_one_stays(store):
    put(store, BYTES)
    assert not store.discard_if_broken(MODEL)
    put(store, BYTES[:-1] + b"!")
    assert store.discard_if_broken(MODEL)
    assert not store.path(MODEL).exists()


def test_a_file_whose_hash_the_hub_told_is_compared_with_that(store, part):
    part.write(iter([BYTES]), ignore)
    part.finish()
    unknown = replace(MODEL, sha256=None)
    assert not store.discard_if_broken(unknown)
    put(store, BYTES[:-1] + b"!")
    assert store.discard_if_broken(unknown)


def test_a_file_that_nobody_knows_is_left_alone(store):
    put(store, BYTES)
    assert not store.discard_if_broken(replace(MODEL, sha256=None))


def test_too_little_room_is_told_with_both_amounts(store):
    with pytest.raises(FetchFailed, match=r"^it needs [\d,]+ MB of disk space, and [\d,]+ MB are"):
        store.need_room(10**18)


def test_a_full_disk_is_told_and_given_its_room_back(store, part):
    """A limit on the length of files stands for the disk's."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    try:
        with pytest.raises(FetchFailed, match=r"^the disk is full$"):
            part.write(iter([BYTES[:3000], BYTES[3000:]]), ignore)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert list(store.directory.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchFailed, match=r"its file cannot be written \(Not a directory\)"):
        Store(tmp_path / "file" / "models").locked(MODEL, ignore).__enter__()


def _hold(directory, taken, release):
    with Store(directory).locked(MODEL, ignore):
        taken.set()
        release.wait(20)


def test_one_process_fetches_a_model_at_a_time(store):
    context = multiprocessing.get_context("spawn")
    taken, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(store.directory, taken, release))
    other.start()
    assert taken.wait(20)
    waited = []

    def wait():
        waited.append(time.monotonic())
        release.set()

    with store.locked(MODEL, wait):
        other.join(20)
    assert waited


def test_a_killed_process_holds_nobody_up(store):
    context = multiprocessing.get_context("spawn")
    taken, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(store.directory, taken, release))
    other.start()
    assert taken.wait(20)
    other.kill()
    other.join()
    with store.locked(MODEL, ignore):
        pass
