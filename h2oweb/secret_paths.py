"""Addresses with a secret in them, which no log tells."""

import logging
import re

SECRET_PATHS = ("/owner/", "/s/")  # the one-time link, and the links of shares

_SECRET = re.compile(rf"({'|'.join(map(re.escape, SECRET_PATHS))})[\w-]+")


class HideSecretPaths(logging.Filter):
    """Cuts such addresses in whatever is logged, Django's "Not Found" among it.

    >>> record = logging.makeLogRecord({"msg": "Not Found: %s", "args": ("/s/x7Fq/",)})
    >>> HideSecretPaths().filter(record), record.getMessage()
    (True, 'Not Found: /s/.../')
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; change what it says."""
        told = record.getMessage()
        hidden = _SECRET.sub(r"\1...", told)
        if hidden != told:
            record.msg, record.args = hidden, None
        return True
