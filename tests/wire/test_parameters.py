from typing import Any

import msgspec
import pytest

from chat.wire.parameters import Parameters


@pytest.mark.parametrize(
    ("name", "least", "most", "below", "above"),
    [
        ("temperature", 0, 2, -0.1, 2.1),
        ("top_p", 0.01, 1, 0, 1.1),
        ("top_k", 1, 1000, 0, 1001),
        ("min_p", 0, 1, -0.1, 1.1),
        ("repetition_penalty", 0.1, 2, 0, 2.1),
        ("presence_penalty", -2, 2, -2.1, 2.1),
        ("frequency_penalty", -2, 2, -2.1, 2.1),
        ("max_tokens", 1, 131_072, 0, 131_073),
        ("seed", 0, 2**31 - 1, -1, 2**31),
        ("stop", ["a"], ["a" * 100] * 4, [""], ["a"] * 5),
    ],
)
def test_s32_every_parameter_is_bounded(name: str, least: Any, most: Any, below: Any, above: Any):
    for value in (least, most):
        msgspec.convert({name: value}, Parameters)
    for value in (below, above, "much", [["a"]]):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: value}, Parameters)


def test_s32_every_parameter_has_its_bounds_tried_here():
    (marker,) = (
        mark
        for mark in test_s32_every_parameter_is_bounded.pytestmark
        if mark.name == "parametrize"
    )
    assert [row[0] for row in marker.args[1]] == list(Parameters.__struct_fields__)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"temperature": value}, Parameters)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"logit_bias": {}}, Parameters)


def test_what_is_not_set_is_not_written():
    assert msgspec.json.encode(Parameters(top_k=4)) == b'{"top_k":4}'
