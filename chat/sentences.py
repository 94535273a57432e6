"""A stored sentence in the reader's language.

The English sentence is the key. One that was made from a template, such as "There is no
model named “{name}” here.", is recognised by that template, and what stood in its
places is put into the translation. A sentence that no catalogue knows stays as it is:
the words of a model server, say.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages import pofile
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language, to_locale

CONTEXT = "sentence"  # of these in the catalogues, beside the words of the page

_NUMBER = re.compile(r"\d{1,3}(,\d{3})*")


@dataclass(frozen=True)
class Translation:
    """A template's translation, and what a sentence made from the template looks like."""

    pattern: re.Pattern[str]
    words: str
    own_words: int  # characters of the template outside its places

    def of(self, sentence: str) -> str | None:
        """The sentence in the other language, or None where it is another one."""
        found = self.pattern.fullmatch(sentence)
        if found is None:
            return None
        return self.words.format(**{name: _value(text) for name, text in found.groupdict().items()})


def translated(sentence: str) -> str:
    """The sentence in the active language, or as it is where that is not known."""
    words = (translation.of(sentence) for translation in _translations(get_language() or ""))
    return next(filter(None, words), sentence)


@cache
def _translations(language: str) -> list[Translation]:
    """The one with the most words of its own comes first: it knows most."""
    path = Path(settings.BASE_DIR, "locale", to_locale(language), "LC_MESSAGES", "django.po")
    if not path.is_file():
        return []
    with path.open("rb") as file:
        catalogue = pofile.read_po(file)
    found = [
        _translation(str(message.id), str(message.string))
        for message in catalogue
        if message.context == CONTEXT and message.string and not message.fuzzy
    ]
    return sorted(found, key=lambda each: each.own_words, reverse=True)


def _translation(template: str, translation: str) -> Translation:
    pattern, own_words = "", 0
    for words, place, _, _ in Formatter().parse(template):
        pattern += re.escape(words) + (f"(?P<{place}>.*?)" if place else "")
        own_words += len(words)
    return Translation(re.compile(pattern, re.DOTALL), translation, own_words)


def _value(text: str) -> str:
    """What stands in a place may be a number, or sentences and clauses of their own."""
    if _NUMBER.fullmatch(text):
        return number_format(int(text.replace(",", "")), force_grouping=True)
    words = text.lstrip()
    reasons = (translated(reason) for reason in words.split("; "))
    return text[: len(text) - len(words)] + "; ".join(reasons)
