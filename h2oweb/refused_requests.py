"""A request that was refused is one line of the log: strangers send any number of them."""

import logging


class WithoutTraceback(logging.Filter):
    """Leaves out where in Django a request was refused. Of a fault of ours it stays.

    >>> record = logging.makeLogRecord({"name": "django.request", "levelno": logging.WARNING})
    >>> record.exc_info = (ValueError, ValueError(), None)
    >>> WithoutTraceback().filter(record), record.exc_info
    (True, None)
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; change what it says."""
        is_refusal = record.name == "django.request" and record.levelno < logging.ERROR
        if is_refusal or record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True
