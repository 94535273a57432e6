"""What a command says when the database is not there, or not as it must be."""

import subprocess
import sys

import pytest

from h2oweb.startup import fault_of_database
from tests.prepared import environment
from tests.settings import PROJECT


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("sqlite:////no/such/directory/chat.sqlite3", "cannot be used: unable to open"),
        ("", "The database is not yet as this version wants it: `prepare` makes it so."),
    ],
    ids=["away", "empty"],
)
@pytest.mark.parametrize("command", ["owner_link", "verify_transcripts"])
def test_a_database_that_no_command_could_use_is_told_in_a_sentence(
    command, database, sentence, tmp_path
):
    url = database or f"sqlite:///{tmp_path / 'chat.sqlite3'}"
    ended = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=PROJECT,
        env=environment(DATA_DIR=str(tmp_path), DATABASE_URL=url),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("EMAIL_URL", "smpt://user:pass@mail.example"), ("EMAIL_URL", "mail"), ("PORT", "eighty")],
)
def test_a_setting_that_is_no_good_is_told_in_a_sentence_without_its_secrets(name, value, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "h2oweb", "check"],
        cwd=PROJECT,
        env=environment(DATA_DIR=str(tmp_path), **{name: value}),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "user:pass" not in ended.stderr


@pytest.mark.django_db
def test_a_fault_that_is_not_the_databases_stays_one():
    assert fault_of_database() is None
