"""What every test may ask for, whichever directory it stands in."""

import signal

# Tests send signals to programs they start. A run in the background of a shell, or under
# nohup, would hand down that these are to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

pytest_plugins = ["tests.services", "tests.prepared", "tests.canaries"]
