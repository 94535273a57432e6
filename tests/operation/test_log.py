"""The log: each line with its request and its run, for machines too."""

import asyncio
import json
import logging
import logging.config

import pytest
from django.db import DataError
from django.http import HttpRequest
from django.test import AsyncClient

from chat import prompts
from chat.backends import answering_run
from chat.models import RunEvent
from h2oweb import settings as real
from h2oweb.request_id import Ids, SocketIds, request_id
from tests.chat.people import say, whole


@pytest.fixture
def line(capsys):
    """What is written for one message, in a format."""

    def write(form, message):
        handler = real.LOGGING["handlers"]["console"] | {
            "formatter": form,
            "stream": "ext://sys.stderr",
        }
        logging.config.dictConfig(
            real.LOGGING
            | {"handlers": {"console": handler}, "loggers": {"one": {"handlers": ["console"]}}}
            | {"root": {}, "incremental": False}
        )
        try:
            logging.getLogger("one").warning(message)
        finally:
            logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
        return capsys.readouterr().err

    return write


@pytest.fixture
def ids():
    """What happens is about this request and this run."""
    tokens = request_id.set("of-this-request"), answering_run.set("of-this-run")
    yield
    request_id.reset(tokens[0])
    answering_run.reset(tokens[1])


@pytest.fixture
def given_ids(caplog):
    """What is logged, with the ids that a handler of the application gives it."""
    caplog.handler.addFilter(given := Ids())
    yield caplog
    caplog.handler.removeFilter(given)


def test_a_plain_line_ends_with_its_request_and_run_if_it_is_about_one(line, ids):
    assert line("plain", "It is so.").endswith(
        " WARNING one: It is so. [request=of-this-request run=of-this-run]\n"
    )


def test_a_plain_line_about_neither_says_nothing_of_them(line):
    assert line("plain", "It is so.").endswith(" WARNING one: It is so.\n")


def test_a_line_of_json_says_which_request_and_run_it_is_about(line, ids):
    told = json.loads(line("json", 'Something "quoted"\nhappened at /s/secret/.'))
    assert told.pop("time")
    assert told == {
        "level": "WARNING",
        "logger": "one",
        "message": 'Something "quoted"\nhappened at /s/.../.',
        "request": "of-this-request",
        "run": "of-this-run",
    }


def test_a_line_about_another_run_or_request_brings_them_itself(ids, given_ids):
    logger, answered = logging.getLogger("one"), HttpRequest()
    vars(answered)["request_id"] = "that-was-answered"
    logger.warning("Refused.", extra={"run": "another-run"})
    logger.warning("Not found.", extra={"request": answered})
    logger.warning("Never named.", extra={"request": HttpRequest()})
    told = [(record.request, record.run) for record in given_ids.records]
    assert told == [
        ("of-this-request", "another-run"),
        ("that-was-answered", "of-this-run"),
        ("of-this-request", "of-this-run"),
    ]


async def handshake(application, **headers):
    """The id that the answer of a handshake with these headers says."""
    told = []

    async def send(event):
        told.append(event)

    async def receive():
        return {"type": "websocket.connect"}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "headers": named}
    await asyncio.create_task(SocketIds(application)(scope, receive, send))
    return dict(told[0]["headers"])[b"x-request-id"].decode()


@pytest.mark.parametrize("kind", ["accept", "close"])
@pytest.mark.parametrize(
    ("given", "is_believed"), [("of-this-socket", True), ("", False), ("two words", False)]
)
async def test_what_is_logged_of_a_socket_is_found_by_the_id_of_its_handshake(
    kind, given, is_believed, given_ids
):
    async def command():
        logging.getLogger("one").error("A command failed.")

    async def application(scope, receive, send):
        await send({"type": f"websocket.{kind}"})
        await asyncio.create_task(command())

    name = await handshake(application, x_request_id=given)
    assert (name == given) if is_believed else len(name) == 32
    assert [record.request for record in given_ids.records] == [name]
    assert request_id.get() == "-"


@pytest.mark.django_db(transaction=True)
async def test_a_run_is_its_sockets_and_what_outlives_it_is_nobodys(
    alice, runs, scripted_model, monkeypatch, given_ids
):
    request_id.set("of-this-socket")
    monkeypatch.setattr(prompts, "build", broken)
    await whole(runs, alice, say())
    monkeypatch.undo()
    monkeypatch.setattr(RunEvent.objects, "write", unfit)
    scripted_model.says("Well, well.")
    await whole(runs, alice, say())
    told = {
        record.name: record.request for record in given_ids.records if record.levelname == "ERROR"
    }
    assert told == {"chat.live_run": "of-this-socket", "chat.journal": "-"}


def broken(*_, **__):
    raise RuntimeError("Nobody foresaw this.")


def unfit(*_, **__):
    raise DataError("Nothing of this can be stored.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "name", "breaks", "says"),
    [(prompts, "build", broken, "broke"), (RunEvent.objects, "write", unfit, "refuses")],
)
async def test_what_is_logged_of_a_run_that_breaks_is_found_by_its_id(
    module, name, breaks, says, alice, runs, scripted_model, monkeypatch, given_ids
):
    monkeypatch.setattr(module, name, breaks)
    scripted_model.says("Well, well.")
    accepted = await whole(runs, alice, say())
    (record,) = [each for each in given_ids.records if says in each.getMessage()]
    assert record.run == str(accepted.run)


@pytest.mark.parametrize(
    ("given", "is_believed"),
    [("abc-123", True), ("", False), ("x" * 65, False), ("two words", False), ("a;b", False)],
)
async def test_an_answer_carries_its_requests_id(given, is_believed):
    answer = await AsyncClient().get("/health/live", headers={"X-Request-ID": given})
    told = answer.headers["X-Request-ID"]
    assert (told == given) if is_believed else (len(told) == 32 and told != given)
