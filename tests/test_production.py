"""A start in production refuses what is not safe there, and says why."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from h2oweb.production import faults
from tests.prepared import environment
from tests.services import free_port
from tests.settings import PROJECT

SAFE = {
    "PUBLIC_URL": "https://chat.example",
    "HTTPS": True,
    "DEBUG": False,
    "SECRET_KEY": "k3Yf0rTh1sT3st-" * 4,
    "TRANSCRIPT_KEY": "Th1sT3stPr0vesM-" * 4,
    "METRICS_TOKEN": "",
    "ALLOWED_HOSTS": ["chat.example"],
    "ALLOW_HTTP": False,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}
CONSOLE = {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
HERE = {
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "HTTPS": False,
    "DEBUG": True,
    "ALLOW_HTTP": True,
    "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
}
OVER_HTTP = {"PUBLIC_URL": "http://chat.example:8000", "HTTPS": False}


@pytest.mark.parametrize(
    ("changed", "host", "header", "words"),
    [
        ({}, "127.0.0.1", "X-Real-IP", None),
        ({"DEBUG": True}, "127.0.0.1", "X-Real-IP", "DEBUG is on"),
        ({"SECRET_KEY": "secret"}, "127.0.0.1", "X-Real-IP", "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "a" * 60}, "127.0.0.1", "X-Real-IP", "SECRET_KEY can be guessed"),
        ({"TRANSCRIPT_KEY": "x"}, "127.0.0.1", "X-Real-IP", "TRANSCRIPT_KEY can be guessed"),
        ({"TRANSCRIPT_KEY": "ab" * 40}, "127.0.0.1", "X-Real-IP", "TRANSCRIPT_KEY can be guessed"),
        ({"METRICS_TOKEN": "x"}, "127.0.0.1", "X-Real-IP", "METRICS_TOKEN can be guessed"),
        ({"METRICS_TOKEN": "y" * 60}, "127.0.0.1", "X-Real-IP", "METRICS_TOKEN can be guessed"),
        ({"METRICS_TOKEN": "k3Yf0rTh1sT3st-k3Yf0"}, "127.0.0.1", "X-Real-IP", None),
        ({"ALLOWED_HOSTS": ["*"]}, "127.0.0.1", "X-Real-IP", "ALLOWED_HOSTS is *"),
        ({}, "127.0.0.1", "", "CLIENT_ADDRESS_HEADER"),
        (CONSOLE, "127.0.0.1", "X-Real-IP", "EMAIL_URL is console:"),
        (OVER_HTTP, "127.0.0.1", "", "no https address"),
        (OVER_HTTP, "0.0.0.0", "", "no https address"),
        (OVER_HTTP | {"ALLOW_HTTP": True}, "0.0.0.0", "", None),
        (OVER_HTTP | {"ALLOW_HTTP": True, "DEBUG": True}, "0.0.0.0", "", "DEBUG is on"),
        (HERE, "::1", "", None),
        (HERE | {"ALLOWED_HOSTS": ["localhost", "chat.example"]}, "::1", "", "DEBUG is on"),
        (OVER_HTTP | {"PUBLIC_URL": "http://localhost:8000"}, "0.0.0.0", "", "no https address"),
    ],
)
def test_what_is_unsafe_is_refused_in_a_sentence(changed, host, header, words):
    found = faults(SimpleNamespace(**SAFE | changed), host, header)
    assert len(found) == (words is not None)
    if words:
        assert words in found[0]
        assert found[0].endswith(".")


def test_another_server_does_not_start_so_either(tmp_path):
    """Such as uvicorn, which asks nothing: the application refuses to be imported."""
    unsafe = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://chat.example"}
    refused = subprocess.run(
        [sys.executable, "-m", "uvicorn", "h2oweb.asgi:application", f"--port={free_port()}"],
        cwd=PROJECT,
        env=environment(**unsafe),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode != 0
    assert "This is not safe to start:\n  PUBLIC_URL is https" in refused.stderr


@pytest.mark.parametrize("command", ["run", "serve"])
def test_neither_command_starts_so(command, settings):
    settings.HOST, settings.PORT, settings.ALLOWED_HOSTS = "0.0.0.0", free_port(), ["*"]
    with pytest.raises((CommandError, SystemExit), match="not safe") as refused:
        call_command(command, *(["--host=0.0.0.0"] if command == "serve" else []))
    assert "ALLOWED_HOSTS is *" in str(refused.value)
