"""What every test may ask for, whichever directory it stands in."""

import signal

# Tests send Ctrl-C to programs they start, and a program that is started in the background
# of a shell would hand down that it is to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.services", "tests.prepared"]
