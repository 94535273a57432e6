"""How often may be tried what guesses: signing in, codes, links, mails.

The worry is twofold: guessing a password, and keeping its owner out by wrong guesses. So
no name is ever closed as such. A browser that has been signed in as a person before has
tries of its own for that name; any other counts by its address and the name together. An
address that tries many names, and a name that is tried from many addresses, become slow.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Pace


class TooManyTriesError(Exception):
    """It has to wait; what was asked was not looked at."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, ceil(wait.total_seconds()))
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What a person reads."""
        if self.seconds < 60:
            when = ngettext("%d second", "%d seconds", self.seconds) % self.seconds
        else:
            minutes = ceil(self.seconds / 60)
            when = ngettext("%d minute", "%d minutes", minutes) % minutes
        return _("Too many tries. Try again in %s.") % when


@dataclass(frozen=True)
class Limit:
    """``burst`` tries at once, then one ``every`` so long, for each of whatever it is about."""

    name: str
    burst: int
    every: timedelta

    def take(self, *about: object) -> None:
        """Count a try. Raises TooManyTriesError."""
        wait = Pace.objects.take(self._key(about), self.burst, self.every)
        if wait:
            raise TooManyTriesError(wait)

    def give_back(self, *about: object) -> None:
        """Let one try not have counted."""
        Pace.objects.give_back(self._key(about), self.every)

    def forget(self, *about: object) -> None:
        """Let no try have counted."""
        Pace.objects.forget(self._key(about))

    def _key(self, about: tuple[object, ...]) -> str:
        text = "\0".join([self.name, *map(str, about)])
        return hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).hexdigest()


SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

# Guesses at a person's secret.
KNOWN_BROWSER = Limit("known browser", 10, MINUTE)
PAIR = Limit("address and person", 5, MINUTE)
PAIR_OF_THE_HUNTED = Limit("address and hunted person", 2, 15 * MINUTE)
PERSON = Limit("person", 100, MINUTE)
ADDRESS = Limit("address", 50, 20 * SECOND)

# What costs others something: mails, accounts; and guesses at what has no owner: links.
MAIL_PAIR = Limit("mail from an address", 3, 5 * MINUTE)
MAIL = Limit("mail", 20, 10 * MINUTE)
SIGN_UP = Limit("sign-up", 10, 5 * MINUTE)
LINK = Limit("link", 30, 10 * SECOND)


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: an address, or the network that one IPv6 customer has.

    Empty where the server cannot tell (a Unix socket without a trusted header).
    """
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if mapped := address.ipv4_mapped:
            return str(mapped)
        return str(ip_network((address, 64), strict=False).network_address)
    return str(address)


@contextmanager
def guessing(kind: str, address: str, who: object, browser: str = "") -> Iterator[Guess]:
    """Around one guess at a secret of ``who``: the body calls ``right()`` if it was.

    ``browser`` names a browser that this person has used before. Raises
    TooManyTriesError before the body, which then must not look at the guess.
    """
    guess = Guess(kind)
    try:
        if browser:
            guess.take(KNOWN_BROWSER, browser, who)
        else:
            guess.take_as_stranger(address, who)
    except TooManyTriesError:
        guess.give_back()
        raise
    yield guess


class Guess:
    """What one guess was counted as."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._taken: list[tuple[Limit, tuple[object, ...]]] = []

    def take(self, limit: Limit, *about: object) -> None:
        """Count it here too. Raises TooManyTriesError."""
        about = (self._kind, *about)
        limit.take(*about)
        self._taken.append((limit, about))

    def take_as_stranger(self, address: str, who: object) -> None:
        """Count it by where it comes from; if many come from everywhere, count it for more."""
        if address:
            self.take(ADDRESS, address)
        self.take(PAIR, address, who)
        try:
            self.take(PERSON, who)
        except TooManyTriesError:
            self.take(PAIR_OF_THE_HUNTED, address, who)

    def right(self) -> None:
        """The guess was right: it counts nowhere, and its author begins anew."""
        self.give_back()
        for limit, about in self._taken:
            if limit in (KNOWN_BROWSER, PAIR, PAIR_OF_THE_HUNTED):
                limit.forget(*about)

    def give_back(self) -> None:
        """Let it not have counted."""
        for limit, about in self._taken:
            limit.give_back(*about)
