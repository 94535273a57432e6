"""The page's sentences, drawings and modules, and the one markup of a message."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chat.models import Limit, Message, Run
from chat.templatetags.chat_page import (
    STRINGS,
    briefly,
    end_note,
    imported_modules,
    initials,
    longest_message,
    seconds_since,
    shortened,
)
from chat.thread import Item
from chat.wire.commands import MAX_TEXT

SCRIPTS = Path(settings.BASE_DIR) / "static" / "chat" / "js"
TEMPLATES = Path(settings.BASE_DIR) / "templates" / "chat"
ID = UUID(int=7)


def sources(directory: Path, pattern: str) -> str:
    return "\n".join(path.read_text() for path in sorted(directory.rglob(pattern)))


# --- sentences


def asked_for() -> tuple[set[str], set[str]]:
    """The names of sentences in the scripts, and the beginnings of those made there."""
    scripts = sources(SCRIPTS, "*.js")
    names = set(re.findall(r'\btext\(\s*"(\w+)"', scripts))
    names |= set(re.findall(r'\btext\([^()"]+\? "(\w+)" : "\w+"', scripts))
    names |= set(re.findall(r'\btext\([^()"]+\? "\w+" : "(\w+)"', scripts))
    counted = set(re.findall(r'\btextFor\((?:[^()"]*(?:\([^()]*\))?[^()"]*\? )?"(\w+)"', scripts))
    counted |= set(re.findall(r'\btextFor\([^,]*? : "(\w+)"', scripts))
    names |= counted
    names |= set(re.findall(r'"(end_unbegun)"', scripts))
    return names, set(re.findall(r"\b(\w+_)\$\{", scripts)) & {
        "done_",
        "end_",
        "left_",
        "model_",
        "queued_",
    }


def test_every_sentence_that_a_script_says_is_in_the_page():
    names, _ = asked_for()
    assert len(names) > 20
    assert names - set(STRINGS) == set()


def test_every_sentence_in_the_page_is_said_by_a_script():
    names, beginnings = asked_for()
    made = {name for name in STRINGS if name.startswith(tuple(beginnings))}
    assert set(STRINGS) - names - made == set()


@pytest.mark.parametrize("status", [status for status in Message.Status if status != "complete"])
def test_every_end_of_an_answer_has_a_sentence(status):
    if status != Message.Status.STREAMING:
        assert f"end_{status}" in STRINGS
        assert end_note(Message(status=status, text="Half")).endswith(".")


def test_an_error_of_its_own_comes_before_the_usual_sentence():
    assert end_note(Message(status="failed", text="", error="The GPU fell over.")) == (
        "The GPU fell over."
    )


def test_an_answer_stopped_before_a_word_does_not_speak_of_what_is_kept():
    assert end_note(Message(status="stopped", text="")) == "Stopped before the first word."


def test_a_good_end_needs_no_sentence():
    assert end_note(Message(status="complete", text="All.")) == ""


# --- what the templates name is there


def test_every_icon_that_is_used_is_drawn():
    used = set(re.findall(r'\{% icon "([\w-]+)" %\}', sources(TEMPLATES, "*.html")))
    drawn = set(re.findall(r'id="icon-([\w-]+)"', (TEMPLATES / "_icons.html").read_text()))
    assert used == drawn


def test_the_page_has_nothing_that_its_content_security_policy_refuses():
    templates = sources(TEMPLATES, "*.html")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", templates)
    assert all("src=" in tag or "json" in tag for tag in re.findall(r"<script[^>]*>", templates))


def test_every_module_behind_the_page_is_fetched_at_once():
    modules = imported_modules("chat/js/main.js")
    assert {"chat/js/markdown.js", "chat/js/reply.js", "vendor/markdown-it.js"} <= set(modules)
    assert len(modules) == len(set(modules))
    assert "chat/js/main.js" not in modules
    for name in modules:
        assert (Path(settings.BASE_DIR) / "static" / name).is_file()


# --- small words


def test_seconds_are_whole_and_never_below_0():
    assert seconds_since(timezone.now() - timedelta(seconds=12.7)) == 12
    assert seconds_since(timezone.now() + timedelta(hours=1)) == 0
    assert seconds_since(None) == 0


def test_a_face_has_one_or_two_letters():
    assert initials(User(first_name="Ada", last_name="King")) == "AK"
    assert initials(User(username="alice")) == "A"
    assert initials(User(first_name="Мария Анна", last_name="Шмидт")) == "МА"


def test_a_long_title_is_shortened_to_fit_a_sentence():
    assert shortened("Short") == "Short"
    assert len(shortened("x" * 200)) == 60


def test_the_page_knows_the_longest_message_that_the_server_takes(alice):
    assert longest_message(alice) == MAX_TEXT
    Limit.objects.create(person=alice, characters=500)
    assert longest_message(alice) == 500


# --- a message


@dataclass
class Element:
    """A tag with its attributes, the text in it, and what is in it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    within: "list[Element]" = field(default_factory=list)

    def all(self, tag: str) -> "list[Element]":
        found = [each for inner in self.within for each in inner.all(tag)]
        return [self, *found] if self.tag == tag else found


class Tree(HTMLParser):
    """Parses a fragment; ``root.within`` are its elements."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(markup)
        assert self._open == [self.root], "a tag is not closed"

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self._open[-1].within.append(element)
        self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open.pop().tag == tag

    def handle_data(self, data):
        for element in self._open:
            element.text += data


def row(item: Item, **context: object) -> Element:
    whole = render_to_string("chat/_message.html", {"item": item, **context})
    (element,) = Tree(whole).root.within
    return element


def said(text: str, role: str = "user", status: str = "complete") -> Message:
    return Message(id=ID, role=role, status=status, text=text)


@pytest.mark.parametrize("role", ["user", "assistant"])
@pytest.mark.parametrize(
    "text",
    ["", " two  spaces \n\n and lines ", "<b>&amp;</b><script>1</script>", "{{ x }} {% y %}"],
)
def test_the_source_of_a_message_is_in_the_page_character_for_character(role, text):
    element = row(Item(said(text, role)))
    assert element.all("message-text")[-1].text == text
    assert element.all("script") == []


def test_a_message_names_itself():
    element = row(Item(said("Hello", "assistant", "stopped")))
    assert element.attributes == {
        "class": "message answer",
        "data-message": str(ID),
        "data-role": "assistant",
        "data-status": "stopped",
        "data-parent": "",
    }


def test_an_unfinished_answer_is_read_from_its_first_event():
    run = Run(id=UUID(int=9), started_at=timezone.now() - timedelta(seconds=3))
    element = row(Item(said("", "assistant", "streaming"), run=run, last_run=run))
    assert element.attributes["data-run"] == str(UUID(int=9))
    assert element.attributes["data-seq"] == "0"
    clocks = [clock.attributes for clock in element.all("elapsed-time")]
    assert clocks == [{"bare": None}, {"seconds": "3"}]


def test_an_answer_that_is_still_reasoned_over_tells_since_when():
    began = timezone.now() - timedelta(seconds=9.5)
    run = Run(id=UUID(int=9), started_at=began, first_token_ms=4000)
    with translation.override("ru"):
        element = row(Item(said("", "assistant", "streaming"), run=run, last_run=run))
    thinking, _ = element.all("elapsed-time")
    assert 5.5 <= float(thinking.attributes["seconds"] or 0) < 60


def test_how_long_an_answer_was_reasoned_over_is_told_without_a_language():
    (thought,) = row(Item(said("Hello", "assistant"), last_run=Run(thought_ms=1234))).all(
        "thought-time"
    )
    assert thought.attributes == {"ms": "1234"}
    (thought,) = row(Item(said("Hello", "assistant"), last_run=Run())).all("thought-time")
    assert thought.attributes == {}


def test_a_message_that_is_only_read_has_no_buttons_but_to_unfold_it():
    for role in ("user", "assistant"):
        buttons = row(Item(said("Hello", role)), read_only=True).all("button")
        assert [each.attributes["class"] for each in buttons] == ["unfold"] * (role == "user")
        assert row(Item(said("Hello", role))).all("button") != []


def test_how_an_answer_was_made_is_told_without_a_language():
    run = Run(
        model="danube",
        first_token_ms=1400,
        tokens_per_second=61.5,
        completion_tokens=1214,
        usage_estimated=True,
    )
    (facts,) = row(Item(said("Hello", "assistant"), last_run=run)).all("run-facts")
    assert facts.attributes == {
        "model": "danube",
        "first-token-ms": "1400",
        "tokens-per-second": "61.5",
        "tokens": "1214",
        "estimated": None,
    }


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(minutes=-1), "12:31"),  # another machine's clock may be ahead
        (timedelta(hours=3), "09:30"),
        (timedelta(hours=12, minutes=30), "00:00"),
        (timedelta(hours=12, minutes=31), "Yesterday"),
        (timedelta(days=2), "Saturday"),
        (timedelta(days=6), "Tuesday"),
        (timedelta(days=7), "2026-11-23"),
        (timedelta(days=400), "2025-10-26"),
    ],
)
def test_when_it_was_is_told_by_the_readers_clock_and_briefly(monkeypatch, ago, said):
    noon = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    with timezone.override(ZoneInfo("Europe/Moscow")):
        assert briefly(noon - ago) == said


def test_when_it_was_is_told_in_the_readers_language():
    with translation.override("ru"):
        assert briefly(timezone.now() - timedelta(days=1)) == "Вчера"
