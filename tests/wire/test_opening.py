import pytest

from chat.wire.opening import Body, Opening
from tests.wire.splits import single


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (b"data: a", "events"),
        (b": ping", "events"),
        (b"\xef\xbb\xbf\r\n\r\ndata: a", "events"),
        (b"no healthy upstream", "events"),
        (b' \n{"type":"status"}', "object"),
        (b"[{}]", "list"),
        (b"\n<!doctype html>", "page"),
        (b"\xef\xbb\xbf", "unknown"),
        (b"", "unknown"),
    ],
)
def test_the_first_byte_that_says_something_decides(stream, kind):
    for chunks in ([stream], single(stream)):
        opening = Opening()
        passed = b"".join(opening.feed(chunk) for chunk in chunks)
        assert opening.kind == kind
        assert passed == stream.lstrip(b"\xef\xbb\xbf \r\n")


def test_a_body_is_gathered_up_to_its_limit():
    body = Body(limit=4)
    assert body.feed(b"ab")
    assert body.feed(b"cd")
    assert body.held == 4
    assert body.take() == b"abcd"
    assert body.held == 0


def test_a_body_over_its_limit_is_not_held():
    body = Body(limit=4)
    assert body.feed(b"abcd")
    assert not body.feed(b"e")
    assert body.held == 0
