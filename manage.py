#!/usr/bin/env python
"""The command line of the project: ``python manage.py help`` lists what there is."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "h2oweb.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: `make run` sets everything up.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
