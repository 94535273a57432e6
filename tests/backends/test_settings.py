"""From settings to servers, and a sentence that names the setting for every mistake."""

import json

import pytest

from chat.backends import ModelChoice, ServerConfigError, servers_from_settings
from chat.backends.settings import VARIABLES
from chat.wire.h2o import DEFAULT_MODEL

URL = "https://models.example.org/v1"


def test_the_single_server_is_what_the_variables_say(tmp_path):
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    (server,) = servers_from_settings(
        {
            "H2O_DIALECT": "openai",
            "H2O_URL": URL,
            "H2O_API_KEY": "sk-1",
            "H2O_MODEL": "one",
            "H2O_MODELS": "one, two",
            "H2O_PROXY": "socks5://proxy.example.org:1080",
            "H2O_CA_FILE": str(ca_file),
            "H2O_HTTP2": True,
            "H2O_TRANSPORT": "httpx",
            "H2O_CONNECT_TIMEOUT": 1.0,
            "H2O_START_TIMEOUT": 2,
            "H2O_SILENCE_TIMEOUT": 3.0,
            "H2O_ANSWER_TIMEOUT": 4.0,
            "H2O_MAX_STREAMS": 5,
            "H2O_TRIES": 6,
            "H2O_WEB_SEARCH": True,
            "H2O_SHARE_CONVERSATIONS": True,
        }
    )
    assert (server.name, server.label) == ("models.example.org", "models.example.org")
    assert (server.dialect, server.url, server.api_key) == ("openai", URL, "sk-1")
    assert server.model == "one"
    assert server.models == (ModelChoice(name="one"), ModelChoice(name="two"))
    assert (server.proxy, server.ca_file) == ("socks5://proxy.example.org:1080", str(ca_file))
    assert (server.http2, server.transport, server.max_streams) == (True, "httpx", 5)
    limits = server.limits
    assert (limits.connect, limits.start, limits.silence, limits.whole) == (1, 2, 3, 4)
    assert (server.tries, server.web_search, server.share_with_authors) == (6, True, True)


def test_without_any_server_it_is_the_embedded_model(tmp_path):
    (server,) = servers_from_settings({"H2O_START_TIMEOUT": 7.0}, status_file=tmp_path / "s.json")
    assert server.status_file == str(tmp_path / "s.json")
    assert (server.name, server.dialect, server.limits.start) == ("local", "openai", 7)
    assert "very small" in server.notice
    assert servers_from_settings({}) == ()


def test_with_a_server_the_embedded_model_is_not_there(tmp_path):
    (server,) = servers_from_settings({"H2O_URL": URL}, status_file=tmp_path / "s.json")
    assert not server.status_file


def test_dialect_h2o_has_the_old_models_name_unless_told_another():
    def named(**values):
        url = "https://gpt-gm.example.org"
        return servers_from_settings({"H2O_DIALECT": "h2o", "H2O_URL": url, **values})[0].model

    assert named() == DEFAULT_MODEL
    assert named(H2O_MODEL="mine") == "mine"
    assert named(H2O_MODELS="mine") == ""


@pytest.mark.parametrize(
    ("models", "only"),
    [
        ("", False),
        ("one, two", True),
        ('[{"name": "one", "label": "One"}, {"name": "two", "hidden": true}]', True),
        ('[{"name": "two", "hidden": true}]', False),
    ],
)
def test_where_the_variable_names_models_to_choose_they_are_all_there_is(models, only):
    (server,) = servers_from_settings({"H2O_URL": URL, "H2O_MODELS": models})
    assert server.only_listed_models is only


def test_in_the_list_of_servers_only_the_key_hides_the_other_models():
    entries = [{"url": URL, "models": ["one"]}]
    (server,) = servers_from_settings({"H2O_SERVERS": json.dumps(entries)})
    assert not server.only_listed_models


SEVERAL = [
    {"name": "big", "label": "The big one", "url": URL, "api_key": "sk-big", "start_timeout": 9},
    {
        "url": "http://10.0.0.2:8000/v1",
        "models": [
            {"name": "a", "label": "A", "context": 4096},
            {"name": "b", "hidden": True},
            "c",
        ],
        "only_listed_models": True,
    },
]


@pytest.mark.parametrize("in_a_file", [False, True])
def test_several_servers_are_json_or_a_file_of_it(tmp_path, in_a_file):
    text = json.dumps(SEVERAL)
    if in_a_file:
        (tmp_path / "servers.json").write_text(text)
        text = str(tmp_path / "servers.json")
    shared = {"H2O_SERVERS": text, "H2O_API_KEY": "sk-1", "H2O_SILENCE_TIMEOUT": 5.0}
    big, small = servers_from_settings(shared)
    assert (big.name, big.label, big.api_key) == ("big", "The big one", "sk-big")
    assert (big.limits.start, big.limits.silence) == (9, 5)
    assert (small.name, small.api_key) == ("10.0.0.2:8000", ""), "a key is for one server only"
    assert small.limits.silence == 5
    assert small.models == (
        ModelChoice(name="a", label="A", context=4096),
        ModelChoice(name="b", hidden=True),
        ModelChoice(name="c"),
    )
    assert small.only_listed_models


def test_the_single_server_comes_before_the_others():
    servers = servers_from_settings(
        {"H2O_URL": "http://first.example.org", "H2O_SERVERS": json.dumps(SEVERAL)}
    )
    assert [server.name for server in servers] == ["first.example.org", "big", "10.0.0.2:8000"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("H2O_URL", "models.example.org", "https://"),
        ("H2O_URL", "ftp://models.example.org", "https://"),
        ("H2O_URL", "https://", "https://"),
        ("H2O_URL", "https://me:secret@models.example.org", "password"),
        ("H2O_URL", "https://models.example.org/v1?key=1", "path"),
        ("H2O_URL", "https://models.example.org/\nx", "https://"),
        ("H2O_DIALECT", "klingon", "h2o"),
        ("H2O_API_KEY", "sk-\r\nX-Evil: 1", "header"),
        ("H2O_API_KEY", "sk-ü", "header"),
        ("H2O_PROXY", "gopher://proxy", "socks5"),
        ("H2O_CA_FILE", "/no/such/file.pem", "not there"),
        ("H2O_CLIENT_CERTIFICATE", "/no/such/file.pem", "not there"),
        ("H2O_TRANSPORT", "pigeon", "httpx"),
        ("H2O_CONNECT_TIMEOUT", 0.0, "> 0"),
        ("H2O_START_TIMEOUT", -1.0, "> 0"),
        ("H2O_SILENCE_TIMEOUT", float("inf"), "86400"),
        ("H2O_MAX_STREAMS", 0, ">= 1"),
        ("H2O_TRIES", 99, "10"),
        ("H2O_MODELS", "[not json", "JSON"),
        ("H2O_MODELS", '[{"name": ""}]', "length"),
        ("H2O_SERVERS", "[not json", "JSON"),
        ("H2O_SERVERS", '{"url": "x"}', "list"),
        ("H2O_SERVERS", "/no/such/servers.json", "cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name, value, words):
    with pytest.raises(ServerConfigError) as error:
        servers_from_settings({"H2O_URL": URL} | {name: value})
    assert str(error.value).startswith(name)
    assert words in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "`url`"),
        ({"url": URL, "colour": "red"}, "`colour`"),
        ({"url": URL, "models": [{"name": "x", "colour": "red"}]}, "`colour`"),
        ({"url": "nowhere"}, "url should be an address"),
        ({"url": URL, "tries": "three"}, "tries cannot be used"),
    ],
)
def test_a_mistake_in_the_list_names_the_servers_number(entry, words):
    text = json.dumps([{"url": "http://fine.example.org"}, entry])
    with pytest.raises(ServerConfigError) as error:
        servers_from_settings({"H2O_SERVERS": text})
    assert str(error.value).startswith("H2O_SERVERS, server 2: ")
    assert words in str(error.value)


def test_two_servers_of_one_name_are_refused():
    text = json.dumps([{"url": URL}, {"url": URL}])
    with pytest.raises(ServerConfigError, match="each its own name"):
        servers_from_settings({"H2O_SERVERS": text})


def test_every_variable_is_one_of_a_server():
    assert all(name.startswith("H2O_") for name in VARIABLES.values())
    assert len(set(VARIABLES.values())) == len(VARIABLES)
