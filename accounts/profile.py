"""What other applications add to a person's profile page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template import loader

Context = Callable[[HttpRequest], dict[str, Any]]

_sections: list[tuple[int, str, Context]] = []


def add_section(template: str, context: Context, place: int = 100) -> None:
    """Show this template on everybody's profile, with what ``context`` gives for the request.

    Called once, by an application's ``ready``. A smaller ``place`` is higher up.
    """
    _sections.append((place, template, context))
    _sections.sort(key=lambda section: section[0])


def sections(request: HttpRequest) -> list[str]:
    """The sections of others, as markup."""
    return [
        loader.render_to_string(template, context(request), request)
        for _, template, context in _sections
    ]
