"""The retention rules: made by the owner, seen at work before they are switched on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from review import finding
from review.access import owner_only
from review.admin.pages import OwnPages
from review.models import Rule
from review.retention import preview


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new rule."""

    model = forms.ChoiceField(label=_("Answered by the model"), required=False)
    label = forms.ChoiceField(label=_("Labelled by reviewers"), required=False)

    class Meta:
        model = Rule
        fields = ("name", "action", "days", "group", "model", "label")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, values in (("model", finding.models()), ("label", finding.labels())):
            offered = self.fields[name]
            assert isinstance(offered, forms.ChoiceField)
            offered.choices = [finding.ANY, *((value, value) for value in values)]
        group = self.fields["group"]
        assert isinstance(group, forms.ModelChoiceField)
        group.empty_label = gettext("any")


@admin.register(Rule)
class RuleAdmin(OwnPages[Rule]):
    """How long conversations stay. Nothing here shows what anybody wrote."""

    def get_urls(self) -> list[URLPattern]:
        """With the switch, and the way to forget a rule."""
        switch = self.admin_site.admin_view(require_POST(self.switch))
        drop = self.admin_site.admin_view(require_POST(self.drop))
        return [
            path("<int:pk>/switch/", switch, name="review_rule_switch"),
            path("<int:pk>/drop/", drop, name="review_rule_drop"),
            *super().get_urls(),
        ]

    def rows(self) -> QuerySet[Rule]:
        """With their groups."""
        return Rule.objects.select_related("group")

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """All rules, and what goes by itself."""
        context = {"title": gettext("Retention rules"), "rules": self.rows()}
        return self.page(request, "rules", context)

    @owner_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new one, which is off at first."""
        form = RuleForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            form.instance.maker_name = request.user.get_username()
            rule = form.save()
            self.log_addition(request, rule, "Made.")
            return _to(rule)
        return self.page(request, "new_rule", {"title": gettext("New rule"), "form": form})

    def page_of(self, request: HttpRequest, row: Rule) -> HttpResponse:
        """What it says, and what it would erase now."""
        erases = row.action == Rule.Action.ERASE
        context = {
            "title": row.name,
            "rule": row,
            "found": preview.of(row) if erases else None,
            "most_counted": preview.MOST_COUNTED,
        }
        return self.page(request, "rule", context)

    @owner_only
    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """On or off."""
        rule = self.find(pk)
        is_on = "on" in request.POST
        if rule.switch(is_on=is_on):
            self.log_change(request, rule, "Switched on." if is_on else "Switched off.")
        return _to(rule)

    @owner_only
    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget it. What it erased stays in the account."""
        rule = self.find(pk)
        self.log_deletions(request, Rule.objects.filter(pk=rule.pk))
        rule.delete()
        messages.success(request, gettext("The rule “%s” is gone.") % rule.name)
        return HttpResponseRedirect(reverse("admin:review_rule_changelist"))


def _to(rule: Rule) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:review_rule_change", args=[rule.pk]))
