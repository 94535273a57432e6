"""``manage.py owner_link``: print a link that signs the owner in, once."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.owner import make_link


class Command(BaseCommand):
    """A new link; any link printed before stops working."""

    help = "Prints a link that signs the owner in. It works once, for an hour."

    def handle(self, *_: Any, **__: Any) -> None:
        """Print nothing but the link."""
        self.stdout.write(make_link())
