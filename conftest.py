"""What every test may ask for, whichever directory it stands in."""

pytest_plugins = ["tests.services", "tests.prepared"]
