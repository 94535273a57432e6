"""S34: what somebody who sees only the sizes of frames can learn."""

import json
from uuid import uuid4

import pytest

from chat.frames import padded
from tests.chat.tab import Tab
from tests.scripted_model import finish, text

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = [f"{'ж' * length} " for length in range(1, 40)]


@pytest.mark.parametrize("frame", ["{}", '{"text":"ж"}', "x" * 255, "x" * 256, "x" * 257])
def test_s34_a_padded_frame_is_the_same_value_in_a_round_size(frame):
    assert len(padded(frame, 256).encode()) % 256 == 0
    assert padded(frame, 256).rstrip() == frame
    assert padded(frame, 0) == frame


@pytest.mark.parametrize("padding", [0, 512])
async def test_s34_words_are_gathered_and_padding_hides_their_lengths(
    alice, runs, scripted_model, padding
):
    scripted_model.plays(*map(text, WORDS), finish())
    async with Tab(runs, alice, padding=padding) as tab:
        keys = {name: uuid4() for name in ("id", "conversation", "reply")}
        await tab.send(type="say", text="Hello?", parent=None, **keys)
        raw = [await tab.get_raw()]
        while json.loads(raw[-1])["type"] != "run_finished":
            raw.append(await tab.get_raw())
    added = [frame for frame in raw if json.loads(frame)["type"] == "text_added"]
    assert "".join(json.loads(frame)["text"] for frame in added) == "".join(WORDS)
    assert len(added) < len(WORDS) / 4
    if padding:
        assert {len(frame.encode()) % padding for frame in raw} == {0}
