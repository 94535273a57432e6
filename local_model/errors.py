"""Why a model cannot be used."""


class Unusable(Exception):
    """A model cannot be used; the text is a clause that follows "because"."""


class FetchFailed(Unusable):
    """Its file could not be fetched."""


class LoadFailed(Unusable):
    """Its file is there, and could not be loaded."""


def sentence(label: str, reason: Unusable) -> str:
    """What a person is told of a model that cannot be used."""
    return f"{label} cannot be used: {reason}."


def megabytes(count: int) -> str:
    """A number of bytes as a person reads it: ``1,206 MB``."""
    return f"{count / 1e6:,.0f} MB"
