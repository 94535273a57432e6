import json
from uuid import UUID

import pytest

from chat.wire import h2o
from chat.wire.continuing import GO_ON
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn
from tests import captures

ID = "6b03c5b8c7c4935f41cfeccf"
HI = Turn("user", "Hi")


def recorded(name: str) -> dict[str, object]:
    """The JSON body of a recorded request."""
    body = captures.load(f"chatui-2023-06-23/{name}").request.partition(b"\r\n\r\n")[2]
    value: dict[str, object] = json.loads(body)
    return value


def test_the_settings_form_keeps_conversations_private_and_searches_nothing():
    assert h2o.settings_form("h2oai/x") == {
        "ethicsModalAccepted": "true",
        "ethicsModalAcceptedAt": "",
        "activeModel": "h2oai/x",
    }


def test_the_settings_form_is_the_recorded_one_with_both_switches_on():
    request = captures.load("chatui-2023-06-23/01-settings-accept-any").request
    pairs = [pair.split("=") for pair in request.partition(b"\r\n\r\n")[2].decode().split("&")]
    form = h2o.settings_form(h2o.DEFAULT_MODEL, share_with_authors=True, web_search=True)
    assert form == {name: value.replace("%2F", "/") for name, value in pairs}


def test_a_form_never_turns_a_switch_off_with_a_word():
    assert "false" not in h2o.settings_form("x", share_with_authors=False).values()


@pytest.mark.parametrize(
    ("status", "body", "taken"),
    [
        (200, b'{"type":"redirect","status":303,"location":"http://x/"}', True),
        (303, b"", True),
        (200, b'{"type":"failure","status":400}', False),
        (200, b"<html>", False),
        (200, b"", False),
        (302, b"", False),
        (500, b'{"type":"redirect"}', False),
    ],
)
def test_settings_are_taken_only_when_the_server_says_so(status, body, taken):
    assert h2o.settings_accepted(status, body) is taken


def test_the_conversation_request_is_the_recorded_one():
    assert h2o.conversation_body(h2o.DEFAULT_MODEL) == recorded("02-conversation-create")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"conversationId":"6b03c5b8c7c4935f41cfeccf"}', ID),
        (b'{"conversationId":"6b03c5b8c7c4935f41cfeccf","more":1}', ID),
        (b'{"conversationId":"../settings"}', None),
        (b'{"conversationId":"6b03c5b8c7c4935f41cfeccf\\n"}', None),
        (b'{"conversationId":7}', None),
        (b'{"error":"x"}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_only_24_hex_digits_are_a_conversation(body, name):
    assert h2o.parse_conversation(body) == name


def test_paths_are_made_of_ids_only():
    assert h2o.message_path(ID) == f"/conversation/{ID}"
    assert h2o.stop_path(ID) == f"/conversation/{ID}/stop-generating"
    with pytest.raises(ValueError, match="24 hex digits"):
        h2o.message_path("../settings")


def test_the_message_request_is_the_recorded_one():
    body = recorded("03-message-stream-ok")
    options = body["options"]
    assert isinstance(options, dict)
    assert body == h2o.message_body(
        "user: hi\nassistant:",
        message_id=UUID(options["id"]),
        response_id=UUID(options["response_id"]),
    )


def test_every_message_has_ids_of_its_own():
    first, second = h2o.message_body("a")["options"], h2o.message_body("a")["options"]
    ids = {first["id"], first["response_id"], second["id"], second["response_id"]}
    assert len(ids) == 4
    assert all(UUID(name).version == 4 for name in ids)


def test_every_default_is_an_argument():
    body = h2o.message_body(
        "a",
        temperature=0.7,
        truncate=1000,
        max_new_tokens=20,
        do_sample=False,
        repetition_penalty=1.0,
        return_full_text=True,
        is_retry=True,
        use_cache=True,
        web_search_id=ID,
    )
    assert body["parameters"] == {
        "temperature": 0.7,
        "truncate": 1000,
        "max_new_tokens": 20,
        "do_sample": False,
        "repetition_penalty": 1.0,
        "return_full_text": True,
    }
    assert (
        body["options"].items()
        >= {
            "is_retry": True,
            "use_cache": True,
            "web_search_id": ID,
        }.items()
    )


def test_the_persons_parameters_win_and_go_by_the_servers_names():
    chosen = Parameters(
        temperature=1.5, top_p=0.9, top_k=40, min_p=0.1, max_tokens=7, seed=3, stop=("END",)
    )
    assert h2o.message_body("a", chosen)["parameters"] == {
        "temperature": 1.5,
        "truncate": 2048,
        "max_new_tokens": 7,
        "do_sample": True,
        "repetition_penalty": 1.2,
        "return_full_text": False,
        "top_p": 0.9,
        "top_k": 40,
        "seed": 3,
        "stop": ["END"],
    }


def test_values_that_the_server_refuses_are_said_in_its_way():
    parameters = h2o.message_body("a", Parameters(temperature=0.0, top_p=1.0))["parameters"]
    assert parameters["do_sample"] is False
    assert parameters.keys().isdisjoint({"temperature", "top_p"})


def test_one_turn_is_its_content():
    assert h2o.format_prompt([HI]) == "Hi"


def test_several_turns_are_lines_and_a_last_one_for_the_answer():
    turns = [
        Turn("system", "Be short."),
        HI,
        Turn("assistant", "Hello!"),
        Turn("user", "And\nyou?"),
    ]
    assert h2o.format_prompt(turns) == (
        "System: Be short.\nUser: Hi\nAssistant: Hello!\nUser: And\nyou?\nAssistant:"
    )


def test_an_unfinished_answer_is_gone_on_from_by_asking():
    request = ChatRequest("x", (HI, Turn("assistant", "Hello, I a")), continues=True)
    assert h2o.inputs_of(request) == (f"User: Hi\nAssistant: Hello, I a\nUser: {GO_ON}\nAssistant:")
    assert h2o.inputs_of(ChatRequest("x", (HI,))) == "Hi"
