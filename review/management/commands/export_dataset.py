"""``manage.py export_dataset NAME --as LEAD``: a dataset of the admin as a zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.roles import is_lead
from h2oweb.progress import step
from review import digesting
from review.access import is_kept_from
from review.datasets.making import Making, Unmade
from review.management.commands.seed_conversations import show
from review.models import Dataset


class Command(BaseCommand):
    """The same dataset of the same conversations makes the same bytes."""

    help = "Take out a dataset that a lead has described in the admin, as a zip with a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which one, by whom, to where."""
        parser.add_argument("name", help="the dataset's name")
        parser.add_argument("--as", dest="lead", required=True, help="the lead who answers for it")
        parser.add_argument("--to", help="the zip to write, instead of NAME.zip here")

    def handle(self, *_: Any, **options: Any) -> None:
        """Write the zip; everything in it is in the account, under the lead's name."""
        dataset = Dataset.objects.named(options["name"]).select_related("queue__rubric").first()
        person = User.objects.filter(username=options["lead"]).first()
        if dataset is None:
            raise CommandError(f"There is no dataset named “{options['name']}”.")
        if person is None or not is_lead(person):
            raise CommandError(f"“{options['lead']}” does not lead the review.")
        if is_kept_from(person, dataset):
            raise CommandError(f"“{person.username}” is still to judge some of it blind.")
        target = Path(options["to"] or f"{dataset.name.replace('/', '-')}.zip").absolute()
        digesting.catch_up()
        making = Making(dataset, person)
        total = making.selection.count()
        try:
            with step("Conversations") as under_way:
                manifest = making.write(target, total, lambda done: show(under_way, done, total))
        except (Unmade, OSError) as error:
            raise CommandError(str(error)) from error
        kept = manifest["conversations"]
        self.stdout.write(
            f"{target.name}: {kept['train']} conversations to train on, {kept['test']} to test."
        )
