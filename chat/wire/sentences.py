"""Sentences that are made in English where something happens, and read in another language.

Who will read why an answer failed, and in which language, nobody knows amid the run; so
it is stored and sent in English, and whoever shows it translates it: ``chat.sentences``.
"""


def sentence(template: str) -> str:
    """Marks a sentence for a person, with ``{placeholders}``, for the catalogues. Returns it."""
    return template
