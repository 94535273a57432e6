"""What anybody may send: commands for the socket, and requests for every address."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st

from chat.wire.commands import Command
from tests.security.test_permissions import METHODS, rows

#: Field names of the site's forms, and of what is not asked for.
FIELDS = (
    "action after confirm conversation csrfmiddlewaretoken data day email format id language"
    " message model name next order page password q reason run text title token username"
    " values verdict _popup _to_field _changelist_filters p o e all __class__"
).split()
IDS = st.uuids().map(str) | st.sampled_from(["", "0", "-1", "null", "../..", "%00", "1" * 40])
TEXTS = (
    st.text(max_size=30)
    | IDS
    | st.sampled_from(["//evil.example", "\0", "\ud83d", "x" * 5000, "' OR 1=1 --", "{{7*7}}"])
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KINDS = {
    str(kind.__struct_config__.tag): kind.__struct_encode_fields__ for kind in get_args(Command)
}


@dataclass(frozen=True)
class Asked:
    """One request: where to, how, and with what."""

    path: str
    method: str
    fields: dict[str, str]


def commands(known: list[str]) -> st.SearchStrategy[str]:
    """Frames: commands with any values, some of them ids that are there, and any text."""
    values = st.sampled_from(known) | IDS | JSON
    shaped = st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries(
            {"type": st.just(kind)}, optional=dict.fromkeys(KINDS[kind], values)
        )
    )
    strange = st.dictionaries(st.sampled_from(["type", *FIELDS]), values, max_size=5)
    return (shaped | strange).map(_dumps) | st.text(max_size=60)


def _dumps(value: Any) -> str:
    return json.dumps(value).encode("utf-8", "replace").decode()


def requests(known: list[str]) -> st.SearchStrategy[Asked]:
    """A request for any address of the table, with any values in it, in its query or its form."""
    values = st.sampled_from(known) | IDS | TEXTS

    def at(row: Any) -> st.SearchStrategy[Asked]:
        places = re.findall(r"<[^>]+>|\(\?P.*", row.route)
        return st.builds(
            lambda filled, method, fields: Asked(_path(row.route, filled), method, fields),
            st.lists(values, min_size=len(places), max_size=len(places)),
            st.sampled_from(METHODS[row.method] or ("GET",)) | st.sampled_from(["GET", "POST"]),
            st.dictionaries(st.sampled_from(FIELDS), values, max_size=5),
        )

    return st.sampled_from([row for row in rows() if row.method != "WS"]).flatmap(at)


def _path(route: str, filled: list[str]) -> str:
    values = iter(filled)
    path = re.sub(r"<[^>]+>|\(\?P.*", lambda _: next(values), route)
    return f"/{path.strip('^$')}".replace("\\", "")
