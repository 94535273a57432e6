"""The servers that tests stand on."""

import os
import pwd

import psycopg
import pytest

from tests import services
from tests.services import Postgres, Redis


def test_a_postgres_database_is_ready_to_be_used(postgres):
    """A URL of this kind is what DATABASE_URL takes."""
    with psycopg.connect(postgres.database().replace("postgres://", "postgresql://")) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_redis_answers_again_after_a_crash(redis):
    redis.kill()
    assert not redis.answers()
    redis.start()
    assert redis.answers()


@pytest.mark.parametrize("kind", [Postgres, Redis])
def test_the_packages_bring_servers_where_the_machine_has_none(kind, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(services, "DEBIAN_POSTGRES", tmp_path)
    server = kind()
    try:
        server.start()
        assert "site-packages" in server.command()[0] or "programs" in server.command()[0]
        assert server.answers()
    finally:
        server.remove()
    assert not server.directory.exists()


def test_no_server_runs_as_root(redis):
    """PostgreSQL refuses to, and a test of Redis should not be the one that needs it."""
    plain_user = pwd.getpwnam(services.PLAIN_USER).pw_uid if os.geteuid() == 0 else os.geteuid()
    assert redis.directory.stat().st_uid == plain_user
    assert redis.plainly().get("user") == (services.PLAIN_USER if os.geteuid() == 0 else None)
