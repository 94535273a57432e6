"""Mail that nobody waits for: how long it takes would tell whether an address is known."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(2, thread_name_prefix="mail")


def send_soon(message: EmailMessage) -> Future[None]:
    """Send it from another thread. That it failed is logged, without what it says."""
    return _pool.submit(_send, message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # noqa: BLE001  # whatever a mail server or a resolver comes up with
        logger.error("A mail could not be sent: %s: %s", type(error).__name__, error)
