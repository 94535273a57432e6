"""Whether a start in production is safe: what is not is refused, and said in a sentence."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

#: Characters that each has at least, what can be done by whoever guesses it, and what to know of
#: another. The keys can be guessed at home, by what they have signed; for a guess of the token
#: one has to ask this server.
SECRETS = {
    "SECRET_KEY": (50, "anybody's session be made", "Left empty, a good one is made and kept."),
    "TRANSCRIPT_KEY": (
        32,
        "changed transcripts be proved",
        "Keep the old one: what it has signed, it alone proves.",
    ),
    "METRICS_TOKEN": (16, "this server's numbers be read", "Left empty, there is no page of them."),
}
MOST_ALIKE = 5  # characters that differ
_is_asked = False  # in this process


class UnsafeError(Exception):
    """This is not safe to start; its text says what is amiss, a line each."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(
            "\n".join(["This is not safe to start:", *(f"  {each}" for each in found)])
        )


def refuse(settings: Any, host: str, client_address_header: str) -> None:
    """Raise UnsafeError if a start in production would be unsafe; else note that it was asked."""
    global _is_asked
    if found := faults(settings, host, client_address_header):
        raise UnsafeError(found)
    _is_asked = True


def refuse_if_nobody_asked(settings: Any) -> None:
    """The same for a server that is not ours and knows neither: by the settings alone."""
    if not _is_asked:
        refuse(settings, settings.HOST, settings.CLIENT_ADDRESS_HEADER)


def faults(settings: Any, host: str, client_address_header: str) -> list[str]:
    """What is unsafe about a start in production, a sentence each; none elsewhere.

    It is production when other machines are served: by https, over the network, or by a proxy,
    for which names of other machines are allowed.
    """
    public = urlsplit(settings.PUBLIC_URL).hostname or ""
    served = [host, public, *settings.ALLOWED_HOSTS]
    if not settings.HTTPS and all(map(is_loopback, served)):
        return []
    return list(_faults(settings, client_address_header))


def _faults(settings: Any, client_address_header: str) -> Iterator[str]:
    if settings.DEBUG:
        yield "DEBUG is on: error pages would show settings and texts to everyone. Turn it off."
    yield from _guessable(settings)
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is *: links in mails could be led elsewhere. Name the hosts."
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield (
            "EMAIL_URL is console:, so the codes that open accounts would stand in the log. Name a"
            " mail server, or leave it empty."
        )
    if not settings.HTTPS and not settings.ALLOW_HTTP:
        yield (
            "PUBLIC_URL is no https address, so passwords could be read on the way. Put a proxy"
            " that speaks TLS before it; on a network that you trust, set ALLOW_HTTP=on."
        )
    if settings.HTTPS and not client_address_header:
        yield (
            "PUBLIC_URL is https, so a proxy stands before, and all people would have its address:"
            " one who guesses passwords would lock out all. Name the header in which it tells"
            " theirs by CLIENT_ADDRESS_HEADER, such as X-Real-IP."
        )


def _guessable(settings: Any) -> Iterator[str]:
    for name, (shortest, harm, known) in SECRETS.items():
        secret = str(getattr(settings, name))
        is_alike = len(set(secret)) < MOST_ALIKE or secret.startswith("django-insecure-")
        if secret and (is_alike or len(secret) < shortest):
            yield (
                f"{name} can be guessed, and with it {harm}. Give it {shortest} characters by"
                f" chance. {known}"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can come to this host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
