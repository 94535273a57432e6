"""Taking a dataset out beside the site's other work, and the file that comes of it."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Thread

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from chat.wire.sentences import sentence
from review import digesting
from review.datasets.making import Making, Unmade
from review.models import Dataset

log = logging.getLogger(__name__)


def file_of(dataset: Dataset) -> Path:
    """Where its zip is, if it has been taken out here."""
    return Path(settings.DATA_DIR) / "datasets" / f"{dataset.pk}.zip"


def start(dataset: Dataset, person: User) -> bool:
    """Begin to take it out, in a thread of its own. False if that is under way already."""
    if not dataset.begin(person):
        return False
    taking = Thread(target=_take, args=(dataset, person), daemon=True)
    transaction.on_commit(taking.start)  # which sees the claim only once it is stored
    return True


def drop(dataset: Dataset) -> None:
    """Forget it and its file. What was taken out stays in the account."""
    file_of(dataset).unlink(missing_ok=True)
    dataset.delete()


def _take(dataset: Dataset, person: User) -> None:
    target = file_of(dataset)
    try:
        digesting.catch_up()  # before anything is chosen: what is found depends on it
        making = Making(dataset, person)
        total = making.selection.count()
        dataset.expect(total)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.unlink(missing_ok=True)
        dataset.finish(making.write(target, total, dataset.tell))
    except Unmade as error:
        dataset.finish(error=str(error))
    except Exception:
        log.exception("dataset %s broke off", dataset.pk)
        dataset.finish(error=sentence("It broke off. The log says why."))
    finally:
        connection.close()
