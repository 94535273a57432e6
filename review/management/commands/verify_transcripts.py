"""``manage.py verify_transcripts``: finds what was changed behind the application's back."""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from h2oweb.progress import step
from review.models import Erasure, Link
from review.proof import linking
from review.proof.finding import AT_ONCE
from review.proof.verifying import findings


class Command(BaseCommand):
    """Exit code 1 if anything is wrong; each wrong message is a line of the output."""

    help = "Finds messages changed, removed, added or reordered behind the application's back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, and whether to link first."""
        parser.add_argument("--conversation", type=UUID, help="only this one, by its id")
        parser.add_argument(
            "--link", action="store_true", help="first link what waits, as a running server does"
        )

    def handle(
        self, *_: Any, conversation: UUID | None = None, link: bool = False, **__: Any
    ) -> None:
        """Go through all chains, in constant memory."""
        if link:
            self._link()
        links = Link.objects.all()
        total = (links.filter(conversation=conversation) if conversation else links).count()
        done = wrong = 0
        with step(f"Transcripts: {total:,} links", sys.stderr) as under_way:
            for found in findings(conversation):
                done += 1
                if found is not None:
                    wrong += 1
                    self.stdout.write(str(found))
                if done % AT_ONCE == 0:
                    under_way.detail = f"{done:,} of {total:,}"
                    under_way.draw()
        self._tell_erasures(conversation)
        if waiting := linking.missing():
            self.stdout.write(f"Waiting for a link, as a running server makes: {waiting} messages")
            self.stdout.write("With --link they are linked first.")
        self.stdout.write(f"{total} links, {wrong} wrong.")
        if wrong:
            sys.exit(1)

    def _link(self) -> None:
        done = 0
        with step("Links", sys.stderr) as under_way:
            while some := linking.take_in(AT_ONCE):
                done += some
                under_way.detail = f"{done:,} messages"
                under_way.draw()

    def _tell_erasures(self, conversation: UUID | None) -> None:
        """What is rightly not there."""
        records = (
            Erasure.objects.all() if conversation is None else Erasure.objects.of(conversation)
        )
        for cause, rule_name, number in records.counted():
            why = Erasure(cause=cause, rule_name=rule_name).why
            self.stdout.write(f"{number} conversation{'s' * (number != 1)} {why}")
