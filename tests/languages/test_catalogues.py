"""The catalogues say what the source says, and every sentence of the server finds its own."""

import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils.translation import override

from chat.plurals import plural
from chat.sentences import CONTEXT, translated
from h2oweb.languages import catalogues
from h2oweb.messages import messages, template

LOCALES = dict(catalogues(Path(settings.BASE_DIR) / "locale"))


def catalogue_of(locale: str) -> Catalog:
    with LOCALES[locale].open("rb") as file:
        return pofile.read_po(file, locale=locale)


def forms(words: Any) -> list[str]:
    """The one, or each of those for a number."""
    return [words] if isinstance(words, str) else list(words)


def places(words: str) -> list[str]:
    """The places in a sentence, of both kinds: ``{name}`` and ``%(name)s``."""
    return sorted(set(re.findall(r"\{\w+\}|%\(\w+\)\w", words)))


def is_translated(message: Message) -> bool:
    return all(forms(message.string))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_has_the_places_of_its_sentence_and_is_no_guess(locale):
    wrong = []
    for message in catalogue_of(locale):
        wanted = places(forms(message.id)[-1]) if message.id else []
        wrong += [
            (message.id, words)
            for words in forms(message.string)
            if message.id and words and (places(words) != wanted or message.fuzzy)
        ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_sentence_made_by_the_server_is_read_in_another_language(locale):
    made_of = {
        str(message.id): str(message.string)
        for message in catalogue_of(locale)
        if message.context == CONTEXT and message.string
    }
    assert made_of
    for english, words in made_of.items():
        values = {name: f"‹{name}›" for _, name, _, _ in Formatter().parse(english) if name}
        with override(locale):
            assert translated(english.format(**values)) == words.format(**values)


def test_values_in_a_sentence_are_read_in_the_language_too():
    with override("ru"):
        assert translated(
            "The model server is not ready (HTTP 503: busy). Try again in 5 seconds."
        ) == ("Сервер модели не готов (HTTP 503: busy). Повторите попытку через 5 с.")
        assert translated("A system prompt can have at most 20,000 characters.") == (
            "Системный промпт может содержать не больше 20\N{NO-BREAK SPACE}000 символов."
        )
        assert translated(
            "No built-in model can be used: the disk is full; its file does not exist."
        ) == ("Ни одну встроенную модель нельзя использовать: диск заполнен; её файла нет.")


def test_words_of_others_stay_as_they_are():
    for words in ("", "The GPU fell over.", "{braces} 100 % \\"):
        with override("ru"):
            assert translated(words) == words


def test_english_is_what_was_stored():
    with override("en"):
        assert translated("This answer is complete.") == "This answer is complete."


def test_every_kind_of_number_has_its_word():
    words = plural("{count} token", "{count} tokens")
    with override("en"):
        assert words.forms() == {"one": "{count} token", "other": "{count} tokens"}
    with override("ru"):
        assert words.forms() == {
            "many": "{count} токенов",
            "one": "{count} токен",
            "few": "{count} токена",
            "other": "{count} токена",
        }


def test_the_source_is_read_whatever_it_is_written_in(tmp_path):
    python = tmp_path / "some.py"
    python.write_text(
        '_("One")\nngettext("{n} a", "{n} b", n)\nplural("c", "d")\n'
        'sentence("It {failed}." " Now.")\npgettext("place", "Two")\nother("not this")\n'
    )
    assert set(messages(python)) == {
        ("One", None),
        (("{n} a", "{n} b"), None),
        (("c", "d"), None),
        ("It {failed}. Now.", CONTEXT),
        ("Two", "place"),
    }
    page = tmp_path / "some.html"
    page.write_text(
        '{% load i18n %}<p title="{% translate "Three" %}">{{ x|default:_("Four") }}'
        "{% blocktranslate count n=x %}{{ n }} e{% plural %}{{ n }} f{% endblocktranslate %}</p>"
    )
    assert set(messages(page)) == {
        ("Three", None),
        ("Four", None),
        (("%(n)s e", "%(n)s f"), None),
    }


def test_much_is_found_in_the_source():
    assert len(template()) > 200


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_that_people_read_is_translated_and_nothing_else_is_kept(locale):
    """After ``make messages``, which brings what is new and drops what is gone."""
    said = {(message.context, message.id) for message in template() if message.id}
    known = {
        (message.context, message.id)
        for message in catalogue_of(locale)
        if message.id and is_translated(message)
    }
    assert said - known == set()
    assert known - said == set()
