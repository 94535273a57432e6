"""Words that depend on a number, for the page's scripts."""

from dataclasses import dataclass

from babel import Locale
from django.utils.translation import get_language, ngettext

#: Each kind of number that a language tells apart has a whole number among these.
NUMBERS = (*range(201), 1_000_000)


@dataclass(frozen=True)
class Plural:
    """Words in English for one and for more, with ``{count}``."""

    one: str
    more: str

    def forms(self) -> dict[str, str]:
        """The words for each plural category, by its name in Intl.PluralRules.

        Where whole numbers never are ``other`` (in Russian, say), fractions are.
        """
        category = Locale.parse(get_language() or "en", sep="-").plural_form
        forms: dict[str, str] = {}
        for number in NUMBERS:
            forms.setdefault(category(number), ngettext(self.one, self.more, number))
        forms.setdefault("other", ngettext(self.one, self.more, 2))
        return forms


def plural(one: str, more: str) -> Plural:
    """Marks words for the catalogues: ``plural("{count} token", "{count} tokens")``."""
    return Plural(one, more)
