"""The forms of a page, and what each would send as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """Where a form sends its fields to, and what they are as long as nobody changes them."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


def forms_of(page: str) -> list[Form]:
    """All forms of a page of HTML, those with neither a field nor a button left out."""
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if form.fields]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attributes: Attributes) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option":
            if "selected" in given or self._select not in self._fields:
                self._note(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._note(self._textarea, "")
        elif tag == "button" or (tag == "input" and self._counts(given)):
            self._note(given.get("name", ""), given.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._note(self._textarea, data)

    @property
    def _fields(self) -> dict[str, str]:
        return self.forms[-1].fields if self.forms else {}

    def _counts(self, given: dict[str, str]) -> bool:
        is_one_of_many = given.get("type") == "radio" and given.get("name") not in self._fields
        return (
            given.get("type") not in ("checkbox", "radio") or "checked" in given or is_one_of_many
        )

    def _note(self, name: str, value: str) -> None:
        if name:
            self._fields[name] = value
