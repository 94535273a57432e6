"""S31: secrets show neither in logs nor on error pages, whatever breaks."""

import logging
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import OwnerLink
from accounts.tokens import hash_of
from chat.taking.writing import FORMATS
from review import digesting
from review.datasets.making import Making
from review.models import Dataset
from tests.browser.application import Application
from tests.canaries import API_KEY, PROMPT, secrets_of_the_site
from tests.scripted_model import Die, finish, text
from tests.search.conftest import index_all
from tests.security.people import Person, request
from tests.security.world import (
    CANARY,
    LEAD,
    MEMBER,
    PASSWORD,
    THINGS,
    person,
    signed_in,
    unpacked,
    whole,
)


def test_s31_a_page_of_an_error_tells_no_secret(alice, monkeypatch, caplog):
    """A fault amid a search for secret words, by someone whose session is a secret."""
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
    for secret in (API_KEY, PROMPT, session):
        assert secret not in caplog.text


def test_s31_a_fault_amid_a_form_tells_no_password(db, monkeypatch, nothing_tells_a_secret):
    """Neither in the page nor in the log, though it is a variable of the code that broke."""

    def broken(_: object, password: str) -> None:
        nothing_tells_a_secret.learn(password)
        raise RuntimeError("broken")

    monkeypatch.setattr(User, "check_password", broken)
    User.objects.create_user("anna", password=PASSWORD)
    tried = {"username": "anna", "password": "fourteen geese a-laying"}
    page = Client(raise_request_exception=False).post("/sign-in/", tried)
    assert page.status_code == 500
    assert tried["password"] in nothing_tells_a_secret.secrets
    for secret in (tried["password"], PASSWORD, "Traceback", "RuntimeError"):
        assert secret not in page.content.decode()


def test_s31_no_log_tells_what_the_database_is_asked(alice, nothing_tells_a_secret):
    """Where DEBUG is on, Django tells each query with its values."""
    with CaptureQueriesContext(connection) as asked:
        Client().force_login(alice)
    session = Session.objects.get().session_key
    assert session in str(asked.captured_queries)
    assert session in nothing_tells_a_secret.secrets


def test_s31_what_lets_somebody_in_is_looked_for_in_every_log(db, nothing_tells_a_secret, settings):
    """The watch over all tests sees what they make, and how a log would have shown it."""
    made = User.objects.create_user("anna", password="seven swans a-swimming")
    browser = Client()
    browser.force_login(made)
    seed = generate_totp_secret()
    TOTP.activate(made, seed)
    link, session = OwnerLink.make(), browser.session.session_key
    known = [API_KEY, settings.SECRET_KEY, "seven swans a-swimming", session, seed, link]
    known += [
        get_adapter().generate_password_reset_code(),
        *RecoveryCodes.activate(made).generate_codes(),
    ]
    for secret in known:
        logging.getLogger("anywhere").debug("so it is %s", secret)
    logging.getLogger("anywhere").warning("Not Found: %s", f"/owner/{link}/")
    assert len(nothing_tells_a_secret.seen) == len(known)
    nothing_tells_a_secret.seen.clear()


@pytest.mark.django_db
def test_s31_nothing_that_is_taken_along_tells_a_secret(settings, tmp_path):
    """Files of every kind: each has the person's words, and none what lets somebody in."""
    lead, anna = person(LEAD), person(MEMBER)
    things = {name: thing(anna) for name, thing in THINGS.items()}
    browser = signed_in(anna)
    seed = decrypt(
        Authenticator.objects.get(user=anna, type=Authenticator.Type.TOTP).data["secret"]
    )
    secrets = [*secrets_of_the_site(), PASSWORD, anna.password, browser.session.session_key, seed]
    secrets += [things["share"]["token"], OwnerLink.make(), hash_of(things["share"]["token"])]
    talk = things["conversation"]["pk"]
    paths = [f"/c/{talk}/export/?format={name}" for name in FORMATS]
    paths += [f"/export/?format={name}" for name in FORMATS]
    files = [whole(browser.get(path)) for path in (*paths, "/account/data/")]
    settings.CONSENT_IS_ASSUMED = True
    index_all()
    digesting.refresh()
    files.append(_dataset(lead, tmp_path / "dataset.zip"))
    for file in files:
        content = unpacked(file).decode(errors="replace")
        assert CANARY in content, "these are the person's words"
        assert not [secret for secret in secrets if secret in content]


def _dataset(lead: User, target: Path) -> bytes:
    """What a lead takes out, of all conversations, in every format."""
    kinds = list(Dataset.Format)
    made = Dataset.objects.create(name="All", maker=lead, formats=kinds, only_said=False)
    making = Making(made, lead)
    making.write(target, making.selection.count(), lambda _: None)
    return target.read_bytes()


def test_s31_a_log_of_everything_tells_no_secret_either(
    new_data_dir, tmp_path, django_db_blocker, model
):
    own = {"H2O_URL": model.url, "H2O_API_KEY": API_KEY, "H2O_TITLES": "off", "LOG_LEVEL": "DEBUG"}
    site = Application(new_data_dir(tmp_path / "data"), django_db_blocker, **own)
    site.start()
    anna = Person(site, site.person("anna"))
    try:
        model.plays(text("All of it."), finish())
        socket = anna.socket()
        socket.send(**anna.say(f"The secret is {PROMPT}"))
        socket.until("run_finished")
        tried = {"username": "anna", "password": "anna likes long walks"}
        tried["csrfmiddlewaretoken"] = token = uuid4().hex
        assert request(site, "/sign-in/", f"csrf-{site.port}={token}", tried).status == 200
        assert anna.get(f"/search/?q={PROMPT}").status == 200
        assert request(site, "/owner/4Pq_x7Fq/").status == 404
    finally:
        anna.leave()
        site.term()
    assert " DEBUG " in site.log()
    assert site.told_secrets() == []
    assert "4Pq_x7Fq" not in site.log()


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
