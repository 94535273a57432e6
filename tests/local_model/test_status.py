import stat
import threading

import msgspec

from local_model.status import Status, StatusFile

READY = Status("ready", name="a", label="A", url="http://127.0.0.1:1/v1", api_key="secret")


def test_what_is_written_is_read(tmp_path):
    file = StatusFile(tmp_path / "status.json")
    file.write(READY)
    assert file.read() == READY


def test_every_field_is_there_for_any_reader(tmp_path):
    file = StatusFile(tmp_path / "status.json")
    file.write(Status("failed", detail="It cannot."))
    assert msgspec.json.decode(file.path.read_bytes()) == {
        "state": "failed",
        "name": "",
        "label": "",
        "detail": "It cannot.",
        "notice": "",
        "done": 0,
        "total": 0,
        "url": "",
        "api_key": "",
        "context": None,
    }


def test_only_the_owner_reads_the_key(tmp_path):
    file = StatusFile(tmp_path / "local-model" / "status.json")
    file.write(READY)
    file.write(READY)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_a_reader_never_meets_half_a_status(tmp_path):
    file = StatusFile(tmp_path / "status.json")
    file.write(READY)
    read, ended = set(), threading.Event()

    def look():
        while not ended.is_set():
            read.add(file.read())

    reader = threading.Thread(target=look)
    reader.start()
    long = msgspec.structs.replace(READY, detail="x" * 100_000)
    for _ in range(200):
        file.write(long)
        file.write(READY)
    ended.set()
    reader.join()
    assert read <= {READY, long}


def test_nothing_and_nonsense_are_no_status(tmp_path):
    file = StatusFile(tmp_path / "status.json")
    assert file.read() is None
    file.path.write_text('{"state": "rea')
    assert file.read() is None
    file.remove()
    file.remove()
    assert file.read() is None
