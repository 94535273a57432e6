"""Tags and filters of the chat page and of every page that shows messages."""

import json
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from chat import limits
from chat.answer_settings import refusal
from chat.models import Message, Run
from chat.plurals import Plural, plural
from chat.sentences import translated
from chat.wire.commands import MAX_SYSTEM_PROMPT, MAX_TEXT

register = template.Library()

ENDS = {
    Message.Status.LENGTH: _("The answer reached its greatest length."),
    Message.Status.STOPPED: _("Stopped. Everything up to here is kept."),
    Message.Status.FAILED: _("The answer could not be finished."),
    Message.Status.INTERRUPTED: _("The answer was interrupted. Everything up to here is kept."),
}

STOPPED_BEFORE_A_WORD = _("Stopped before the first word.")

STRINGS: dict[str, Any] = {
    **{f"end_{status}": sentence for status, sentence in ENDS.items()},
    "end_unbegun": STOPPED_BEFORE_A_WORD,
    "alert_done": _("The answer in “{title}” is done"),
    "alerts_forbidden": _("The browser does not allow this site to tell you."),
    "about_tokens": plural("about {count} token", "about {count} tokens"),
    "announce_answering": _("Answering"),
    "announce_progress": plural(
        "Answering, {count} word so far", "Answering, {count} words so far"
    ),
    "characters": _("{count} of {most} characters"),
    "code_copy": _("Copy code"),
    "code_save": _("Download code"),
    "connection_lost": _("No connection to the server. What you write is kept and sent later."),
    "context_characters": _("This message: {count} of at most {most} characters"),
    "context_cut": plural(
        "The oldest message will not be read: the model’s context is full.",
        "The {count} oldest messages will not be read: the model’s context is full.",
    ),
    "context_full": _("Context: {percent} % full"),
    "context_tokens": _("The model will read about {tokens} of at most {most} tokens"),
    "copied": _("Copied"),
    "copy": _("Copy"),
    "copy_failed": _("The browser did not allow copying."),
    "done_archive": plural("“{title}” is archived.", "{count} conversations are archived."),
    "done_bring-back": plural(
        "“{title}” is back in the list.", "{count} conversations are back in the list."
    ),
    "done_delete": plural("“{title}” is deleted.", "{count} conversations are deleted."),
    "deleted_elsewhere": _("This conversation was deleted."),
    "export_all": _("All your conversations, in one zip."),
    "export_many": plural("{count} conversation, in a zip.", "{count} conversations, in a zip."),
    "export_one": _("“{title}”"),
    "file_not_text": _("“{name}” is not text, and only text can be sent."),
    "file_too_large": _("“{name}” is too large: {most} MB are the most."),
    "first_word": _("first word {seconds} s"),
    "forbidden": _("This server does not accept this page. Reload it to try again."),
    "found": plural("{count} result", "{count} results"),
    "found_more": plural("The best result", "The best {count} results"),
    "found_none": _("Nothing was found for “{words}”."),
    "judged": _("Thank you. Your feedback is kept."),
    "judging_bad": _("What was wrong?"),
    "judging_good": _("What was good?"),
    "kept": _("Saved"),
    "import_extended": plural(
        "{count} got what it did not have.", "{count} got what they did not have."
    ),
    "import_files": plural(
        "{count} picture or file was left out.", "{count} pictures and files were left out."
    ),
    "import_imported": plural("{count} conversation imported.", "{count} conversations imported."),
    "import_known": plural("{count} was here already.", "{count} were here already."),
    "import_no_json": _("This is no JSON."),
    "import_nothing": _("There is no conversation in it."),
    "import_progress": _("{done} of {all} conversations"),
    "import_reading": _("Reading the file…"),
    "import_refused": plural("{count} could not be taken.", "{count} could not be taken."),
    "import_too_large": _("This is too large."),
    "import_tools": plural(
        "{count} message of a tool was left out.", "{count} messages of tools were left out."
    ),
    "import_unreadable": _("This file could not be read."),
    "left_messages": _("{count} of {most} messages left today"),
    "left_minute": _("{count} of {most} messages left this minute"),
    "left_tokens": _("{count} of {most} tokens left today"),
    "model_down": _("{model} does not answer at the moment."),
    "model_loading": _("{model} is getting ready."),
    "model_none": _("No model server is set up yet."),
    "model_ready": _("{model} is ready."),
    "new_chat": _("New chat"),
    "not_found": _("This conversation is not there any more."),
    "queued_connection": _("Will be sent when the connection is back."),
    "queued_limit": _("Will be sent in a moment: so many at once is more than you can send."),
    "queued_turn": _("Will be sent after the answer above."),
    "request_failed": _("The server did not answer. Try again in a moment."),
    "selected": plural("{count} selected", "{count} selected"),
    "share_made": _("The link is shown this once. End it whenever you want under Your data."),
    "share_what": _("“{title}”"),
    "speed": _("{tokens} tokens/s"),
    "temporary_chat": _("Temporary chat"),
    "title_answering": _("Answering"),
    "task_done": _("Done"),
    "title_done": _("Done"),
    "tokens": plural("{count} token", "{count} tokens"),
    "too_long": _("This message is too long: {count} of at most {most} characters."),
    "turns_cut": plural(
        "{count} earlier message did not fit", "{count} earlier messages did not fit"
    ),
    "apply": _("Apply"),
    "apply_to": _("Apply “{name}” to this chat"),
    "edit_named": _("Edit “{name}”"),
    "preset_applied": _("“{name}” is used in this chat."),
    "preset_name": _("Name of the preset “{name}”"),
    "prompts_manage": _("Manage prompts…"),
    "remove": _("Delete “{name}”"),
    "removed": _("“{name}” was deleted."),
    "untitled": _("Untitled"),
    "reasoning": _("Reasoning"),
    "seconds": _("{seconds} s"),
    "thought_minutes": _("Thought for {minutes} min {seconds} s"),
    "thought_seconds": _("Thought for {seconds} s"),
    "waiting": _("Waiting for the first word · {seconds} s"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of ``chat/_icons.html``, which the page holds once."""
    return format_html('<svg aria-hidden="true"><use href="#icon-{}"></use></svg>', name)


@register.simple_tag
def page_strings() -> SafeString:
    """Every sentence that the page's scripts say, for ``strings.js``."""
    words = {
        name: said.forms() if isinstance(said, Plural) else said for name, said in STRINGS.items()
    }
    return json_script(words, "strings")


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """Links that fetch all modules behind this one at once, not one import after another."""
    links = ((static(name),) for name in imported_modules(entry))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


_IMPORT = re.compile(
    r"""^(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["'](\.[^"']+)["']""", re.MULTILINE
)


@cache
def imported_modules(entry: str) -> tuple[str, ...]:
    """The static files that this module imports, and those that they import, each once."""
    found: list[str] = []
    _walk(entry, found)
    return tuple(found[1:])


def _walk(name: str, found: list[str]) -> None:
    found.append(name)
    path = finders.find(name)
    source = Path(path).read_text() if isinstance(path, str) else ""
    for relative in _IMPORT.findall(source):
        imported = normpath(str(PurePosixPath(name).parent / relative))
        if imported not in found:
            _walk(imported, found)


@register.simple_tag
def share_links() -> str:
    """Who may read conversations by their links: ``off``, ``members`` or ``public``."""
    return str(settings.SHARE_LINKS)


@register.simple_tag
def longest_message(person: Any) -> int:
    """The most characters a turn of this person's can have."""
    return min(MAX_TEXT, limits.longest(person) or MAX_TEXT)


@register.simple_tag
def longest_system_prompt() -> int:
    """The most characters that a system prompt can have."""
    return MAX_SYSTEM_PROMPT


@register.simple_tag
def refusal_of(field: str) -> str:
    """Why a value of this setting is not taken, in a sentence."""
    return refusal(field)


@register.filter
def as_json(value: Any) -> str:
    """A value for an attribute that a script reads."""
    return json.dumps(value)


@register.filter
def unlocalized(number: float) -> str:
    """A number as HTML's own attributes want it, whatever the language."""
    return f"{number:g}" if abs(number) < 1000 else f"{number:.0f}"


@register.filter
def end_note(message: Message) -> str:
    """Why an answer ended where it does, in a sentence; empty if it ended well."""
    if message.status == Message.Status.STOPPED and not message.text:
        return translated(message.error) or str(STOPPED_BEFORE_A_WORD)
    return translated(message.error) or str(ENDS.get(Message.Status(message.status), ""))


@register.filter(name="translated")
def in_the_readers_language(sentence: str) -> str:
    """A sentence that is stored in English, as people read it here."""
    return translated(sentence)


@register.filter
def seconds_since(moment: datetime | None) -> int:
    """Whole seconds from this moment to now, never below 0."""
    return max(0, int((timezone.now() - moment).total_seconds())) if moment else 0


@register.filter
def seconds_thinking(run: Run) -> float:
    """Seconds since a live run, which began with reasoning, had its first word, in tenths."""
    waited = timedelta(milliseconds=run.first_token_ms or 0)
    return max(0.0, round((timezone.now() - run.started_at - waited).total_seconds(), 1))


@register.filter
def briefly(moment: datetime) -> str:
    """When this was, by the reader's clock: a time of today, a day of the week, or a date."""
    local = timezone.localtime(moment)
    day, today = local.date(), timezone.localdate()
    if day >= today:
        return date_format(local, "TIME_FORMAT")
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    return date_format(local, "l" if day > today - timedelta(days=7) else "SHORT_DATE_FORMAT")


@register.filter
def initials(person: Any) -> str:
    """One or two letters for a person's face."""
    words = str(person.get_full_name() or person.get_username()).split()
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def shortened(title: str) -> str:
    """A title that fits in a sentence."""
    return Truncator(title).chars(60)
