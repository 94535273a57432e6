"""Finding conversations: the filter as a form, and what it lets through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Feedback, Message, Run
from review import distinct
from review.models import Digest, Judgement, Mark, Question
from review.models.digest import DigestQuerySet
from review.models.judgement import JudgementQuerySet

ANY = ("", _("any"))
YES_NO = [ANY, ("yes", _("yes")), ("no", _("no"))]
MOST = 2_000_000_000


def _choice(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices)


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST)


def _date(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class FilterForm(forms.Form):
    """Which conversations. What does not parse finds nothing, and says why."""

    q = forms.CharField(label=_("Search"), required=False, max_length=500, strip=True)
    since = _date(_("From"))
    until = _date(_("To"))
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    group = forms.ModelChoiceField(
        Group.objects.all(), label=_("Group"), required=False, empty_label=_("any")
    )
    model = _choice(_("Model"))
    outcome = _choice(_("Outcome"), [ANY, *Message.Status.choices])
    error = _choice(_("Has an error"), YES_NO)
    rating = _choice(_("Rating"), [ANY, *Feedback.Verdict.choices, ("none", _("none"))])
    reason = _choice(_("Reason"), [ANY, *Feedback.Reason.choices])
    longer = _number(_("Messages, at least"))
    shorter = _number(_("Messages, at most"))
    slower = _number(_("First token after, ms"))
    language = _choice(_("Language"))
    label = _choice(_("Label"))
    reviewed = _choice(_("Reviewed"), YES_NO)

    def __init__(self, data: Any = None, known: JudgementQuerySet | None = None) -> None:
        """``known``: the reviews that there are, to who asks; all of them without."""
        super().__init__(data, label_suffix="")
        self._known = known
        self._offer("model", models())
        self._offer("language", distinct.values(Digest, "language"))
        self._offer("label", labels())

    def _offer(self, field: str, values: Sequence[str]) -> None:
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [ANY, *((value, value) for value in values)]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for."""
        return self.is_valid() and any(self.cleaned_data.values())

    @property
    def query(self) -> str:
        """What is asked for, as it stands behind the ``?`` of an address."""
        asked = {name: self.data.get(name, "") for name in self.fields}
        return urlencode({name: value for name, value in asked.items() if value})

    def conversations(self) -> DigestQuerySet:
        """Those that fit but for the search, the last active first."""
        found = self.whatever_reviews_say()
        return _by_review(found, self.cleaned_data, self._known) if self.is_valid() else found

    def whatever_reviews_say(self) -> DigestQuerySet:
        """Those that fit but for the search and for what was judged of them."""
        if not self.is_valid():
            return Digest.objects.none()
        found = Digest.objects.kept()
        for narrow in (_by_time, _by_person, _by_figures, _by_words):
            found = narrow(found, self.cleaned_data)
        return found

    @property
    def searched(self) -> str:
        """The words that are looked for."""
        return str(self.cleaned_data["q"]) if self.is_valid() else ""

    def told(self) -> list[tuple[str, str]]:
        """What is asked for, as a person reads it: labels and values."""
        given = self.cleaned_data if self.is_valid() else {}
        asked = [(self.fields[name], value) for name, value in given.items() if value]
        return [(str(field.label), _told(field, value)) for field, value in asked]


def told_of(query: str) -> list[tuple[str, str]]:
    """What stands behind the ``?`` of an address, as a person reads it; no form is made for it."""
    fields, asked = FilterForm.base_fields, QueryDict(query).items()
    given = [(fields[name], value) for name, value in asked if value and name in fields]
    return [(str(field.label), _told(field, value)) for field, value in given]


def _told(field: forms.Field, value: Any) -> str:
    """A value by its name, where it has one."""
    if isinstance(field, forms.ModelChoiceField) and str(value).isdecimal():
        return str(Group.objects.filter(pk=value).first() or value)
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        return str(value)
    return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]


def form_of(query: str, known: JudgementQuerySet | None = None) -> FilterForm:
    """The filter that stands behind the ``?`` of an address."""
    return FilterForm(QueryDict(query), known)


def _by_time(found: DigestQuerySet, asked: dict[str, Any]) -> DigestQuerySet:
    if asked["since"]:
        found = found.filter(active_at__gte=_midnight(asked["since"]))
    if asked["until"]:
        found = found.filter(active_at__lt=_midnight(asked["until"] + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    """When a day begins; no function of a column, so that its index serves."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _by_person(found: DigestQuerySet, asked: dict[str, Any]) -> DigestQuerySet:
    if asked["person"]:  # first, since the database does not know that there is but one
        person = User.objects.filter(username=asked["person"]).first()
        found = found.filter(owner=person) if person else found.none()
    if asked["group"]:
        found = found.filter(owner__in=asked["group"].user_set.values("pk"))
    return found


def _by_figures(found: DigestQuerySet, asked: dict[str, Any]) -> DigestQuerySet:
    if asked["longer"] is not None:
        found = found.filter(messages__gte=asked["longer"])
    if asked["shorter"] is not None:
        found = found.filter(messages__lte=asked["shorter"])
    if asked["slower"] is not None:
        found = found.filter(first_token_ms__gte=asked["slower"])
    if asked["language"]:
        found = found.filter(language=asked["language"])
    if asked["error"]:
        found = found.filter(has_error=asked["error"] == "yes")
    return found


def _by_words(found: DigestQuerySet, asked: dict[str, Any]) -> DigestQuerySet:
    named = {"model": "models_asked", "outcome": "outcomes", "reason": "reasons"}
    for name, field in named.items():
        if asked[name]:
            found = found.holding(field, asked[name])
    if asked["rating"] == "none":
        return found.filter(ratings="")
    return found.holding("ratings", asked["rating"]) if asked["rating"] else found


def _by_review(
    found: DigestQuerySet, asked: dict[str, Any], known: JudgementQuerySet | None
) -> DigestQuerySet:
    judged, marked = Judgement.objects.saved(), Mark.objects.all()
    if known is not None:
        judged, marked = known, marked.filter(judgement__in=known)
    if asked["reviewed"] == "yes":
        found = found.filter(pk__in=judged.values("item__conversation"))
    if asked["reviewed"] == "no":
        found = found.filter(~Exists(judged.filter(item__conversation=OuterRef("pk"))))
    if asked["label"]:
        marks = marked.labelled(asked["label"]).values("judgement__item__conversation")
        found = found.filter(pk__in=marks)
    return found


def models() -> list[str]:
    """Every model that has answered here."""
    return distinct.values(Run, "model")


def labels() -> list[str]:
    """Every label of every rubric."""
    asked = Question.objects.filter(kind=Question.Kind.LABELS)
    return sorted({option for question in asked for option in question.options})
