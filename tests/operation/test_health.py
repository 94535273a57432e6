"""Health: what load balancers are told."""

import pytest
from django.db import connection
from django.test import AsyncClient

from chat.models import ModelServer

pytestmark = pytest.mark.django_db(transaction=True)


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


async def test_a_database_that_takes_no_writes_makes_nothing_unready(lock):
    take, release = lock
    take()
    try:
        ready = await AsyncClient().get("/health/ready")
    finally:
        release()
    assert (ready.status_code, ready.json()["database"]) == (200, "up")


async def test_who_asks_from_within_is_not_sent_to_https(settings):
    settings.SECURE_SSL_REDIRECT, settings.METRICS_TOKEN = True, "token-of-prometheus"
    for path, status in (("/health/live", 200), ("/health/ready", 200), ("/metrics", 404)):
        assert (await AsyncClient().get(path)).status_code == status
    assert (await AsyncClient().get("/admin/")).status_code == 301
