import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.wire import errors


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "no such model", "type": "x", "code": 404}}, "no such model"),
        ({"error": "rate limit exceeded"}, "rate limit exceeded"),
        ({"error": "overloaded", "error_type": "overloaded"}, "overloaded"),
        ({"detail": "Unauthorized"}, "Unauthorized"),
        ({"detail": {"error": {"message": "not available", "code": 500}}}, "not available"),
        ({"detail": [{"loc": ["body", "stop", 0], "msg": "Too long"}]}, "stop.0: Too long"),
        ({"detail": [{"msg": "Field required"}]}, "Field required"),
        ({"message": "Internal Error"}, "Internal Error"),
        ({"type": "error", "error": {"message": "Internal Error"}}, "Internal Error"),
        ({"object": "error", "message": "bad", "code": 400}, "bad"),
        ({"error": {"message": "busy", "http_status_code": 429}}, "busy"),
        ({"error": True, "message": "bad"}, "bad"),
        ([{"error": {"message": "bad"}}], "bad"),
        ("just text", "just text"),
        ({"error": 42}, "42"),
        ({"error": {}}, ""),
        ({"error": None, "detail": None}, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_the_message_is_found_in_every_shape(body, message):
    assert errors.message_in(json.dumps(body).encode()) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"no healthy upstream\n", "no healthy upstream"),
        (b"<html><head><title>502 Bad Gateway</title></head><body>x", "502 Bad Gateway"),
        (b"<h1>Gone</h1>\r\n<p>for &lt;good&gt;</p>", "Gone for <good>"),
        (b"\xff\xfe\x00\x1b[31m", "\ufffd\ufffd [31m"),
        (b"a\xe2\x80\xae\xe2\x80\xa8b\r\n\tc", "a b c"),
        (b'{"error": "cut in ha', '{"error": "cut in ha'),
        (b"x" * 1_000_000, "x" * 299 + "…"),
        (b"[" * 100_000, "[" * 299 + "…"),
    ],
)
def test_any_body_becomes_one_plain_line(body, message):
    assert errors.message_in(body) == message


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, b'{"detail":"Unauthorized"}', "refused the API key (HTTP 401). Check H2O_API_KEY."),
        (404, b"", "does not know this address or model (HTTP 404). Check H2O_URL and H2O_MODEL."),
        (407, b"", "The proxy wants a sign-in (HTTP 407). Check H2O_PROXY."),
        (302, b"", "Check H2O_URL: it must be the final address."),
        (400, b'{"error":{"message":"too long."}}', "refused the request (HTTP 400: too long)."),
        (418, b"", "The model server refused the request (HTTP 418)."),
        (500, b"", "The model server failed (HTTP 500)."),
        (503, b"<title>503 Service Unavailable</title>", "is not ready (HTTP 503)."),
        (503, b'{"error":{"message":"Loading model"}}', "still loading its model"),
        (999, b"odd", "The model server failed (HTTP 999: odd)."),
    ],
)
def test_a_refusal_becomes_a_sentence(status, body, sentence):
    assert sentence in errors.explain(status, {}, body)


def test_a_refusal_says_how_long_to_wait():
    sentence = errors.explain(429, {"Retry-After": "20"}, b'{"error":"slow down"}')
    assert sentence.endswith("(HTTP 429: slow down). Try again in 20 seconds.")


def explain_h2o(status: int, body: bytes, step: errors.Step, url: str = "https://h2o.test") -> str:
    return errors.explain_h2o(status, {}, body, step=step, url=url, model="h2oai/x")


@pytest.mark.parametrize(
    ("status", "step", "message", "part"),
    [
        (401, "settings", "", "Set H2O_URL to a server without one"),
        (403, "settings", "Invalid referer for POST request", "H2O_URL must be exactly"),
        (403, "settings", "need to have an origin", "Set H2O_DIALECT to openai"),
        (403, "settings", "no", "does not allow this (HTTP 403: no)"),
        (404, "message", "Conversation not found", "no longer has this conversation"),
        (404, "conversation", "Not found", "Check H2O_URL"),
        (429, "message", "Too many", "takes no more messages for now (HTTP 429: Too many)"),
        (500, "settings", "", 'refused the model "h2oai/x" (HTTP 500). Check H2O_MODEL;'),
        (500, "conversation", "", 'refused the model "h2oai/x" (HTTP 500). Check H2O_MODEL.'),
        (500, "message", "", 'could not answer with the model "h2oai/x"'),
        (422, "message", "1024 tokens", "refused the request (HTTP 422: 1024 tokens)"),
        (302, "message", "", "sends elsewhere"),
    ],
)
def test_a_step_that_is_refused_names_the_setting_to_change(status, step, message, part):
    assert part in explain_h2o(status, json.dumps({"message": message}).encode(), step)


def test_a_cookie_lost_over_http_is_told_from_a_welcome_page_not_accepted():
    body = b'{"error":"You need to accept the welcome modal first"}'
    assert "https only" in explain_h2o(405, body, "conversation", "HTTP://h2o.test")
    assert "https only" not in explain_h2o(405, body, "conversation")
    assert "H2O_DIALECT" in explain_h2o(405, body, "conversation")


def test_an_error_amid_an_answer_becomes_a_sentence():
    assert (
        errors.reported("Out of\nmemory.") == "The model server reported an error: Out of memory."
    )
    assert errors.reported("") == "The model server reported an error: it gives no reason."


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("20", 20.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("999999999", 86_400.0),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 08:00:30", 30.0),
        ("Monday, 23-Nov-26 08:00:30 GMT", 30.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        ("99999999999", None),
        ("Mon, 99 Nov 2026 08:00:00 GMT", None),
    ],
)
def test_the_time_to_wait_is_read_from_seconds_or_a_date(value, seconds):
    now = 1_795_420_800.0  # Mon, 23 Nov 2026 08:00:00 GMT
    assert errors.retry_after({"retry-AFTER": value}, now) == seconds


def test_a_date_without_a_zone_is_in_utc_wherever_the_server_stands(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        wait = errors.retry_after({"retry-after": "Mon, 23 Nov 2026 08:00:30"}, 1_795_420_800.0)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert wait == 30.0


def test_without_the_header_there_is_no_time_to_wait():
    assert errors.retry_after({"date": "x"}, 0.0) is None


@given(st.integers(100, 999), st.text(max_size=40), st.binary(max_size=200))
@example(503, "9" * 20, b'{"detail":[{"msg":1}]}')
@example(500, "Mon, 1 Jan 0001 00:00:00 +9999", b'{"detail":[{"msg":"a","loc":{}}]}')
@example(200, "", b'{"error":' * 50 + b"1" + b"}" * 50)
def test_nothing_raises_and_every_sentence_is_one_line(status, wait, body):
    headers = {"retry-after": wait}
    errors.retry_after(headers, 0.0)
    for step in ("settings", "conversation", "message"):
        sentence = errors.explain_h2o(status, headers, body, step=step, url=wait, model=wait)
        assert sentence.isprintable()
        assert sentence.endswith((".", "…"))
        assert len(sentence) < 800
