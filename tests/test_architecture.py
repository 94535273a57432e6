"""Who may import whom: the table, and every module held to it.

A module follows the row of the longest prefix of its name. The standard library is
open to all but the pure modules, which may not wait, open or start anything.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "chat", "h2oweb", "local_model", "review", "search")

#: What shows pages: it reads models, and never reaches what writes answers.
PAGE = "chat.answer_details chat.answer_settings chat.context_use chat.forms chat.models"
PAGE += " chat.plurals chat.sentences chat.sidebar chat.signals chat.thread chat.wire.commands"
PAGE += " chat.wire.events chat.wire.parameters chat.wire.settings django"

TABLE = {
    # the answer: from the model server's bytes to the browser's frames
    "chat.wire": "chat.wire msgspec",
    "chat.backends": "chat.backends chat.wire aiohttp certifi h11 httpx httpx_aiohttp msgspec",
    "chat.plurals": "babel django",
    "chat.prompts": "chat.wire",
    "chat.models": "chat.models chat.wire.sentences django",
    "chat.database": "django.db",
    "chat.doorbell": "",
    "chat.layer_doorbell": "chat.doorbell",
    "chat.metrics": "prometheus_client",
    "chat.traces": "opentelemetry",
    "chat.gathering": "",
    "chat.run_log": "chat.traces chat.wire.events chat.wire.sentences",
    "chat.journal": (
        "chat.database chat.doorbell chat.gathering chat.metrics chat.models chat.run_log"
        " chat.traces chat.wire.events chat.wire.sentences django.db"
    ),
    "chat.replay": "chat.models chat.wire.events",
    "chat.behind": "chat.database chat.journal django.db",
    "chat.erasing": "chat.behind chat.journal chat.models chat.signals django.db",
    "chat.liveness": "chat.journal chat.metrics chat.models django.db",
    "chat.standing": "django",
    "chat.pace": "",
    "chat.attendance": "chat.database chat.doorbell chat.pace chat.standing django.db",
    "chat.refusal": "chat.wire.events",
    "chat.limits": "chat.models chat.refusal chat.wire.events chat.wire.sentences django",
    "chat.titles": "chat.backends chat.wire",
    "chat.turns": (
        "chat.limits chat.models chat.prompts chat.refusal chat.replay chat.signals chat.wire"
        " django.db msgspec"
    ),
    "chat.catalogue": (
        "chat.backends chat.journal chat.models chat.refusal chat.turns chat.wire.request"
        " chat.wire.sentences"
        " django.db msgspec"
    ),
    "chat.live_run": (
        "chat.backends chat.catalogue chat.metrics chat.models.run chat.prompts chat.run_log"
        " chat.traces chat.turns chat.wire msgspec"
    ),
    "chat.runs": (
        "chat.attendance chat.backends chat.catalogue chat.database chat.doorbell chat.journal"
        " chat.limits chat.live_run chat.liveness chat.metrics chat.models chat.refusal"
        " chat.replay chat.run_log chat.titles chat.traces chat.turns chat.wire django.db"
    ),
    "chat.consumers": (
        "autobahn.exception channels chat.attendance chat.doorbell chat.frames chat.metrics"
        " chat.models chat.refusal chat.runs chat.standing chat.turns chat.wire"
    ),
    "chat.routing": "channels chat.consumers chat.runs django.urls",
    # the pages
    "chat.admin": f"chat.admin {PAGE}",
    "chat.answer_details": "chat.answer_settings chat.models django.utils",
    "chat.answer_settings": "chat.models chat.wire django.utils",
    "chat.apps": "django.apps django.utils.translation",
    "chat.content_policy": "csp.decorators",
    "chat.context_use": "chat.models chat.prompts",
    "chat.forms": PAGE,
    "chat.frames": "chat.sentences chat.wire.events django.utils.translation msgspec",
    "chat.taking": (
        "chat.models chat.signals chat.taking chat.thread chat.wire.commands chat.wire.parameters"
        " django msgspec zipstream"
    ),
    "chat.taking.chatgpt": "chat.taking msgspec",
    "chat.taking.values": "msgspec",
    "chat.sidebar": f"chat.turns {PAGE}",
    "chat.sentences": "babel django",
    "chat.signals": "django.dispatch",
    "chat.templatetags": f"chat.limits {PAGE}",
    "chat.thread": PAGE,
    "chat.urls": "chat.models chat.views chat.wire.settings django.urls",
    "chat.views": f"chat.content_policy chat.taking chat.views h2oweb.sending msgspec {PAGE}",
    "accounts": (
        "accounts allauth asgiref cryptography.fernet csp.decorators django h2oweb.sending requests"
        " zipstream"
    ),
    # what was said, found again
    "search": "chat.models django.contrib.auth django.core.exceptions django.db search",
    "search.apps": "django.apps",
    "search.excerpts": "search.words",
    "search.indexing": "chat.behind chat.journal chat.models django.db search",
    "search.management": "django h2oweb.progress search",
    "search.ranking": "search.words",
    "search.urls": "django.urls search.views",
    "search.views": "chat.views.common django search.find",
    "search.words": "Stemmer",
    # transcript review: it reads the chat's models, and the chat does not know it
    "review": (
        "accounts.roles chat.admin chat.content_policy chat.models chat.sentences chat.thread"
        " django review search.excerpts search.find search.words"
    ),
    "review.admin.datasets": "accounts.roles asgiref chat.admin django review",
    "review.agreement": "numpy",
    "review.dashboard": "django msgspec review",
    "review.digesting": "chat.models django py3langid review.models",
    "review.management": "accounts.roles chat.models django h2oweb.progress review search.indexing",
    "review.cells": "",
    "review.datasets": "chat.models chat.wire.sentences django msgspec review",
    "review.datasets.parquet": "pyarrow",
    "review.redaction": "review.telephones search.words stdnum",
    "review.telephones": "phonenumbers",
    "review.models": "chat.models django review.models",
    "review.apps": "chat.models chat.signals django review",
    "review.management.commands.apply_retention": "chat.erasing django h2oweb.progress review",
    "review.retention": (
        "chat.behind chat.database chat.journal chat.models chat.signals django.db review"
    ),
    "review.figures_behind": "chat.behind chat.database chat.journal review",
    "review.proof": "chat.behind chat.journal chat.models django review.models review.proof",
    # the parts around it
    "chat.management": "accounts chat django h2oweb msgspec",
    "local_model": (
        "chat.wire.sentences django httpx2 huggingface_hub local_model msgspec xllamacpp"
    ),
    "h2oweb": (
        "accounts babel channels chat csp django environs h2oweb local_model msgspec"
        " rcssmin review.figures_behind review.proof review.retention rjsmin search whitenoise"
    ),
    "h2oweb.asker": "asgiref django",
    "h2oweb.backup": "django h2oweb.backup h2oweb.settings msgspec psycopg",
    "h2oweb.health": "asgiref channels chat.models django redis.exceptions",
    "h2oweb.metrics": "django prometheus_client",
    "h2oweb.request_id": "asgiref chat.backends",
    "h2oweb.bootstrap": "h2oweb.progress",
    "h2oweb.progress": "",
    "h2oweb.sending": "asgiref",
    "h2oweb.server": "autobahn chat.pace daphne h2oweb.server twisted zope",
    "h2oweb.streams": "asgiref django",
    "h2oweb.vendor": "",
}

PURE = "chat.wire chat.prompts search.excerpts search.ranking"
IMPURE = "asyncio concurrent http.client logging multiprocessing os pathlib queue select"
IMPURE += " selectors shutil signal socket ssl subprocess tempfile threading urllib.request"


def modules() -> Iterator[tuple[str, Path]]:
    """Each module of the project, by its dotted name."""
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            parts = path.relative_to(PROJECT).with_suffix("").parts
            if "migrations" not in parts and path.read_text().strip():
                yield ".".join(part for part in parts if part != "__init__"), path


def imports(source: str) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it: ``from chat import runs`` too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            names = [f"{module}.{name.name}" for name in node.names]
            yield from names if module in PACKAGES else [module]


def is_in(name: str, allowed: str) -> bool:
    """Whether a dotted name is one of these, or lies within one."""
    return any(name == each or name.startswith(f"{each}.") for each in allowed.split())


def row_of(module: str) -> str:
    """The row that a module follows."""
    return max((row for row in TABLE if is_in(module, row)), key=len)


def forbidden(module: str, source: str) -> list[str]:
    """What a module imports though its row does not let it."""
    allowed = TABLE[row_of(module)]
    return [
        name
        for name in imports(source)
        if (
            is_in(module, PURE) and is_in(name, IMPURE)
            if name.split(".")[0] in sys.stdlib_module_names
            else not is_in(name, allowed) and not is_in(name, module)
        )
    ]


@pytest.mark.parametrize(
    ("module", "path"), [pytest.param(*each, id=each[0]) for each in modules()]
)
def test_a_module_imports_only_what_its_row_allows(module, path):
    assert forbidden(module, path.read_text()) == [], f"{module} follows the row {row_of(module)}"


@pytest.mark.parametrize("row", TABLE)
def test_each_row_is_about_something(row):
    assert any(is_in(module, row) for module, _ in modules())


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("chat.wire.sse", "import asyncio"),
        ("chat.wire.sse", "from django.db import models"),
        ("chat.prompts", "def f():\n    import pathlib"),
        ("chat.backends.openai", "from chat.models import Run"),
        ("chat.backends.openai", "from chat import runs"),
        ("chat.journal", "import httpx"),
        ("chat.journal", "from channels.layers import get_channel_layer"),
        ("chat.models.run", "from chat.runs import Runs"),
        ("chat.runs", "from chat.views import conversation"),
        ("chat.consumers", "from chat.backends import Backend"),
        ("chat.views", "from chat import runs"),
        ("chat.admin.runs", "from channels.layers import get_channel_layer"),
        ("chat.admin.servers", "from review.models import Reading"),
        ("review.models.queue", "from review.admin import QueueAdmin"),
        ("review.admin.items", "from chat.runs import Runs"),
        ("local_model.supervisor", "from chat.models import ModelServer"),
        ("h2oweb.bootstrap", "import django"),
    ],
)
def test_the_table_forbids_what_it_is_there_to_forbid(module, source):
    assert forbidden(module, source) != []
