"""How the list of conversations is narrowed down."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from chat.models import Conversation, Message, Run

PEOPLE_SHOWN = 20

Choices = list[tuple[Any, Any]]


class MomentFilter(admin.DateFieldListFilter):
    """Today, this month, and so on."""

    titles = {"active_at": gettext_lazy("last active"), "started_at": gettext_lazy("start")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = self.titles[self.field.name]


class PersonFilter(admin.SimpleListFilter):
    """Whose it is: the people who were here last, and whoever is chosen."""

    title = gettext_lazy("person")
    parameter_name = "person"

    def lookups(self, *_: Any) -> Choices:
        """The choices of the page."""
        people = User.objects.alias(last=Max("conversations__active_at")).exclude(last=None)
        recent: list[User] = [*people.order_by("-last")[:PEOPLE_SHOWN]]
        if (chosen := _chosen(self.value())) and chosen not in recent:
            recent.insert(0, chosen)
        return [(person.pk, person.get_username()) for person in recent]

    def queryset(
        self, _: HttpRequest, conversations: QuerySet[Conversation]
    ) -> QuerySet[Conversation] | None:
        """Those of the chosen person."""
        if self.value() is None:
            return None
        return conversations.filter(owner=_chosen(self.value()))


class AnswerFilter(admin.SimpleListFilter):
    """Conversations that hold an answer of some kind."""

    def queryset(
        self, _: HttpRequest, conversations: QuerySet[Conversation]
    ) -> QuerySet[Conversation] | None:
        """Those with such an answer in any branch."""
        value = self.value()
        if value is None:
            return None
        return conversations.filter(pk__in=self.answers(value).values("conversation"))

    def answers(self, value: str) -> QuerySet[Message]:
        """The answers of the chosen kind."""
        raise NotImplementedError


class ModelFilter(AnswerFilter):
    """Which model wrote an answer."""

    title = gettext_lazy("model")
    parameter_name = "model"

    def lookups(self, *_: Any) -> Choices:
        """Every model that has ever answered here."""
        return _models()

    def answers(self, value: str) -> QuerySet[Message]:
        """Those that a run of this model wrote."""
        return Message.objects.filter(runs__model=value)


class StatusFilter(AnswerFilter):
    """How an answer ended."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, *_: Any) -> Choices:
        """Each status a message can have."""
        return Message.Status.choices

    def answers(self, value: str) -> QuerySet[Message]:
        """Those of this status."""
        return Message.objects.filter(role=Message.Role.ASSISTANT, status=value)


class RunModelFilter(admin.SimpleListFilter):
    """Which model was asked."""

    title = gettext_lazy("model")
    parameter_name = "model"

    def lookups(self, *_: Any) -> Choices:
        """Every model that has ever answered here."""
        return _models()

    def queryset(self, _: HttpRequest, runs: QuerySet[Run]) -> QuerySet[Run] | None:
        """The runs of the chosen model."""
        return runs.filter(model=self.value()) if self.value() else None


class ErrorFilter(admin.SimpleListFilter):
    """Whether any answer has an error."""

    title = gettext_lazy("error")
    parameter_name = "error"

    def lookups(self, *_: Any) -> Choices:
        """Yes or no."""
        return [("yes", gettext_lazy("Has an error")), ("no", gettext_lazy("Has none"))]

    def queryset(
        self, _: HttpRequest, conversations: QuerySet[Conversation]
    ) -> QuerySet[Conversation] | None:
        """Those with an error in any branch, or those without."""
        failed = Q(pk__in=Message.objects.exclude(error="").values("conversation"))
        match self.value():
            case "yes":
                return conversations.filter(failed)
            case "no":
                return conversations.exclude(failed)
        return None


def _chosen(value: str | None) -> User | None:
    return User.objects.filter(pk=value).first() if value and value.isdecimal() else None


def _models() -> Choices:
    runs = Run.objects.exclude(model="").order_by("model")
    return [(model, model) for model in runs.values_list("model", flat=True).distinct()]
