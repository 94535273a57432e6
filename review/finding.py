"""Finding conversations: the filter as a form, and what it lets through, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation, Feedback, Message, Run
from review import masking
from review.masking import Mask
from review.models import Digest, Judgement, Mark, Question
from review.models.digest import DigestQuerySet
from review.models.queue import ItemQuerySet
from search.excerpts import Piece, excerpt
from search.find import search_all
from search.words import wanted

PAGE = 50
MOST_COUNTED = 10_000
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
    group = forms.ModelChoiceField(Group.objects.all(), required=False, empty_label=_("any"))
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

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self._offer("model", models())
        self._offer("language", Digest.objects.languages())
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
        if not self.is_valid():
            return Digest.objects.none()
        found = Digest.objects.kept()
        for narrow in (_by_time, _by_person, _by_figures, _by_words, _by_review):
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


def _told(field: forms.Field, value: Any) -> str:
    """A value by its name, where it has one."""
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        return str(value)
    return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]


def form_of(query: str) -> FilterForm:
    """The filter that stands behind the ``?`` of an address."""
    return FilterForm(QueryDict(query))


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
    if asked["person"]:
        found = found.filter(owner__username=asked["person"])
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


def _by_review(found: DigestQuerySet, asked: dict[str, Any]) -> DigestQuerySet:
    judged = Judgement.objects.saved()
    if asked["reviewed"] == "yes":
        found = found.filter(pk__in=judged.values("item__conversation"))
    if asked["reviewed"] == "no":
        found = found.filter(~Exists(judged.filter(item__conversation=OuterRef("pk"))))
    if asked["label"]:
        marks = Mark.objects.labelled(asked["label"]).values("judgement__item__conversation")
        found = found.filter(pk__in=marks)
    return found


def models() -> list[str]:
    """Every model that has answered here."""
    runs = Run.objects.exclude(model="").order_by("model")
    return list(runs.values_list("model", flat=True).distinct())


def labels() -> list[str]:
    """Every label of every rubric."""
    asked = Question.objects.filter(kind=Question.Kind.LABELS)
    return sorted({option for question in asked for option in question.options})


def chosen(form: FilterForm, most: int) -> list[UUID]:
    """Ids of those that fit, the search included, the last active or found first."""
    if not form.searched:
        return list(form.conversations().values_list("pk", flat=True)[:most])
    found: dict[UUID, None] = {}
    after: str | None = ""
    while after is not None and len(found) < most:
        hits = search_all(form.searched, _of(form.conversations()), after)
        found.update((hit.conversation.pk, None) for hit in (*hits.titles, *hits.messages))
        after = hits.after
    return list(found)[:most]


@dataclass
class Row:
    """A conversation of the list, and what of it the search found, in which message."""

    digest: Digest
    excerpt: Sequence[Piece] = ()
    said: Message | None = None

    @property
    def conversation(self) -> Conversation:
        """The conversation."""
        return self.digest.conversation

    def mask(self, mask: Mask, searched: str) -> None:
        """Mask its words: what is masked is no excerpt of what was found."""
        masking.conversation(self.conversation, mask)
        if self.said is not None and mask is not str:
            self.excerpt = excerpt(mask(self.said.text), wanted(searched))


@dataclass(frozen=True)
class Found:
    """One page of a list. ``older`` is the place where the next begins, or empty.

    ``count`` is how many fit, counted no further than ``MOST_COUNTED``; None for hits.
    """

    rows: list[Row]
    count: int | None
    older: str


def page(form: FilterForm, within: ItemQuerySet | None, after: str) -> Found:
    """The rows of one page, of the conversations of these items; as many queries for all lengths.

    Raises ValueError if ``after`` is no place of a list.
    """
    fitting = _within(form.conversations(), within)
    return _hits(form, fitting, after) if form.searched else _listed(fitting, after)


def neighbours(
    form: FilterForm, within: ItemQuerySet | None, conversation: Conversation
) -> tuple[UUID | None, UUID | None]:
    """The conversations before and after this one in a list; of hits there are none."""
    here = Digest.objects.filter(pk=conversation.pk).first()
    if here is None or form.searched:
        return None, None
    fitting = _within(form.conversations(), within)
    at = (here.active_at, here.pk)
    before, after = fitting.newer_than(*at).first(), fitting.older_than(*at).first()
    return getattr(before, "pk", None), getattr(after, "pk", None)


def _listed(fitting: DigestQuerySet, after: str) -> Found:
    count = fitting.order_by()[: MOST_COUNTED + 1].count()
    if after:
        fitting = fitting.older_than(*place(after))
    digests = list(fitting.select_related("conversation", "owner")[: PAGE + 1])
    shown = digests[:PAGE]
    older = f"{shown[-1].active_at.isoformat()}~{shown[-1].pk}" if len(digests) > PAGE else ""
    return Found([Row(digest) for digest in shown], count, older)


def _hits(form: FilterForm, fitting: DigestQuerySet, after: str) -> Found:
    hits = search_all(form.searched, _of(fitting), after)
    found = [*hits.titles, *hits.messages]
    digests = Digest.objects.select_related("conversation", "owner").in_bulk(
        [hit.conversation.pk for hit in found]
    )
    rows = [
        Row(digests[hit.conversation.pk], hit.excerpt, hit.message)
        for hit in found
        if hit.conversation.pk in digests
    ]
    return Found(rows, None, hits.after or "")


def _within(fitting: DigestQuerySet, items: ItemQuerySet | None) -> DigestQuerySet:
    if items is None:
        return fitting
    return fitting.filter(Exists(items.filter(conversation=OuterRef("pk"))))


def _of(fitting: DigestQuerySet) -> QuerySet[Conversation]:
    """Asked of each hit, so that nothing is gathered of those that fit."""
    return Conversation.objects.filter(Exists(fitting.order_by().filter(pk=OuterRef("pk"))))


def place(after: str) -> tuple[datetime, UUID]:
    """The last row of the page before. ValueError if the text is no such place."""
    moment, _tilde, pk = after.partition("~")
    active_at = parse_datetime(moment)
    if active_at is None:
        raise ValueError(after)
    return active_at, UUID(pk)
