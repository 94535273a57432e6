"""``manage.py index_messages``: makes everything that was ever said findable, at once."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from h2oweb.progress import step
from search import indexing

MANY = 500  # texts of one transaction


class Command(BaseCommand):
    """A running server does it by itself, slowly; this is for a large import or upgrade."""

    help = "Brings the search index up to date with all messages and titles."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in all that is missing, in batches; may be stopped and begun again."""
        total = indexing.missing()
        with step(f"Search index: {total:,} texts", sys.stderr) as under_way:
            done = 0
            while taken := indexing.take_in(MANY):
                done += taken
                under_way.detail = f"{done:,} of {total:,}"
                under_way.draw()
