from typing import get_args

import pytest

from chat.wire.continuing import GO_ON
from chat.wire.openai import Flavour, chat_body, prefills
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn

TURNS = (Turn("system", "Be short."), Turn("user", "Hi"), Turn("assistant", "Hello, I a"))
MESSAGES = [{"role": turn.role, "content": turn.content} for turn in TURNS]
EVERYTHING = Parameters(
    temperature=0.5,
    top_p=0.9,
    top_k=40,
    min_p=0.05,
    repetition_penalty=1.1,
    presence_penalty=0.1,
    frequency_penalty=0.2,
    max_tokens=99,
    seed=7,
    stop=("END", "\n\n"),
)
STANDARD = {
    "temperature": 0.5,
    "top_p": 0.9,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "max_tokens": 99,
    "seed": 7,
    "stop": ["END", "\n\n"],
}


def request(parameters: Parameters = Parameters(), continues: bool = False) -> ChatRequest:  # noqa: B008
    return ChatRequest("danube", TURNS, parameters, continues)


def test_a_request_asks_for_a_stream_with_counts_and_a_length():
    assert chat_body(request()) == {
        "model": "danube",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 1024,
    }


def test_the_length_is_the_operators_where_the_person_sets_none():
    assert chat_body(request(), default_max_tokens=256)["max_tokens"] == 256
    assert chat_body(request(Parameters(max_tokens=7)), default_max_tokens=256)["max_tokens"] == 7


@pytest.mark.parametrize(
    ("flavour", "more"),
    [
        ("standard", {}),
        ("tgi", {}),
        ("h2ogpt", {"top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1}),
        ("vllm", {"top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1}),
        ("llama.cpp", {"top_k": 40, "min_p": 0.05, "repeat_penalty": 1.1}),
    ],
)
def test_parameters_go_by_the_names_that_the_server_takes(flavour, more):
    plain = chat_body(request(), flavour=flavour)
    assert chat_body(request(EVERYTHING), flavour=flavour) == plain | STANDARD | more


def test_parameters_at_zero_are_sent():
    body = chat_body(request(Parameters(temperature=0.0, seed=0)))
    assert (body["temperature"], body["seed"]) == (0.0, 0)


def test_a_top_p_of_1_is_left_out_where_it_is_refused():
    parameters = Parameters(top_p=1.0)
    assert "top_p" not in chat_body(request(parameters), flavour="tgi")
    assert chat_body(request(parameters), flavour="vllm")["top_p"] == 1.0


@pytest.mark.parametrize(
    ("flavour", "messages", "more"),
    [
        ("llama.cpp", MESSAGES, {}),
        ("vllm", MESSAGES, {"continue_final_message": True, "add_generation_prompt": False}),
        ("standard", [*MESSAGES, {"role": "user", "content": GO_ON}], {}),
        ("h2ogpt", [*MESSAGES, {"role": "user", "content": GO_ON}], {}),
        ("tgi", [*MESSAGES, {"role": "user", "content": GO_ON}], {}),
    ],
)
def test_an_answer_is_gone_on_from_in_the_way_of_the_server(flavour, messages, more):
    plain = chat_body(request(), flavour=flavour)
    assert chat_body(request(continues=True), flavour=flavour) == plain | {
        "messages": messages,
        **more,
    }


def test_a_server_that_prefills_gets_the_answer_as_its_last_message():
    for flavour in get_args(Flavour):
        last = chat_body(request(continues=True), flavour=flavour)["messages"][-1]
        assert prefills(flavour) == (last["role"] == "assistant")
