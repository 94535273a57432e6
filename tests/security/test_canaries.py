"""S31: secrets show neither in logs nor on error pages, whatever breaks."""

import logging
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.canaries import API_KEY, PROMPT
from tests.scripted_model import Die, text
from tests.security.people import request


def test_s31_a_page_of_an_error_tells_no_secret(alice, monkeypatch, caplog):
    """A fault amid a form with a password in it, by someone whose session is a secret."""
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    session = client.session.session_key
    broken = "chat.views.pages._chat_page"
    monkeypatch.setattr(broken, lambda *_: (_ for _ in ()).throw(RuntimeError("broken")))
    with caplog.at_level(logging.DEBUG):
        page = client.get(reverse("chat:new"), {"q": PROMPT})
    assert page.status_code == 500
    shown = page.content.decode()
    for secret in (API_KEY, PROMPT, session, "Traceback", "RuntimeError"):
        assert secret not in shown
    for secret in (API_KEY, session):
        assert secret not in caplog.text


@pytest.mark.parametrize("steps", [(Die(),), (text("Half"), Die()), (b"data: {nonsense\n\n",)])
def test_s31_no_log_tells_a_key_a_session_or_a_prompt(site, anna, model, steps):
    for status in (200, 500, 401):
        model.plays(*steps, status=status)
        socket = anna.socket()
        socket.send(**anna.say(f"The secret is {PROMPT}"))
        assert PROMPT not in str(socket.until("run_finished")["error"])
    socket.send(type="say", text=PROMPT)
    assert PROMPT not in str(socket.until("refused"))
    assert anna.get(f"/c/{uuid4()}/?secret={PROMPT}").status == 404
    assert request(site, "/sign-in/", "", {"username": PROMPT, "password": PROMPT}).status == 403
    assert model.answers[0].request
    for secret in (API_KEY, PROMPT, anna.session):
        assert secret not in site.log()
