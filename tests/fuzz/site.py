"""What anybody may send: commands for the socket, and requests for every address."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec
from django.forms import BaseForm
from hypothesis import strategies as st

from chat.wire.commands import Command
from chat.wire.settings import AnswerSettings, PreferenceChanges, PresetValues, PromptValues
from tests.fuzz.schemas import allowed
from tests.security.test_permissions import METHODS, Row, path_of, rows

#: What is in a query, or is asked for by no form.
FIELDS = (
    "action after archived before confirm conversation day format id in login message next order"
    " page password q reason run text title token values verdict _popup _to_field"
    " _changelist_filters p o e all __class__"
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
#: The addresses whose body is JSON, and what they take.
BODIES = {
    "preferences/": PreferenceChanges,
    "c/<uuid:pk>/settings/": AnswerSettings,
    "presets/": PresetValues,
    "presets/<int:pk>/": PresetValues,
    "prompts/": PromptValues,
    "prompts/<int:pk>/": PromptValues,
}
BRINGING = "import/"

Fields = dict[str, Any]


# --- the socket ---------------------------------------------------------------------

#: What stands in a frame for an id of who sends it, who is not known before.
OWN = {name: f"@own-{name}" for name in ("id", "conversation", "run", "reply")}
NEW = "@new"  # and for one that the page makes: each is another, in whatever test it is sent
LIKELY = 9  # times as often as another id of those that come to nothing


def commands(known: list[str]) -> st.SearchStrategy[str]:
    """Frames: commands as they should be, with ids of one's own in them or with those that are
    ``known``; commands with any values; and any text. See ``OWN``.
    """
    ids = st.sampled_from([*OWN.values(), *known]) | IDS
    values = ids | JSON
    right = allowed(msgspec.json.schema(Command), lambda kind, name: _likely(kind, name) | ids)
    shaped = st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries(
            {"type": st.just(kind)}, optional=dict.fromkeys(KINDS[kind], values)
        )
    )
    strange = st.dictionaries(st.sampled_from(["type", *FIELDS]), values, max_size=5)
    return (right | right | right | shaped | strange).map(_dumps) | st.text(max_size=60)


def _likely(kind: str, name: str) -> st.SearchStrategy[Any]:
    """The id with which a command of this kind is obeyed."""
    made_by_the_page = {("Say", "id"), ("Say", "reply"), ("Retry", "reply"), ("Continue", "run")}
    meant = {"parent": "reply", "message": "reply"}.get(name, name)
    right = NEW if (kind, name) in made_by_the_page else OWN[meant]
    return st.one_of([st.just(right)] * LIKELY)


def _dumps(value: Any) -> str:
    return json.dumps(value).encode("utf-8", "replace").decode()


# --- pages --------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One request: where to, how, and with what: fields, or a body of JSON."""

    row: Row
    path: str
    method: str
    fields: Fields
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """What who asks knows: things of their own and of another's, and the forms of their pages.

    What may be sent is made up once for each address, when it is first asked for: Hypothesis
    looks each strategy over before it draws from it, which takes longer than many a page.
    """

    own: dict[str, Fields]
    others: dict[str, Fields]
    forms: dict[str, list[Fields]] = field(default_factory=lambda: defaultdict(list))
    item: Any = None  # a conversation as it is taken along
    _made: dict[tuple[Row, str, bool], st.SearchStrategy[Asked]] = field(default_factory=dict)

    def requests(self, addresses: list[tuple[Row, str]]) -> st.SearchStrategy[Asked]:
        """A request for any of these addresses, about a thing of one's own or of another's."""
        drawn = st.tuples(st.sampled_from(addresses), st.booleans())
        return drawn.flatmap(lambda each: self.request(*each[0], is_others=each[1]))

    def request(
        self, row: Row, method: str, *, is_others: bool = False
    ) -> st.SearchStrategy[Asked]:
        """A request as a page would send it, which is the simplest, or in any other way.

        It is about a thing of one's own, or about another's.
        """
        key = (row, method, is_others)
        if key not in self._made:
            right = self._by(method, row, is_others)
            others = [self._by(each, row, is_others) for each in ("GET", "POST")]
            self._made[key] = st.one_of([right, right, right, *others])
        return self._made[key]

    def _by(self, method: str, row: Row, is_others: bool) -> st.SearchStrategy[Asked]:
        about = (self.others if is_others else self.own)[row.thing]
        things = st.just(about)
        noise = st.fixed_dictionaries(
            {}, optional=dict.fromkeys({*about, "pk", "object_id"}, IDS | TEXTS)
        )
        paths = (things | things | noise).map(lambda values: path_of(row.route, values))
        return st.builds(
            Asked,
            st.just(row),
            paths,
            st.just(method),
            self._fields(row, method),
            self._bodies(row) if method == "POST" else st.none(),
            st.just(about.get("headers", {})),
        )

    def _fields(self, row: Row, method: str) -> st.SearchStrategy[Fields]:
        """A form of the page that sends it here, with no, one or some of its fields changed."""
        own = self.own[row.thing]
        meant = [*self.forms[row.route], own] if method == "POST" else [own.get("query", {})]
        ids = [str(each) for each in (own | self.others[row.thing]).values()]
        values = st.sampled_from(ids or [""]) | IDS | TEXTS

        def changed(form: Fields) -> st.SearchStrategy[Fields]:
            names = st.sampled_from([*form, *FIELDS]) | st.sampled_from(NAMES)
            changes = st.dictionaries(names, values | st.none(), max_size=4)
            return (st.just({}) | changes).map(
                lambda new: {
                    name: value for name, value in (form | new).items() if value is not None
                }
            )

        return st.one_of([changed(form) for form in meant])

    def _bodies(self, row: Row) -> st.SearchStrategy[str | None]:
        if row.route == BRINGING:
            return (st.lists(_spoilt(self.item), max_size=3) | JSON).map(_dumps)
        if kind := BODIES.get(row.route):
            named = {"name": "n"} if "name" in kind.__struct_fields__ else {}
            right = allowed(msgspec.json.schema(kind), lambda *_: IDS).map(lambda new: named | new)
            return (right | right.flatmap(_spoilt) | JSON).map(_dumps)
        return st.none()


def asked_for() -> list[tuple[Row, str]]:
    """Every row of the table that is about an address, with each of its methods."""
    return [(row, method) for row in rows() for method in METHODS[row.method]]


def _spoilt(value: Any) -> st.SearchStrategy[Any]:
    """This value of JSON, as it is or with something in it replaced by anything."""
    places = [place for place in _places(value) if place]
    if not places:
        return JSON
    replaced = st.builds(_with, st.just(value), st.sampled_from(places), JSON)
    return st.just(value) | replaced


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    yield ()
    names: Any = value if isinstance(value, dict) else ()
    for name in range(len(value)) if isinstance(value, list) else names:
        for place in _places(value[name]):
            yield (name, *place)


def _with(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = _with(value[place[0]], place[1:], new)
    return changed


def _kinds(kind: type) -> Iterator[type]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


#: The names of the fields of all forms that the site has.
NAMES = sorted({name for kind in _kinds(BaseForm) for name in getattr(kind, "base_fields", {})})
