"""The exceptions of httpx and of what lies below it, as sentences: the one place that names them.

Which one is raised differs between the transports and says little, so the whole chain
of causes is looked through for the first that tells a person something.
"""

import socket
import ssl
from collections.abc import Iterator

import aiohttp
import h11
import httpx

from chat.backends.config import ServerConfig
from chat.backends.errors import BackendError, Unreachable
from chat.wire.sentences import sentence

UNTRUSTED = sentence(
    "The certificate of the model server is not trusted ({reason}). "
    "H2O_CA_FILE names the authority to trust."
)
INSECURE = sentence("No secure connection to the model server could be made ({reason}).")
NOT_HTTP = sentence("What answers at the model server's address does not speak HTTP as expected.")
TOO_SLOW = sentence("The model server could not be reached within {seconds} seconds.")

LIBRARY_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    aiohttp.ClientError,
    OSError,
    ValueError,
)
"""``ValueError``: what some of them make of bytes that cannot be read, or not be sent."""


def no_answer(error: Exception, config: ServerConfig) -> BackendError:
    """The error for a failure before the status line of an answer."""
    limit = config.limits.connect
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return BackendError(UNTRUSTED.format(reason=cause.verify_message))
            case ssl.SSLError():
                return BackendError(INSECURE.format(reason=cause.reason))
            case socket.gaierror():
                return Unreachable(sentence("The name of the model server's host cannot be found."))
            case ConnectionRefusedError():
                return Unreachable(
                    sentence("The model server is not running: its address refuses.")
                )
            case httpx.ProxyError() | aiohttp.ClientHttpProxyError():
                return Unreachable(
                    sentence("The proxy in front of the model server does not let through.")
                )
            case h11.RemoteProtocolError() | aiohttp.ClientResponseError():
                return BackendError(NOT_HTTP)
            case aiohttp.ServerDisconnectedError() | httpx.RemoteProtocolError():
                return Unreachable(
                    sentence("The model server closed the connection without an answer.")
                )
            case httpx.ConnectTimeout() | aiohttp.ServerTimeoutError() | TimeoutError():
                return Unreachable(TOO_SLOW.format(seconds=f"{limit:g}"))
    return Unreachable(
        sentence("The connection to the model server could not be made or was lost.")
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the innermost first: that one knows most."""
    cause = error.__cause__ or error.__context__  # httpcore hides its own: "from None"
    if cause is not None:
        yield from _causes(cause)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    yield error
