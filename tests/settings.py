"""The settings under test: those of a new checkout, whatever this shell or ``.env`` says.

Every process of a test run gets a DATA_DIR of its own; the weights of the embedded
model, which are large and never written to, are shared with the application.
"""

import atexit
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_SCRATCH = PROJECT / "var" / "test"


def variables() -> list[str]:
    """The names of the environment variables that the settings read."""
    source = (PROJECT / "h2oweb" / "settings.py").read_text()
    return re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z0-9_]+)"', source)


def _is_left_over(directory: Path) -> bool:
    """Whether the process that made this directory, ``<pid>-<random>``, is gone."""
    return not Path("/proc", directory.name.split("-")[0]).exists()


def _own_data_dir() -> str:
    _SCRATCH.mkdir(parents=True, exist_ok=True)
    for directory in _SCRATCH.iterdir():
        if _is_left_over(directory):
            shutil.rmtree(directory, ignore_errors=True)
    made = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=_SCRATCH)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


for _name in variables():
    os.environ.pop(_name, None)
if "TEST_DATABASE_URL" in os.environ:  # a server that a test run was started for
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
os.environ["ENV_FILE"] = os.devnull
os.environ["DATA_DIR"] = _own_data_dir()
os.environ["MODEL_DIR"] = str(PROJECT / "var" / "models")

from h2oweb.settings import *  # noqa: E402, F403
from h2oweb.settings import LIMITS, MODEL_SERVERS, STATIC_ROOT, STORAGES  # noqa: E402
from tests.canary_words import API_KEY  # noqa: E402

# A secret that no log, page or frame of any test may show.
H2O_API_KEY = API_KEY
MODEL_SERVERS = tuple(replace(server, api_key=API_KEY) for server in MODEL_SERVERS)

# Pages are rendered without a collected manifest; the collected one is tried in the browser.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}

# What a test does in a second takes a person a day; limits have tests of their own.
LIMITS = dict.fromkeys(LIMITS, 0)

# What makes a password hash good makes a test slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
