"""The retention rules: made by the owner, seen at work before they are switched on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.roles import is_auditor, is_lead, is_owner
from chat.admin.read_only import ReadOnlyAdmin
from review import finding
from review.access import owner_only
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
class RuleAdmin(ReadOnlyAdmin[Rule]):
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

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For leads and auditors, who change nothing, and the owner."""
        return is_lead(request.user) or is_auditor(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All rules, and what goes by itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rules = Rule.objects.select_related("group")
        return self._page(request, "rules", {"title": gettext("Retention rules"), "rules": rules})

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
        return self._page(request, "new_rule", {"title": gettext("New rule"), "form": form})

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """What it says, and what it would erase now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = self._rule(object_id)
        erases = rule.action == Rule.Action.ERASE
        context = {
            "title": rule.name,
            "rule": rule,
            "found": preview.of(rule) if erases else None,
            "most_counted": preview.MOST_COUNTED,
        }
        return self._page(request, "rule", context)

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """The administration's own log has who switched it."""
        raise Http404

    @owner_only
    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """On or off."""
        rule = self._rule(str(pk))
        is_on = "on" in request.POST
        if rule.switch(is_on=is_on):
            self.log_change(request, rule, "Switched on." if is_on else "Switched off.")
        return _to(rule)

    @owner_only
    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget it. What it erased stays in the account."""
        rule = self._rule(str(pk))
        self.log_deletions(request, Rule.objects.filter(pk=rule.pk))
        rule.delete()
        messages.success(request, gettext("The rule “%s” is gone.") % rule.name)
        return HttpResponseRedirect(reverse("admin:review_rule_changelist"))

    def _rule(self, pk: str) -> Rule:
        try:
            return Rule.objects.select_related("group").get(pk=int(pk))
        except (ValueError, OverflowError, Rule.DoesNotExist) as error:
            raise Http404 from error

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        frame["owns"] = is_owner(request.user)
        return TemplateResponse(request, f"admin/review/{name}.html", frame | context)


def _to(rule: Rule) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:review_rule_change", args=[rule.pk]))
