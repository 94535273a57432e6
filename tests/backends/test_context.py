"""A refusal's body is a stranger's: it costs no more than a moment, whatever it says."""

import time

from chat.backends.context import context_exceeded
from chat.backends.errors import Refused

SIZE = 1 << 16  # bytes


def test_a_body_that_begins_what_is_looked_for_again_and_again():
    words = (b"exceed_context_size_error", b'"n_prompt_tokens":1')
    body = b"".join(word * (SIZE // 2 // len(word)) for word in words)
    began = time.process_time()
    context_exceeded(Refused("Refused.", status=400, body=body))
    assert time.process_time() - began < 1  # where each beginning leads to the end: minutes
