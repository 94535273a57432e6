"""No words stand in a page or a script without being marked for the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from h2oweb.messages import PROJECT

NAMES = {"H2O Chat", "– H2O Chat", "Markdown", "JSON", "OpenAI JSONL", "SHA-256"}
WORD = re.compile(r"[^\W\d_]{2}")

UNREAD = re.compile(
    r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|\{% block body_?class %\}.*?\{% endblock %\}",
    re.DOTALL,
)
TRANSLATED = re.compile(r"\{% blocktranslate\b.*?\{% endblocktranslate %\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
IN_TAG = re.compile(r"""(?<!_\()(?:"([A-Z][a-z ][^"]*)"|'([A-Z][a-z ][^']*)')""")
READ = {"title", "aria-label", "aria-description", "aria-valuetext", "alt", "label", "placeholder"}

# A script's words: what is written where people read, and whatever reads like a sentence.
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
SINK = re.compile(
    r"(?:(?:textContent|innerText|title|placeholder|ariaLabel|alt|body)\s*[=:]\s*"
    r"|\"(?:aria-label|title|placeholder|alt)\",\s*|\b(?:announcer\.say|notices\.show|alert|confirm)\()"
    r"[\"'`]([^\"'`$]*[^\W\d_]{2}[^\"'`]*)[\"'`]"
)
SENTENCE = re.compile(r"[\"'`]([A-Z][a-z]+[ ,][^\"'`]*)[\"'`]")


class Words(HTMLParser):
    """Gathers what people read on a page, and would hear of it: ``found``, with its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        for name, value in attrs:
            if name in READ:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open not in {"script", "style", "kbd", "code"}:
            self._note(data)

    def _note(self, words: str) -> None:
        words = " ".join(words.split())
        if WORD.search(words) and words not in NAMES:
            self.found.append((self.getpos()[0], words))


def unmarked_in_template(text: str) -> Iterator[tuple[int, str]]:
    for marked in (UNREAD, TRANSLATED):
        text = marked.sub(_as_lines, text)
    for tag in TAG.finditer(text):
        if not tag[0].startswith(("{% translate ", "{% trans ")):
            line = text.count("\n", 0, tag.start()) + 1
            yield from ((line, one or other) for one, other in IN_TAG.findall(tag[0]))
    words = Words()
    words.feed(TAG.sub(_as_lines, text))
    yield from words.found


def unmarked_in_script(text: str) -> Iterator[tuple[int, str]]:
    text = SCRIPT_COMMENT.sub(_as_lines, text)
    for pattern in (SINK, SENTENCE):
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, found[1]


def _as_lines(found: re.Match[str]) -> str:
    return " " + "\n" * found[0].count("\n")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Words</p>", ["Words"]),
        ("<p>{{ n }} tokens</p>", ["tokens"]),
        ('<a title="Go on">{% translate "Next" %}</a>', ["Go on"]),
        ('{{ name|default:"Nobody here" }}', ["Nobody here"]),
        ('{{ name|default:_("Nobody") }}{# Words #}<i class="Words"></i>', []),
        ("{% blocktranslate %}Words{% endblocktranslate %}<kbd>Esc</kbd>", []),
    ],
)
def test_unmarked_words_of_a_template_are_found(source, words):
    assert [each for _, each in unmarked_in_template(source)] == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('row.textContent = "gone";', ["gone"]),
        ('button.setAttribute("aria-label", "Close it");', ["Close it", "Close it"]),
        ('notices.show("failed"); this.#tell("gone");', ["failed"]),
        ('return ok ? "It is done" : "";', ["It is done"]),
        ('row.title = text("done"); // Say "All done" here', []),
        ('find("[data-x]"); x.textContent = `${a} / ${b}`;', []),
    ],
)
def test_unmarked_words_of_a_script_are_found(source, words):
    assert [each for _, each in unmarked_in_script(source)] == words


def test_all_words_of_templates_and_scripts_are_marked():
    pages = sorted((PROJECT / "templates").rglob("*.*"))
    places = ("static/chat", "static/review", "accounts/static")
    scripts = [each for place in places for each in sorted((PROJECT / place).rglob("*.js"))]
    assert len(pages) > 80
    assert len(scripts) > 60
    unmarked = [
        (path.relative_to(PROJECT).as_posix(), line, words)
        for paths, find in ((pages, unmarked_in_template), (scripts, unmarked_in_script))
        for path in paths
        for line, words in find(path.read_text())
    ]
    assert unmarked == []
