"""``python -m h2oweb COMMAND``: as ``manage.py``, with faults of settings or database in a line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError


def main() -> None:
    """Read the settings, then run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "h2oweb.settings")
    read_settings()
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError:
        from h2oweb.startup import fault_of_database

        if fault := fault_of_database():
            sys.exit(fault)
        raise


def read_settings() -> None:
    """Import the settings. Exits with a sentence if a value of the environment is no good."""
    from django.conf import settings

    try:
        settings.INSTALLED_APPS  # noqa: B018 - the first look at one reads them all
    except (EnvError, ImproperlyConfigured, ValueError) as error:
        sys.exit(f"A setting in the environment or in .env is not valid: {error}")
    except OSError as error:
        sys.exit(f"DATA_DIR cannot be written to: {error.filename}: {error.strerror}.")


if __name__ == "__main__":
    main()
