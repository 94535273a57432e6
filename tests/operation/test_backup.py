"""A backup made while people are answered holds all of it, and nothing else passes for one."""

import asyncio
import errno
import fcntl
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from chat.wire.commands import Say
from h2oweb.backup import place, restoring, sqlite
from h2oweb.backup.archive import BackupError, pack, read
from tests.prepared import environment
from tests.scripted_model import finish, text
from tests.scripted_server import END, ScriptedServer, chunk, head, stream, whole
from tests.services import postgres_programs
from tests.settings import PROJECT
from tests.torture.model import LIST
from tests.torture.place import Place, migrate, people_at
from tests.torture.reader import Manner, Tab

PATIENCE = 30.0  # seconds
MOST_ASKED, ASKED_BEFORE = 2000, 20  # answers while a backup is made, and before it
ENDED, STREAMING = "It was all said. 水", "word "


def manage(command, *arguments, **own):
    """Exit code and output of a command with these settings."""
    ended = subprocess.run(
        [sys.executable, "manage.py", command, *map(str, arguments)],
        cwd=PROJECT,
        env=environment(**own),
        capture_output=True,
        text=True,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request):
    """Makes the setting DATABASE_URL of a new database for a DATA_DIR."""
    if request.param == "sqlite":
        return lambda data_dir: {"DATABASE_URL": f"sqlite:///{data_dir / 'chat.sqlite3'}"}
    server = request.getfixturevalue("postgres")
    beside = postgres_programs()  # of a package, or where a machine has only some of them
    programs = {"POSTGRES_PROGRAMS": str(beside)} if (beside / "pg_dump").exists() else {}
    return lambda data_dir: {"DATABASE_URL": server.database()} | programs


def installation(data_dir, database, **more):
    data_dir.mkdir(exist_ok=True)
    own = {"DATA_DIR": str(data_dir), "H2O_TITLES": "off", "LOG_LEVEL": "WARNING"}
    own |= {"LIMIT_MESSAGES_A_MINUTE": "0", "LIMIT_MESSAGES_A_DAY": "0"}
    return own | database(data_dir) | more


async def say(tab, reading="ended"):
    """Ask, and follow the answer to its end or to its first words."""
    command = Say(uuid4(), uuid4(), None, "Hello?", uuid4())
    accepted = await tab.ask(command.id, command)
    followed = await tab.follow(accepted.run)
    async with asyncio.timeout(PATIENCE):
        while not (followed.reply.outcome if reading == "ended" else followed.reply.text):
            await asyncio.sleep(0.005)
    return accepted, followed


async def keep_asking(tab, answered):
    """Ask and ask; what was answered is put into ``answered``, with its turn."""
    while True:
        accepted, followed = await say(tab)
        answered.append((accepted, followed.reply))


async def test_a_backup_under_load_is_a_whole_installation_elsewhere(
    database, tmp_path, django_db_blocker
):
    own = installation(tmp_path / "here", database)
    migrate(own)
    key = (tmp_path / "here" / "secret_key").read_text()
    settings.SECRET_KEY, tests_key = key, settings.SECRET_KEY
    with django_db_blocker.unblock():
        (cookie,) = people_at(own["DATABASE_URL"], 1)
    settings.SECRET_KEY = tests_key
    (tmp_path / "here" / "logo.svg").write_text("<svg/>")
    (tmp_path / "here" / "models").mkdir()
    (tmp_path / "here" / "models" / "large.gguf").write_text("weights")
    file = tmp_path / "copy.tar.gz"
    async with ScriptedServer() as model:
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        model.plays(head(), chunk(text(ENDED)), chunk(finish()), END, on="POST")
        async with Place(tmp_path / "here", own).serving(model) as (server,):
            tab = Tab([server.url], cookie, Manner("live"), random.Random(1))
            first, _ = await say(tab)
            words = [step for _ in range(3000) for step in (chunk(text(STREAMING)), 0.01)]
            model.plays(head(), *words, END, on="POST")
            second, live = await say(tab, "begun")
            for number in range(MOST_ASKED):
                model.plays(*stream(text(f"Answer {number}"), text(" 水."), finish()), on="POST")
            tabs = [Tab([server.url], cookie, Manner("live"), random.Random(n)) for n in range(3)]
            answered = []
            asking = [asyncio.create_task(keep_asking(each, answered)) for each in tabs]
            while len(answered) < ASKED_BEFORE:
                await asyncio.sleep(0.01)
            whole_before, before = list(answered), live.reply.text
            code, told = await asyncio.to_thread(manage, "backup", file, **own)
            assert code == 0, told
            assert live.reply.text != before  # nobody waited for it
            assert not live.reply.outcome
            assert len(answered) > len(whole_before)
            assert [each for each in asking if each.done()] == []
            for task in asking:
                task.cancel()
            for each in (tab, *tabs):
                await each.close()
    assert file.stat().st_mode & 0o777 == 0o600

    there = installation(tmp_path / "there", database)
    code, told = manage("restore", file, **there)
    assert code == 0, told
    assert (tmp_path / "there" / "secret_key").read_text() == key
    assert (tmp_path / "there" / "logo.svg").read_text() == "<svg/>"
    assert not (tmp_path / "there" / "models").exists()
    code, told = manage("restore", file, **there)
    assert code == 1
    assert "CommandError: The" in told or "--replace" in told
    assert manage("prepare", **there)[0] == 0
    async with (
        ScriptedServer() as model,
        Place(tmp_path / "there", there).serving(model) as (server,),
    ):
        headers = {"Cookie": cookie(server.url)}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as browser:
            page = await browser.get(f"/c/{first.conversation}/")
            assert page.status_code == 200
            assert ENDED in page.text
        tab = Tab([server.url], cookie, Manner("live"), random.Random(1))
        resumed = await tab.follow(second.run)
        async with asyncio.timeout(PATIENCE):
            while not resumed.reply.outcome:
                await asyncio.sleep(0.01)
        assert resumed.reply.outcome == "interrupted"
        assert resumed.reply.text.startswith(before)
        assert len({reply.text for _, reply in whole_before}) == len(whole_before)
        for accepted, reply in whole_before:
            again = await tab.follow(accepted.run)
            async with asyncio.timeout(PATIENCE):
                await again.ended.wait()
            assert again.reply == reply
        await tab.close()
    code, told = manage("verify_transcripts", "--link", **there)
    assert code == 0, told
    assert re.search(r"[1-9]\d* links, 0 wrong", told), told


def test_own_files_in_the_way_are_kept_under_another_name(database, tmp_path):
    own = installation(tmp_path / "here", database)
    migrate(own)
    week = tmp_path / "here" / "datasets" / "week.zip"
    week.parent.mkdir()
    week.write_text("of the backup")
    file = tmp_path / "copy.tar.gz"
    assert manage("backup", file, **own)[0] == 0
    week.write_text("of afterwards")
    (week.parent / "other.zip").write_text("of nothing else")
    there = own | database(tmp_path / "there")  # as when the database was renamed
    code, told = manage("restore", file, **there)
    assert (code, "--replace" in told) == (1, True), told
    assert week.read_text() == "of afterwards"
    code, told = manage("restore", file, "--replace", **there)
    assert code == 0, told
    assert week.read_text() == "of the backup"
    (before,) = week.parent.glob("week.zip.before-*")
    assert before.read_text() == "of afterwards"
    assert (week.parent / "other.zip").read_text() == "of nothing else"
    assert manage("prepare", **there)[0] == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory, new_data_dir):
    """A DATA_DIR on SQLite, and a backup of it."""
    data_dir = new_data_dir(tmp_path_factory.mktemp("made") / "data")
    code, told = manage("backup", data_dir.parent / "copy.tar.gz", DATA_DIR=str(data_dir))
    assert code == 0, told
    return data_dir, data_dir.parent / "copy.tar.gz"


@pytest.fixture(params=["links", "no links"])
def links(request, monkeypatch):
    """File systems with hard links, and without."""
    if request.param == "no links":

        def refuse(*_):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("links")
def test_a_backup_gets_its_name_and_takes_no_others(made, tmp_path):
    manifest = read(made[1], tmp_path / "files")
    packed = tmp_path / "packed.tar.gz"
    pack(tmp_path / "files", manifest, packed)
    assert read(packed) == manifest
    assert packed.stat().st_mode & 0o777 == 0o600
    content = packed.read_bytes()
    (tmp_path / "files" / "whole.tar.gz").unlink(missing_ok=True)
    with pytest.raises(BackupError, match="is there already"):
        pack(tmp_path / "files", manifest, packed)
    assert packed.read_bytes() == content


def altered(content: bytes) -> bytes:
    plain = gzip.decompress(content)
    at = plain.index(b"SQLite format 3")
    return gzip.compress(plain[: at + 200] + b"\x00damage" + plain[at + 207 :])


def without_files(content: bytes) -> bytes:
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as old,
        tarfile.open(fileobj=made, mode="w:gz") as new,
    ):
        first = old.getmembers()[0]
        new.addfile(first, old.extractfile(first))
    return made.getvalue()


def miscounted(content: bytes) -> bytes:
    plain = gzip.decompress(content)
    return gzip.compress(re.sub(rb'("auth_permission": )\d', rb"\g<1>9", plain, count=1))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (altered, "database.sqlite3 is not what was put in"),
        (lambda content: content[: len(content) // 2], "is damaged, or no backup"),
        (without_files, "data/secret_key, data/transcript_key, database.sqlite3 is missing"),
        (lambda content: b"PK" + content, "is damaged, or no backup"),
        (miscounted, "has not the rows that were counted in auth_permission"),
    ],
    ids=["altered", "broken off", "without its files", "another kind", "counts"],
)
def test_what_is_not_whole_is_refused_with_a_sentence(made, tmp_path, change, sentence):
    file = tmp_path / "copy.tar.gz"
    file.write_bytes(change(made[1].read_bytes()))
    code, told = manage("restore", file, DATA_DIR=str(tmp_path / "there"))
    assert code == 1
    assert sentence in told
    assert "Traceback" not in told
    found = {each.name for each in (tmp_path / "there").iterdir()}
    assert found == {"secret_key", "transcript_key"}


def test_nothing_is_restored_over_data_unless_told_and_then_they_are_kept(made, tmp_path):
    _, file = made
    there = {"DATA_DIR": str(tmp_path / "there")}
    assert manage("restore", file, **there)[0] == 0
    database = tmp_path / "there" / "chat.sqlite3"
    with closing(sqlite3.connect(database)) as one:
        one.execute("CREATE TABLE mark (id)")
        assert "give another DATA_DIR" in manage("restore", file, **there)[1]
        one.execute("PRAGMA journal_mode=WAL")
        one.execute("SELECT * FROM mark")
        assert "stop the server first" in manage("restore", file, "--replace", **there)[1]
    assert manage("restore", file, "--replace", **there)[0] == 0
    (aside,) = database.parent.glob("chat.sqlite3.before-*")
    tables = "SELECT count(*) FROM sqlite_master WHERE name = 'mark'"
    for path, count in ((database, 0), (aside, 1)):
        with closing(sqlite3.connect(path)) as one:
            assert one.execute(tables).fetchone() == (count,)


GROUP = "INSERT INTO auth_group (name) VALUES ('of before')"


def killed_amid_writing(database):
    """What a process that writes leaves when it is killed: the last is only in its log."""
    work = "import os, sqlite3, sys; one = sqlite3.connect(sys.argv[1], isolation_level=None); "
    work += "one.execute('PRAGMA journal_mode=WAL'); one.execute(sys.argv[2]); os._exit(1)"
    subprocess.run([sys.executable, "-c", work, database, GROUP], check=False)


def groups_of_before(database):
    with closing(sqlite3.connect(database)) as one:
        asked = one.execute("SELECT count(*) FROM auth_group WHERE name = 'of before'")
        return asked.fetchone()[0]


def test_the_log_of_a_database_that_is_gone_is_not_played_into_the_restored(
    made, tmp_path, new_data_dir
):
    data_dir = new_data_dir(tmp_path / "data")
    database = data_dir / "chat.sqlite3"
    killed_amid_writing(database)
    database.rename(tmp_path / "elsewhere")
    assert (data_dir / "chat.sqlite3-wal").stat().st_size
    code, told = manage("restore", made[1], DATA_DIR=str(data_dir))
    assert code == 0, told
    assert groups_of_before(database) == 0
    (log,) = data_dir.glob("chat.sqlite3.before-*-wal")
    log.rename(tmp_path / "elsewhere-wal")
    assert groups_of_before(tmp_path / "elsewhere") == 1


def test_what_is_in_place_is_compared_once_more(made, tmp_path, monkeypatch):
    database = tmp_path / "chat.sqlite3"
    shutil.copyfile(made[0] / "chat.sqlite3", database)
    killed_amid_writing(database)
    database.unlink()
    monkeypatch.setattr(place, "sqlite_file", lambda: database)
    monkeypatch.setattr(sqlite, "set_aside", lambda *_: None)
    monkeypatch.setattr(restoring, "_put_own_files", lambda *_: None)
    manifest = read(made[1], tmp_path / "scratch")
    with pytest.raises(BackupError, match="has not the rows"):
        restoring._put_sqlite(tmp_path / "scratch", manifest)


def test_nothing_is_restored_beside_a_server(made, tmp_path):
    with (tmp_path / "chat.sqlite3.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        code, told = manage("restore", made[1], "--replace", DATA_DIR=str(tmp_path))
    assert (code, "stop the server first" in told) == (1, True), told
    assert not (tmp_path / "chat.sqlite3").exists()


def test_a_damaged_database_is_set_aside_as_it_is(made, tmp_path):
    there = {"DATA_DIR": str(tmp_path)}
    database = tmp_path / "chat.sqlite3"
    database.write_text("This was a database once. " * 1000)
    assert "--replace" in manage("restore", made[1], **there)[1]
    code, told = manage("restore", made[1], "--replace", **there)
    assert code == 0, told
    (aside,) = tmp_path.glob("chat.sqlite3.before-*")
    assert aside.read_text().startswith("This was a database once.")
    assert groups_of_before(database) == 0


@pytest.mark.parametrize(
    ("vendor", "database", "left_out"),
    [
        ("postgresql", "chat", []),
        ("postgresql", "data", []),
        ("sqlite", "chat", ["chat", "chat-wal", "chat.before-20261130", "chat.lock"]),
        ("sqlite", "datasets/chat", ["datasets/chat"]),
    ],
)
def test_only_the_files_of_sqlite_are_no_own_files(
    vendor, database, left_out, settings, tmp_path, monkeypatch
):
    settings.DATA_DIR = tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, "connection", SimpleNamespace(vendor=vendor))
    name_of_it = tmp_path / database if vendor == "sqlite" else Path(database)
    monkeypatch.setattr(place, "sqlite_file", lambda: name_of_it)
    names = {"chat", "chat-wal", "chat.before-20261130", "chat.lock", "chat-ca.pem", "chat.key"}
    names |= {"datasets/week.zip", "datasets/chat"}
    (tmp_path / "datasets").mkdir()
    for name in names:
        (tmp_path / name).touch()
    assert {str(name) for name in place.own_files()} == names - {*left_out}


@contextmanager
def working_in(directory):
    """A process that has put something into a passing directory of its own there."""
    work = "import sys, pathlib; from h2oweb.backup import place\n"
    work += "with place.scratch('.backup-', pathlib.Path(sys.argv[1])) as scratch:\n"
    work += "    (scratch / 'secret_key').touch(); print(scratch, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", work, directory],
        cwd=PROJECT,
        env=environment(DATA_DIR=str(directory)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_what_a_backup_was_made_in_is_removed_however_it_ends(tmp_path):
    with working_in(tmp_path) as (ended, of_ended):
        assert (of_ended / "secret_key").exists()
        ended.terminate()
        assert ended.wait(PATIENCE) == 128 + signal.SIGTERM
        assert not of_ended.exists()
    with working_in(tmp_path) as (alive, of_alive):
        with working_in(tmp_path) as (_, of_killed):
            assert of_alive.exists()
        assert (of_killed / "secret_key").exists()
        with working_in(tmp_path):
            assert not of_killed.exists()
        assert of_alive.exists()
        alive.communicate("\n", PATIENCE)
        assert not of_alive.exists()


def left_in(directory, name):
    """What a process that was killed left."""
    left = directory / name / "secret_key"
    left.parent.mkdir()
    left.touch()
    return left


def test_a_backup_without_a_name_gets_its_hour_for_one(made, tmp_path):
    own, left = {"DATA_DIR": str(made[0])}, left_in(tmp_path, ".backup-of-a-killed")
    assert manage("backup", tmp_path, **own)[0] == 0
    assert manage("backup", **own)[0] == 0
    assert (made[0] / "backups").stat().st_mode & 0o777 == 0o700
    for directory in (tmp_path, made[0] / "backups"):
        (file,) = directory.iterdir()
        assert re.fullmatch(r"chat-\d{8}T\d{6}Z\.tar\.gz", file.name)
        assert "data/secret_key" in read(file).files
    assert not left.exists()


def test_to_verify_is_to_look_only(made, tmp_path):
    there = {"DATA_DIR": str(tmp_path)}
    left = left_in(tmp_path, ".restore-of-a-killed")
    code, told = manage("restore", "--verify", made[1], **there)
    assert (code, "is whole" in told) == (0, True), told
    assert not left.exists()
    wrong = tmp_path / "copy.tar.gz"
    wrong.write_bytes(miscounted(made[1].read_bytes()))
    code, told = manage("restore", "--verify", wrong, **there)
    assert (code, "has not the rows" in told) == (1, True), told
    found = {each.name for each in tmp_path.iterdir()}
    assert found == {"secret_key", "transcript_key", "copy.tar.gz"}


def test_what_is_wrong_in_a_database_is_told_and_kept(made, tmp_path, new_data_dir):
    data_dir = new_data_dir(tmp_path / "data")
    with closing(sqlite3.connect(data_dir / "chat.sqlite3")) as database:
        database.executemany(
            "INSERT INTO chat_runevent (run_id, seq, kind, text, reasoning)"
            " VALUES ('a', ?, 1, 'x', '')",
            [(2,), (4,)],
        )
        database.commit()
    file = tmp_path / "copy.tar.gz"
    code, told = manage("backup", file, DATA_DIR=str(data_dir))
    assert (code, "1 logs of answers have a gap" in told) == (1, True)
    code, told = manage("restore", file, DATA_DIR=str(tmp_path / "there"))
    assert (code, "As when it was made" in told) == (0, True)


@pytest.mark.postgres
def test_without_a_pg_dump_that_knows_the_server_a_sentence_says_so(postgres, tmp_path):
    own = {"DATA_DIR": str(tmp_path), "DATABASE_URL": postgres.database()}
    migrate(own)
    own |= {"POSTGRES_PROGRAMS": str(tmp_path)}
    code, told = manage("backup", tmp_path / "copy.tar.gz", **own)
    assert code == 1
    assert "or newer is needed (none found)" in told


def test_keys_that_a_file_of_settings_has_are_looked_for_there(tmp_path):
    keys = tmp_path / "chat.env"
    keys.write_text(f"SECRET_KEY={'secret ' * 8}\nTRANSCRIPT_KEY={'proof ' * 9}\n")
    own = {"ENV_FILE": str(keys)}
    here = own | {"DATA_DIR": str(tmp_path / "here")}
    assert manage("prepare", **here)[0] == 0
    assert (tmp_path / "here").stat().st_mode & 0o777 == 0o700
    file = tmp_path / "copy.tar.gz"
    assert "SECRET_KEY is set elsewhere" in manage("backup", file, **here)[1]
    code, told = manage("restore", file, **own, DATA_DIR=str(tmp_path / "there"))
    assert (code, "is not the one" in told) == (0, False), told
    keys.write_text(keys.read_text().replace("proof", "doubt"))
    code, told = manage("restore", file, "--replace", **own, DATA_DIR=str(tmp_path / "there"))
    assert code == 0
    assert re.findall(r"(\w+) is not the one", told) == ["TRANSCRIPT_KEY"]
    older = gzip.decompress(file.read_bytes()).replace(b'"transcript_key"', b'"not_yet_before"', 1)
    file.write_bytes(gzip.compress(older))
    code, told = manage("restore", file, "--replace", **own, DATA_DIR=str(tmp_path / "there"))
    assert (code, "is not the one" in told) == (0, False), told
