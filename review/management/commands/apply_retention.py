"""``manage.py apply_retention``: what the rules would erase now, or the erasing of it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chat.erasing import erase_all
from h2oweb.progress import step
from review.models import Rule
from review.retention import preview
from review.retention.applying import apply

MOST_LISTED = 1_000_000


class Command(BaseCommand):
    """A running server does the same by itself, within the hour."""

    help = "Erases what the retention rules that are on say. With --dry-run only tells."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to do it, and how much to tell."""
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="only tell what would go, by rules that are off too",
        )
        parser.add_argument(
            "--list", type=int, default=20, metavar="N", help="tell the first N by their ids (20)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Rule by rule."""
        rules = Rule.objects.erasing()
        shown = max(0, min(options["list"], MOST_LISTED))
        for rule in rules if options["dry_run"] else rules.on():
            if options["dry_run"]:
                self._tell(rule, shown)
            else:
                self._apply(rule)
        if not options["dry_run"]:
            erase_all()

    def _tell(self, rule: Rule, shown: int) -> None:
        found = preview.of(rule, shown, MOST_LISTED)
        state = "on" if rule.is_on else "off"
        more = "more than " * found.is_more
        self.stdout.write(f"“{rule}” ({state}): {more}{found.count} conversations would go")
        self.stdout.write(f"  {found.messages} messages; held and so kept: {found.held}")
        if found.first and found.last:
            self.stdout.write(f"  last active {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}")
        for each in found.listed:
            talk = each.conversation
            self.stdout.write(f"  {talk.pk} {talk.active_at:%Y-%m-%d} {each.messages} messages")

    def _apply(self, rule: Rule) -> None:
        with step(f"“{rule}”", sys.stderr) as under_way:

            def tell(taken: int) -> None:
                under_way.detail = f"{taken:,} conversations"
                under_way.draw()

            taken = apply(rule, tell)
        self.stdout.write(f"“{rule}”: {taken} conversations erased")
