import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.wire.openai import parse_models, recognise
from chat.wire.request import ModelInfo
from tests import captures

VLLM = {
    "id": "danube",
    "object": "model",
    "created": 1795410845,
    "owned_by": "vllm",
    "root": "danube",
    "max_model_len": 8192,
    "permission": [],
}
LLAMA_CPP = {
    "id": "danube.gguf",
    "object": "model",
    "owned_by": "llamacpp",
    "meta": {"n_ctx": 2048, "n_ctx_train": 8192, "n_params": 513_000_000},
}
TGI = {"id": "h2oai/danube", "object": "model", "created": 0, "owned_by": "h2oai/danube"}


def listed(*entries: Any, **more: Any) -> bytes:
    return json.dumps({"object": "list", "data": entries} | more).encode()


def test_the_list_of_h2ogpt_is_read():
    body = captures.load("h2ogpt-openai-server/01-models").body
    assert recognise(body) == "h2ogpt"
    assert parse_models(body) == [
        ModelInfo("h2oai/h2o-danube3-4b-chat", context=8192),
        ModelInfo("fail-mid"),
    ]


def test_the_list_of_vllm_is_read():
    assert recognise(listed(VLLM)) == "vllm"
    assert parse_models(listed(VLLM)) == [ModelInfo("danube", context=8192, prefills=True)]


def test_the_list_of_llama_cpp_is_read():
    body = listed(LLAMA_CPP, models=[{"name": "danube.gguf"}])
    assert recognise(body) == "llama.cpp"
    assert parse_models(body) == [ModelInfo("danube.gguf", context=2048, prefills=True)]


def test_the_context_that_a_model_runs_with_wins_over_the_one_it_was_made_for():
    older = LLAMA_CPP | {"meta": {"n_ctx_train": 8192}}
    assert parse_models(listed(older))[0].context == 8192


def test_the_list_of_tgi_is_read():
    assert recognise(listed(TGI)) == "tgi"
    assert parse_models(listed(TGI)) == [ModelInfo("h2oai/danube")]


def test_any_other_server_is_a_standard_one():
    body = listed({"id": "a", "owned_by": "library", "display_name": "Model A"})
    assert recognise(body) == "standard"
    assert parse_models(body) == [ModelInfo("a", label="Model A")]


def test_names_alone_are_a_list_too():
    assert parse_models(listed("a", "b", "a")) == [ModelInfo("a"), ModelInfo("b")]
    assert parse_models(b'["a"]') == [ModelInfo("a")]


def test_models_without_a_usable_name_are_left_out():
    odd = [{"id": None}, {"id": ""}, {"id": "a\nb"}, {"id": "x" * 201}, 7, None, {"id": {}}]
    assert parse_models(listed(*odd, {"id": "a"})) == [ModelInfo("a")]


@pytest.mark.parametrize("context", [0, -1, "8192", 2**40, True, None, [8192]])
def test_a_context_that_makes_no_sense_is_unknown(context):
    assert parse_models(listed(VLLM | {"max_model_len": context}))[0].context is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"<html>", b'{"data":{"a":1}}', b'{"error":"x"}', b"[" * 9999]
)
def test_what_is_no_list_has_no_models(body):
    assert parse_models(body) == []
    assert recognise(body) == "standard"


def test_a_list_without_end_is_cut():
    assert len(parse_models(listed(*[f"m{number}" for number in range(5000)]))) == 1000


@given(
    st.binary(max_size=200)
    | st.builds(
        json.dumps,
        st.recursive(
            st.none() | st.text(max_size=5) | st.integers() | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["id", "data", "meta", "n_ctx", "owned_by", "created"]),
                    inner,
                    max_size=4,
                )
            ),
        ),
    ).map(str.encode)
)
def test_no_body_raises(body):
    for model in parse_models(body):
        assert model.name.isprintable()
    recognise(body)
