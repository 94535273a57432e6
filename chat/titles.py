"""A conversation's title, made by the model after the first exchange.

Until then, and where the model has nothing useful to say, the title is the first words.
"""

import re
from contextlib import aclosing

from chat.backends import Backend
from chat.wire.deltas import Text
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn

EXCERPT = 1500  # characters of each side that the model reads: enough to see what it is about
LONGEST = 60  # characters of a title
PATIENCE = 400  # characters after which a model that does not stop talking is left
INSTRUCTION = (
    "Write a title for this conversation: three to six words, in its own language, "
    "without quotation marks. Answer with the title only."
)
PARAMETERS = Parameters(temperature=0.2, max_tokens=24)


async def make(backend: Backend, model: str, question: str, answer: str) -> str | None:
    """The model's title for an exchange, or None if it gave none that is fit to show.

    Raises BackendError.
    """
    said = f"Question:\n{question[:EXCERPT]}\n\nAnswer:\n{answer[:EXCERPT]}\n\n{INSTRUCTION}"
    written = ""
    async with aclosing(
        backend.stream(ChatRequest(model, (Turn("user", said),), PARAMETERS))
    ) as stream:
        async for deltas in stream:
            written += "".join(delta.text for delta in deltas if isinstance(delta, Text))
            if len(written) > PATIENCE:
                break
    return tidy(written)


def tidy(written: str) -> str | None:
    """A title from what a model wrote: its first line, without marks around it."""
    line = next((line for line in written.strip().splitlines() if line.strip()), "")
    # Small models begin with what they were asked for.
    line = re.sub(r"^\W*(?:title|three to six words)\s*:\s*", "", line, flags=re.IGNORECASE)
    line = " ".join(line.strip(" \t#*_`\"'“”„«».").split())
    return line if 0 < len(line) <= LONGEST else None
