"""Names that people give themselves: none that could be taken for another's."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

ALIKE = ("LATIN", "CYRILLIC", "GREEK")  # alphabets whose letters look alike


def fit(name: str) -> str:
    """The name as it is kept. Raises ValidationError if it is taken, or could be misread.

    Names are told apart by more than their letters' case and width (Unicode TR 15), and by
    more than letters of another alphabet. None is a mail address: whose it is signs in by it.
    """
    name = unicodedata.normalize("NFKC", name)
    if "@" in name:
        raise ValidationError(_("A name is no mail address: it has no @ in it."), code="address")
    if len({script for letter in name for script in ALIKE if _is_of(letter, script)}) > 1:
        raise ValidationError(_("This name mixes letters that look alike."), code="mixed")
    others = {name.lower(), name.upper(), name.title(), name.capitalize()}
    if User.objects.filter(Q(username__iexact=name) | Q(username__in=others)).exists():
        raise ValidationError(User._meta.get_field("username").error_messages["unique"])
    return name


def _is_of(letter: str, script: str) -> bool:
    return unicodedata.name(letter, "").startswith(f"{script} ")
