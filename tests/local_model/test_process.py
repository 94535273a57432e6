import signal

import pytest

from local_model.process import why_it_ended

CORRUPT = (
    "0.05 E llama_model_load: error loading model: tensor 'x' data is not within the file bounds\n"
)


@pytest.mark.parametrize(
    ("code", "error", "words", "clause"),
    [
        (1, "", [CORRUPT], "its file cannot be loaded (tensor 'x' data is not within the file"),
        (1, "its file cannot be loaded (no luck)", ["other words"], "its file cannot be loaded (n"),
        (-signal.SIGILL, "", [], "this processor lacks instructions that it needs (AVX2)"),
        (-signal.SIGKILL, "", [], "the system ended it while it was loading, most likely for want"),
        (-signal.SIGSEGV, "", [], "it crashed while it was loading (SIGSEGV)"),
        (3, "", [], "it ended while it was loading"),
    ],
)
def test_each_way_to_end_while_loading_is_told(code, error, words, clause):
    assert why_it_ended(code, error, words).startswith(clause)
