"""What a person may send by a form."""

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Feedback
from chat.models.conversation import TITLE_LENGTH
from chat.models.feedback import MAX_WORDS


class RenameForm(forms.Form):
    """A conversation's new title."""

    title = forms.CharField(
        max_length=TITLE_LENGTH,
        error_messages={
            "required": "A title needs some text.",
            "max_length": f"A title can have at most {TITLE_LENGTH} characters.",
        },
    )


class ShareForm(forms.Form):
    """How a conversation is shared: until the end of which day, and with the person's name."""

    ends = forms.DateField(
        required=False,
        validators=[MinValueValidator(timezone.localdate, _("The last day is over."))],
        error_messages={"invalid": _("The last day is no date.")},
    )
    named = forms.BooleanField(required=False)


class FeedbackForm(forms.Form):
    """What a person thinks of an answer; no verdict means that they think nothing."""

    verdict = forms.ChoiceField(choices=Feedback.Verdict, required=False)
    reasons = forms.MultipleChoiceField(choices=Feedback.Reason, required=False)
    words = forms.CharField(
        max_length=MAX_WORDS,
        required=False,
        error_messages={
            "max_length": _("Feedback can have at most %(limit_value)d characters."),
        },
    )

    def clean(self) -> dict[str, Any]:
        """Without reasons that do not go with the verdict."""
        values: dict[str, Any] = super().clean() or {}
        fitting = Feedback.REASONS.get(values.get("verdict", ""), ())
        values["reasons"] = [each for each in values.get("reasons", []) if each in fitting]
        return values
