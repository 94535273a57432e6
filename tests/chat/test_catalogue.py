"""Several model servers: each model knows its own, and one that is down harms no other."""

import asyncio

import httpx
import pytest
from django.contrib.auth.models import AnonymousUser

from chat.doorbell import LocalDoorbell
from chat.models import Message, ModelServer, Run
from chat.refusal import Refusal
from chat.runs import Runs
from chat.turns import Choice
from tests.chat.people import say, whole
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.django_db(transaction=True)


class Down(ScriptedModel):
    """A server that refuses every connection."""

    async def handle_async_request(self, request):
        raise httpx.ConnectError("refused", request=request)


def serving(*names):
    """A model server with these models, whose every answer is its first model's name."""
    server = ScriptedModel()
    server.model_list = {"object": "list", "data": [{"id": name} for name in names]}
    server.says(f"I am {names[0]}.")
    return server


@pytest.fixture
async def two_servers(transactional_db):
    """One server with a small and a shared model, one with a large and the shared one."""
    small, large = serving("small", "shared"), serving("large", "shared")
    backends = [
        small.backend(name="one", label="One"),
        large.backend(name="two", label="Two"),
        Down().backend(name="three", label="Three"),
    ]
    runs = Runs(backends, LocalDoorbell(), makes_titles=False)
    await runs.open()
    while ModelServer.objects.count() < 3:
        await asyncio.sleep(0.01)
    yield runs
    await runs.close()


@pytest.mark.parametrize(("model", "server"), [("small", "one"), ("large", "two")])
async def test_each_model_is_asked_on_its_own_server(alice, two_servers, model, server):
    accepted = await whole(two_servers, alice, say(model=model))
    assert Run.objects.get().server == server
    assert Message.objects.get(pk=accepted.reply).text == f"I am {model}."


async def test_a_server_that_is_down_shows_as_down_and_the_others_work(two_servers):
    offered = {each["label"]: each for each in ModelServer.objects.offered_to(AnonymousUser())}
    assert offered["Three"]["state"] == "down"
    assert offered["Three"]["detail"].endswith(".")
    assert offered["large"]["state"] == offered["small"]["state"] == "up"


async def test_a_model_that_two_servers_have_is_offered_once_and_asked_where_it_is_up(
    alice, two_servers
):
    names = [each["name"] for each in ModelServer.objects.offered_to(AnonymousUser())]
    assert names.count("shared") == 1
    await whole(two_servers, alice, say(model="shared"))
    assert Run.objects.get().server == "one"
    health = two_servers.catalogue._health
    health["one"] = type(health["one"])("down", "Gone.", health["one"].models)
    await whole(two_servers, alice, say(model="shared"))
    assert set(Run.objects.values_list("server", flat=True)) == {"one", "two"}


@pytest.fixture
async def open_runs(transactional_db):
    """Opens runs over these backends, and returns when each of them was looked at."""
    opened = []

    async def open_runs(*backends):
        runs = Runs(backends, LocalDoorbell(), makes_titles=False)
        opened.append(runs)
        await runs.open()
        while ModelServer.objects.count() < len(backends):
            await asyncio.sleep(0.01)
        return runs

    yield open_runs
    for runs in opened:
        await runs.close()


async def test_the_configured_model_is_asked_and_preselected_where_nobody_chose(alice, open_runs):
    runs = await open_runs(serving("small", "usual").backend(model="usual"))
    assert runs.catalogue.choose("").model == "usual"
    offered = [each["name"] for each in ModelServer.objects.offered_to(AnonymousUser())]
    assert offered == ["usual", "small"]
    await whole(runs, alice, say())
    assert Run.objects.get().model == "usual"


async def test_a_server_that_never_told_its_models_comes_last(open_runs):
    await open_runs(
        Down().backend(name="one", label="One"), serving("large").backend(name="two", label="Two")
    )
    assert [each["name"] for each in ModelServer.objects.offered_to(AnonymousUser())] == [
        "large",
        "",
    ]


async def test_a_mistyped_model_is_refused_even_while_another_server_is_unknown(open_runs):
    runs = await open_runs(
        serving("small").backend(name="one"), Down().backend(name="two", model="large")
    )
    with pytest.raises(Refusal) as refusal:
        runs.catalogue.choose("smal")
    assert refusal.value.code == "invalid"
    assert "“smal”" in refusal.value.detail


async def test_the_only_server_is_asked_for_any_model_while_its_list_is_unknown(open_runs):
    runs = await open_runs(Down().backend(name="one", model="usual"))
    assert runs.catalogue.choose("large") == Choice("large", "one")
    assert runs.catalogue.choose("") == Choice("usual", "one")


async def test_several_servers_of_which_none_is_known_are_no_reason_to_guess(open_runs):
    runs = await open_runs(Down().backend(name="one"), Down().backend(name="two"))
    with pytest.raises(Refusal) as refusal:
        runs.catalogue.choose("large")
    assert refusal.value.code == "unavailable"
