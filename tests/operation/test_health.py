"""Health and metrics: what load balancers and Prometheus are told."""

import subprocess
import sys

import pytest
from django.db import connection
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from chat.models import ModelServer
from h2oweb import metrics
from tests.chat.people import say, whole
from tests.settings import PROJECT

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "token-of-prometheus"


def numbers(text):
    """Each sample of the exposition, by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def told(settings, **headers):
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}"} | headers
    answer = await AsyncClient().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return numbers(answer.content.decode())


async def test_a_process_that_answers_is_alive_and_ready():
    ModelServer.objects.create(name="lab", label="Lab", state="up", position=0)
    ModelServer.objects.create(name="old", label="Old", state="down", position=1)
    alive, ready = [await AsyncClient().get(f"/health/{each}") for each in ("live", "ready")]
    assert (alive.status_code, alive.content) == (200, b"alive\n")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "database": "up",
        "doorbell": "local",
        "model_servers": {"up": 1, "down": 1},
    }


async def test_without_its_database_or_doorbell_a_process_is_not_ready(settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [settings.REDIS_URL]},
        }
    }
    ready = await AsyncClient().get("/health/ready")
    assert (ready.status_code, ready.json()["doorbell"]) == (503, "down")
    settings.REDIS_URL = ""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE chat_modelserver RENAME TO elsewhere")
    try:
        ready = await AsyncClient().get("/health/ready")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO chat_modelserver")
    assert (ready.status_code, ready.json()["database"]) == (503, "down")


async def test_who_asks_from_within_is_not_sent_to_https(settings):
    settings.SECURE_SSL_REDIRECT, settings.METRICS_TOKEN = True, TOKEN
    for path, status in (("/health/live", 200), ("/health/ready", 200), ("/metrics", 404)):
        assert (await AsyncClient().get(path)).status_code == status
    assert (await AsyncClient().get("/admin/")).status_code == 301


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic token", f"bearer {TOKEN}x"])
async def test_who_does_not_know_the_token_finds_no_metrics(settings, header):
    for token in ("", TOKEN):
        settings.METRICS_TOKEN = token
        answer = await AsyncClient().get("/metrics", headers={"Authorization": header})
        assert answer.status_code == 404


async def test_what_happens_is_counted(alice, runs, scripted_model, settings):
    scripted_model.says("Well, well.")
    before = await told(settings)
    for _ in range(3):
        await whole(runs, alice, say())
    after = await told(settings)

    def grown(*name):
        return after[name] - before.get(name, 0)

    assert grown("h2o_chat_turns_total", "say") == 3
    assert grown("h2o_chat_runs_total", "complete", "scripted") == 3
    assert grown("h2o_chat_first_token_seconds_count") == 3
    assert grown("h2o_chat_tokens_total", "completion") > 0
    assert grown("h2o_chat_journal_commit_seconds_count") >= 3
    assert grown("h2o_chat_journal_batch_runs_sum") >= 3
    assert after["h2o_chat_live_runs",] == before["h2o_chat_live_runs",]
    assert after["h2o_chat_database_trouble",] == 0


async def test_processes_count_together_and_what_a_dead_one_held_is_gone(
    tmp_path, monkeypatch, settings
):
    monkeypatch.setenv(metrics.DIRECTORY, "")
    metrics.share_between_processes(tmp_path)
    processes = [_counting() for _ in range(2)]
    for process in processes:
        assert process.stdout.readline()
    together = await told(settings)
    processes[0].kill()
    processes[0].communicate()
    left = await told(settings)
    processes[1].communicate(b"\n")
    assert together["h2o_chat_runs_total", "complete", "lab"] == 2
    assert together["h2o_chat_live_runs",] == 2
    assert left["h2o_chat_runs_total", "complete", "lab"] == 2
    assert left["h2o_chat_live_runs",] == 1


def _counting():
    """A process that has counted one run, and holds another until its input ends."""
    work = "from chat import metrics; metrics.runs.labels('lab', 'complete').inc(); "
    work += "metrics.live_runs.inc(); print(); input()"
    return subprocess.Popen(
        [sys.executable, "-c", work],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
