"""The languages of the page: one catalogue a language, ``locale/<code>/LC_MESSAGES/django.po``.

A catalogue in that place is all that a language needs. They are compiled when the
application starts, into its own directory, so that no tool has to be installed and
nothing that is made from something else is kept beside it.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages import mofile, pofile
from django.conf.locale import LANG_INFO

DOMAIN = "django"
ENGLISH = "en"


def catalogues(directory: Path) -> Iterator[tuple[str, Path]]:
    """The locale and the file of each catalogue below this directory."""
    for path in sorted(directory.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        yield path.parent.parent.name, path


def offered(directory: Path) -> list[tuple[str, str]]:
    """Each language by its code and by the name that its speakers give it; English comes first."""
    codes = [locale.replace("_", "-").lower() for locale, _ in catalogues(directory)]
    return [(code, LANG_INFO[code]["name_local"].capitalize()) for code in [ENGLISH, *codes]]


def compile_into(directory: Path, source: Path) -> None:
    """Write the catalogues below ``source`` as Django reads them. Guesses are left out."""
    for locale, path in catalogues(source):
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, locale=locale)
        made = directory / locale / "LC_MESSAGES" / f"{DOMAIN}.mo"
        made.parent.mkdir(parents=True, exist_ok=True)
        fresh = made.with_suffix(".new")
        with fresh.open("wb") as file:
            mofile.write_mo(file, catalogue)
        fresh.replace(made)
