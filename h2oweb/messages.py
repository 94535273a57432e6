"""``python -m h2oweb.messages``: brings the catalogues up to date with the source.

Everything that a person reads is looked up in the templates and in Python: ``gettext``
and its kin, ``plural`` (one word of the page's scripts for every number), and
``sentence``, whose words are stored in English. Translations stay; what is new waits,
untranslated, and what nobody says any more is dropped. Needs no other tool.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from chat.sentences import CONTEXT
from h2oweb.languages import catalogues

PROJECT = Path(__file__).resolve().parent.parent
WORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "plural": (1, 2),
}
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""


def template() -> Catalog:
    """Every message of the source, with the files that it stands in."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for path in files():
        name = path.relative_to(PROJECT).as_posix()
        for message, context in messages(path):
            catalogue.add(message, locations=[(name, 0)], context=context)
    return catalogue


def files() -> Iterator[Path]:
    """What people's words can stand in: our packages, and the templates."""
    packages = (path.parent for path in PROJECT.glob("*/__init__.py"))
    for source in sorted({*packages, PROJECT / "templates"} - {PROJECT / "tests"}):
        for suffix in ("py", "html", "txt"):
            yield from sorted(source.rglob(f"*.{suffix}"))


def messages(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The messages of a file: the words, or those for one and for more, and their context."""
    text = path.read_text()
    source = text if path.suffix == ".py" else templatize(text)
    for keywords, context in ((WORDS, None), ({"sentence": None}, CONTEXT)):
        lines = io.BytesIO(source.encode())
        for _, words, _, own in extract("python", lines, keywords=keywords):
            yield words, own or context


def update(path: Path, locale: str, fresh: Catalog) -> Catalog:
    """The catalogue of a language, with the messages that there are now."""
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=locale)
    catalogue.update(fresh, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The catalogue as its file holds it: sorted, and without line numbers or times."""
    file = io.BytesIO()
    pofile.write_po(
        file, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False
    )
    header = HEADER.format(language=catalogue.locale, plural=catalogue.plural_forms)
    return header.encode() + file.getvalue()


def main() -> None:
    """Update every catalogue and say what is left to translate."""
    fresh = template()
    for locale, path in catalogues(PROJECT / "locale"):
        catalogue = update(path, locale, fresh)
        path.write_bytes(written(catalogue))
        missing = [str(message.id) for message in catalogue if message.id and not message.string]
        print(
            f"{path.relative_to(PROJECT)}: {len(catalogue)} messages, {len(missing)} untranslated"
        )


if __name__ == "__main__":
    main()
