"""Why a model cannot be used."""

from chat.wire.sentences import sentence


class Unusable(Exception):
    """A model cannot be used; the text is a clause that follows "because"."""


class FetchFailed(Unusable):
    """Its file could not be fetched."""


class LoadFailed(Unusable):
    """Its file is there, and could not be loaded."""


def clause(error: Unusable | OSError) -> str:
    """Why a model cannot be used, without the paths that the system's errors carry."""
    if isinstance(error, OSError):
        return sentence("the system refuses what it needs ({reason})").format(reason=error.strerror)
    return str(error)


def megabytes(count: int) -> str:
    """A number of bytes as a person reads it: ``1,206 MB``."""
    return f"{count / 1e6:,.0f} MB"
