"""The process that runs the model: llama.cpp and its own HTTP server, in native threads.

It is given a JSON object of Settings as its argument and the key in the environment,
says in one JSON line on its standard output that it is loaded and where, or why not, and
ends when its standard input closes. A process of its own, because loading holds the
interpreter up for seconds and a crash of native code ends the process.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from local_model import leash

KEY = "LOCAL_MODEL_API_KEY"
BATCH = 128  # tokens; at 2048 a cancelled long prompt held everyone else up for 18 s, now for 2
PROMPT_CACHE = 128  # MB of prompts kept beside those of the running conversations
MOST_THREADS = 8  # a small model is held up by more of them waiting for each other
HTTP_THREADS = 32  # each waiting or streaming connection takes one
POLITE = 5  # the web process goes first
ERRORS_ONLY = 1  # the verbosity at which nothing of a prompt is logged


class Settings(msgspec.Struct, frozen=True):
    """What to run. ``context`` is in tokens, for each of ``parallel`` conversations."""

    path: str
    name: str
    context: int
    parallel: int
    cores: int
    temperature: float
    top_p: float
    repeat_penalty: float
    max_tokens: int


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one line on standard output: an address, or a reason as a clause."""

    url: str = ""
    error: str = ""


def main() -> None:
    """Load the model and serve it until standard input closes."""
    leash.hold()
    os.nice(POLITE)
    answers = _own_output()
    # Waiting threads that spin are faster alone and collapse beside anything else. The
    # library reads this when it is imported.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    try:
        server = load(settings, os.environ.pop(KEY))
    except ImportError as error:
        _end(answers, Answer(error=f"xllamacpp, which runs it, cannot be used here ({error})"))
    except RuntimeError as error:
        _end(answers, Answer(error=f"its file cannot be loaded ({error})"))
    else:
        _say(answers, Answer(url=f"{server.listening_address}/v1"))
        leash.wait()


def load(settings: Settings, key: str) -> Any:
    """The running server. Raises ImportError without the library, RuntimeError without luck."""
    import xllamacpp

    return xllamacpp.Server(_parameters(xllamacpp.CommonParams(), settings, key))


def _parameters(parameters: Any, settings: Settings, key: str) -> Any:
    parameters.model.path = settings.path
    parameters.model_alias = {settings.name}
    # Each conversation has a part of the cache to itself: in a common one, four long
    # conversations at once fill it, and all four are ended with an error.
    parameters.n_parallel = settings.parallel
    parameters.n_ctx = settings.parallel * settings.context
    parameters.kv_unified = False
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.cache_ram_mib = PROMPT_CACHE
    threads = min(settings.cores, MOST_THREADS)
    parameters.cpuparams.n_threads = max(1, threads - 1)
    parameters.cpuparams_batch.n_threads = threads
    parameters.fit_params = False  # it would load the file once more, to fit it to a graphics card
    parameters.offline = True
    parameters.verbosity = ERRORS_ONLY
    _set_up_sampling(parameters, settings)
    _set_up_http(parameters, key)
    return parameters


def _set_up_sampling(parameters: Any, settings: Settings) -> None:
    parameters.sampling.temp = settings.temperature
    parameters.sampling.top_p = settings.top_p
    parameters.sampling.penalty_repeat = settings.repeat_penalty
    parameters.n_predict = settings.max_tokens


def _set_up_http(parameters: Any, key: str) -> None:
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.cors_origins = ""  # by default the page of any site may ask
    parameters.cors_credentials = False
    parameters.n_threads_http = HTTP_THREADS
    parameters.ui = False


def _own_output() -> int:
    """Standard output for us alone: what the library prints goes to standard error."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _end(answers: int, answer: Answer) -> None:
    _say(answers, answer)
    os._exit(1)


def _say(answers: int, answer: Answer) -> None:
    os.write(answers, msgspec.json.encode(answer) + b"\n")


if __name__ == "__main__":
    main()
