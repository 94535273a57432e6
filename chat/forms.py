"""What a person may send by a form."""

from django import forms

from chat.models.conversation import TITLE_LENGTH


class RenameForm(forms.Form):
    """A conversation's new title."""

    title = forms.CharField(
        max_length=TITLE_LENGTH,
        error_messages={
            "required": "A title needs some text.",
            "max_length": f"A title can have at most {TITLE_LENGTH} characters.",
        },
    )
