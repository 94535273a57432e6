#!/usr/bin/env python
"""The command line of the project: ``python manage.py help`` lists what there is."""

import sys


def main() -> None:
    """Run the command that the arguments name."""
    try:
        from h2oweb.__main__ import main
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed here: `make run` sets everything up.")
    main()


if __name__ == "__main__":
    main()
