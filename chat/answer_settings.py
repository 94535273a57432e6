"""What a person sets of how answers are made, in words: names, help, bounds, refusals."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models.library import NAME_LENGTH
from chat.wire.commands import MAX_SYSTEM_PROMPT
from chat.wire.parameters import bounds
from chat.wire.settings import MAX_PROMPT


@dataclass(frozen=True)
class Knob:
    """A parameter that is a number, as a form shows it; ``step`` is that of its arrows."""

    name: str
    label: str | Promise
    help: str | Promise
    step: float = 0.05

    @property
    def is_whole(self) -> bool:
        """Whether it has no fractions."""
        return self.step == 1

    @property
    def problem(self) -> str:
        """Why a value is not taken, in a sentence."""
        return refusal(self.name)

    @property
    def lowest(self) -> float:
        """The least value."""
        return bounds(self.name)[0]

    @property
    def highest(self) -> float:
        """The greatest value."""
        return bounds(self.name)[1]


KNOBS = (
    Knob(
        "temperature",
        gettext_lazy("Temperature"),
        gettext_lazy("Low keeps to the likeliest words, high is more surprising."),
    ),
    Knob(
        "max_tokens",
        gettext_lazy("Answer length"),
        gettext_lazy("Tokens at most; a token is about three quarters of a word."),
        step=1,
    ),
    Knob(
        "top_p",
        gettext_lazy("Top-p"),
        gettext_lazy("Chooses among the likeliest words that make up this share."),
    ),
    Knob(
        "repetition_penalty",
        gettext_lazy("Repetition penalty"),
        gettext_lazy("Above 1 repeats less, 1 changes nothing."),
    ),
    Knob(
        "seed",
        gettext_lazy("Seed"),
        gettext_lazy("The same seed and question give the same answer, where the model can."),
        step=1,
    ),
)


def refusal(field: str) -> str:
    """Why the value of this field is not taken, in a sentence."""
    for knob in KNOBS:
        if knob.name == field:
            values = {"name": knob.label} | _bounds_in_words(knob)
            return _("“%(name)s” is a number from %(lowest)s to %(highest)s.") % values
    sentences = {
        "system_prompt": (
            _("A system prompt can have at most %(most)s characters."),
            MAX_SYSTEM_PROMPT,
        ),
        "text": (_("A prompt can have at most %(most)s characters."), MAX_PROMPT),
        "name": (_("A name can have at most %(most)s characters."), NAME_LENGTH),
    }
    if field in sentences:
        sentence, most = sentences[field]
        return sentence % {"most": _number(most)}
    return _("The server does not take these settings. Reload the page and try again.")


def _bounds_in_words(knob: Knob) -> dict[str, str]:
    return {"lowest": _number(knob.lowest), "highest": _number(knob.highest)}


def _number(value: float) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)
