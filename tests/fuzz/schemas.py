"""Values that a JSON schema allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

#: The ids for a field, by the title of what has it and its name: ``ids("Say", "parent")``.
Ids = Callable[[str, str], st.SearchStrategy[Any]]
Schema = dict[str, Any]


def allowed(schema: Schema, ids: Ids) -> st.SearchStrategy[Any]:
    """What fits ``schema``, as ``msgspec.json.schema`` writes them; its UUIDs are of ``ids``."""
    return _Reader(schema.get("$defs", {}), ids).read(schema)


class _Reader:
    def __init__(self, kinds: dict[str, Schema], ids: Ids) -> None:
        self._kinds, self._ids = kinds, ids

    def read(self, schema: Schema, owner: str = "", name: str = "") -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            return self.read(self._kinds[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return st.one_of([self.read(each, owner, name) for each in schema["anyOf"]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                inner = self.read(schema["items"], owner, name)
                return st.lists(inner, max_size=schema.get("maxItems", 3))
            case "string":
                return self._text(schema, owner, name)
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
            case "integer" | "number" as kind:
                numbers = st.integers if kind == "integer" else st.floats
                return numbers(schema.get("minimum", 0), schema.get("maximum", 1000))
        raise ValueError(f"Nobody has said what fits {schema}.")

    def _object(self, schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
        title = schema.get("title", "")
        fields = {name: self.read(kind, title, name) for name, kind in schema["properties"].items()}
        required = {name: fields.pop(name) for name in schema.get("required", [])}
        return st.fixed_dictionaries(required, optional=fields)

    def _text(self, schema: Schema, owner: str, name: str) -> st.SearchStrategy[Any]:
        if schema.get("format") == "uuid":
            return self._ids(owner, name)
        letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        longest = min(schema.get("maxLength", 30), 30)
        return st.text(letters, min_size=1, max_size=longest)
