import pytest

from chat.wire import loose
from chat.wire.loose import Mender


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'"\\ud83d"', "\ud83d"),
        (b'"\xff"', "\ufffd"),
        (b'"a\x01b"', "a\x01b"),
        (b"NaN", pytest.approx(float("nan"), nan_ok=True)),
    ],
)
def test_json_that_strict_readers_refuse_is_read(data, value):
    assert loose.decode(data) == value


@pytest.mark.parametrize(
    "data", [b"", b"{", b"hello", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"\xff\xfe"]
)
def test_what_is_no_json_is_told_and_raises_nothing(data):
    assert loose.decode(data) is loose.UNREADABLE


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (4, "4"), (0.5, "0.5"), (True, ""), (None, ""), ({"a": 1}, ""), (["a"], "")],
)
def test_numbers_where_strings_belong_are_written_out(value, text):
    assert loose.text_of(value) == text


@pytest.mark.parametrize(
    ("value", "count"),
    [(7, 7), (0, 0), (7.0, 7), (7.5, None), (-1, None), (2**31, None), (True, None), ("7", None)],
)
def test_only_what_a_column_takes_is_a_count(value, count):
    assert loose.count_of(value) == count


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["\ud83d", "\ude00"], "😀"),
        (["a\ud83d", "\ude00b"], "a😀b"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["\ud83d", "a"], "\ufffda"),
        (["\ude00a"], "\ufffda"),
        (["\ud83d", "\ud83d", "\ude00"], "\ufffd😀"),
        (["a\ud83d"], "a\ufffd"),
        (["a\0b"], "a\ufffdb"),
        (["\0\ud83d"], "\ufffd\ufffd"),
        (["Grüße 😀"], "Grüße 😀"),
    ],
)
def test_every_text_becomes_storable(pieces, text):
    mender = Mender()
    mended = [mender.mend(piece) for piece in pieces] + [mender.close()]
    assert "".join(mended) == text
    assert all(loose.storable(piece) for piece in mended)


def test_half_a_character_waits_for_the_other():
    mender = Mender()
    assert mender.mend("a\ud83d") == "a"
    assert mender.waits
    assert mender.mend("\ude00") == "😀"
    assert not mender.waits
