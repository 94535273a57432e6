"""Tokens of one-time links: random, and stored as a hash only."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, as text for an address."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is stored of a token: with so many random bits a plain SHA-256 gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()
