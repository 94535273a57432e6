"""Rules: how long conversations stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.models import Conversation, Message
from chat.models.clock import Now
from chat.models.conversation import ConversationQuerySet
from review.models.judgement import Mark

LONGEST = 36_500  # days: for ever, as far as anybody here is concerned


class RuleQuerySet(models.QuerySet["Rule"]):
    """Ways to rules."""

    def erasing(self) -> RuleQuerySet:
        """Those that erase."""
        return self.filter(action=Rule.Action.ERASE)

    def keeping(self) -> RuleQuerySet:
        """Those that keep."""
        return self.filter(action=Rule.Action.KEEP)

    def on(self) -> RuleQuerySet:
        """Those that are applied."""
        return self.filter(is_on=True)


class Rule(models.Model):
    """Erases conversations that nobody has said anything in for so many days, or keeps them.

    What it narrows itself to (``group``, ``model``, ``label``) all has to be met. Keeping wins:
    nothing is erased that a rule keeps. A rule begins switched off, so that it can be seen
    what it would erase, and changes no more: another one takes its place.
    """

    class Action(models.TextChoices):
        ERASE = "erase", _("erase")
        KEEP = "keep", _("keep, whatever other rules say")

    name = models.CharField(_("name"), max_length=100, unique=True)
    action = models.CharField(_("what to do"), max_length=5, choices=Action, default=Action.ERASE)
    days = models.PositiveIntegerField(
        _("days"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text=_("Counted from when something was last said in a conversation."),
    )
    group = models.ForeignKey(
        Group,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("people of the group"),
    )
    model = models.CharField(_("answered by the model"), max_length=200, blank=True)
    label = models.CharField(_("labelled by reviewers"), max_length=200, blank=True)
    is_on = models.BooleanField(_("on"), default=False, editable=False)
    maker_name = models.CharField(max_length=150, editable=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def sentence(self) -> str:
        """What it does, but for what it is narrowed to."""
        if self.action == self.Action.ERASE:
            told = ngettext("Erase after %(days)d day", "Erase after %(days)d days", self.days)
        else:
            told = ngettext("Keep for %(days)d day", "Keep for %(days)d days", self.days)
        return told % {"days": self.days}

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about some conversations only."""
        return bool(self.group_id or self.model or self.label)

    def switch(self, *, is_on: bool) -> bool:
        """Switch it on or off. True for whoever did."""
        return Rule.objects.filter(pk=self.pk, is_on=not is_on).update(is_on=is_on) == 1

    def due(self) -> ConversationQuerySet:
        """What it would erase now: nothing that another rule keeps, or a hold."""
        return self._past().unheld()

    def held(self) -> ConversationQuerySet:
        """What it would erase if no hold stood on it."""
        return self._past().held()

    def _past(self) -> ConversationQuerySet:
        found = Conversation.objects.present().kept()
        found = found.filter(self._is_about(), active_at__lt=self._begin)
        for rule in Rule.objects.keeping().on():
            found = found.exclude(rule._is_about() & models.Q(active_at__gte=rule._begin))
        return found.quiet()

    @property
    def _begin(self) -> Any:
        return Now() - timedelta(days=self.days)

    def _is_about(self) -> models.Q:
        """Of a conversation, whatever its age; asked of each by itself, so that few cost little."""
        met = models.Q()
        if self.group_id:
            people = Group.user_set.through.objects.filter(group=self.group_id)
            met &= models.Q(models.Exists(people.filter(user=models.OuterRef("owner"))))
        if self.model:
            answers = Message.objects.filter(conversation=models.OuterRef("pk"), model=self.model)
            met &= models.Q(models.Exists(answers))
        if self.label:
            marks = Mark.objects.labelled(self.label)
            of_it = marks.filter(judgement__item__conversation=models.OuterRef("pk"))
            met &= models.Q(models.Exists(of_it))
        return met
