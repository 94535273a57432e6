"""Legal holds: placed by a lead, seen by auditors, and let go with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.roles import is_auditor, is_lead
from chat.admin.read_only import ReadOnlyAdmin
from chat.models import Conversation, Hold
from review.access import lead_only

SHOWN = 100  # conversations that were deleted and are kept


class HoldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new hold, on a person by name or on a conversation by id."""

    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    conversation = forms.UUIDField(
        label=_("Or one conversation"),
        required=False,
        help_text=_("Its id, as in the address of its transcript."),
    )

    class Meta:
        model = Hold
        fields = ("reason",)

    field_order = ("person", "conversation", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_person(self) -> User | None:
        """Somebody who is here."""
        name = self.cleaned_data["person"]
        person = User.objects.filter(username=name).first() if name else None
        if name and person is None:
            raise forms.ValidationError(gettext("There is nobody of that name."))
        if person and Hold.objects.on_person(person).exists():
            raise forms.ValidationError(gettext("There is a hold already."))
        return person

    def clean_conversation(self) -> Conversation | None:
        """One that is here and not temporary, deleted or not."""
        pk = self.cleaned_data["conversation"]
        found = Conversation.objects.kept().filter(pk=pk).first() if pk else None
        if pk and found is None:
            raise forms.ValidationError(gettext("There is no such conversation."))
        if found and Hold.objects.standing().filter(conversation=found).exists():
            raise forms.ValidationError(gettext("There is a hold already."))
        return found

    def clean(self) -> dict[str, Any]:
        """One of both."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned["person"]) == bool(cleaned["conversation"]):
            raise forms.ValidationError(gettext("Name a person or a conversation."))
        return cleaned

    def place(self, maker: str) -> Hold:
        """Store it."""
        hold: Hold = self.instance
        hold.person = self.cleaned_data["person"]
        hold.conversation = self.cleaned_data["conversation"]
        hold.subject = str((hold.person or hold.conversation).pk)
        hold.maker_name = maker
        hold.save()
        return hold


class ReleaseForm(forms.Form):
    """Why a hold ends."""

    reason = forms.CharField(label=_("Reason to let it go"), max_length=200)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin[Hold]):
    """What must not be erased. A hold is placed and let go, and stays written down."""

    def get_urls(self) -> list[URLPattern]:
        """With the letting go."""
        release = self.admin_site.admin_view(require_POST(self.release))
        return [path("<int:pk>/release/", release, name="chat_hold_release"), *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For leads, auditors and the owner."""
        return is_lead(request.user) or is_auditor(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Those that stand, then those that were let go."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        holds = Hold.objects.select_related("person", "conversation__owner")
        return self._page(request, "holds", {"title": gettext("Legal holds"), "holds": holds})

    @lead_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new one; ``?person=`` and ``?conversation=`` say on what."""
        asked = {name: request.GET.get(name, "") for name in ("person", "conversation")}
        form = HoldForm(request.POST or None, initial=asked)
        if request.method == "POST" and form.is_valid():
            hold = form.place(request.user.get_username())
            self.log_addition(request, hold, "Placed.")
            return _to(hold)
        return self._page(request, "new_hold", {"title": gettext("New legal hold"), "form": form})

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """One hold, and what it keeps that its person deleted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._hold_page(request, self._hold(object_id), ReleaseForm(label_suffix=""))

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """Its page has all there is."""
        raise Http404

    @lead_only
    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let it go; what waited for that is erased."""
        hold = self._hold(str(pk))
        form = ReleaseForm(request.POST, label_suffix="")
        if not form.is_valid():
            return self._hold_page(request, hold, form)
        if hold.release(request.user.get_username(), form.cleaned_data["reason"]):
            self.log_change(request, hold, "Let go.")
            messages.success(request, gettext("The hold is let go."))
        return _to(hold)

    def _hold(self, pk: str) -> Hold:
        try:
            return Hold.objects.select_related("person", "conversation__owner").get(pk=int(pk))
        except (ValueError, OverflowError, Hold.DoesNotExist) as error:
            raise Http404 from error

    def _hold_page(self, request: HttpRequest, hold: Hold, form: ReleaseForm) -> HttpResponse:
        deleted = Conversation.objects.kept_by(hold).deleted().select_related("owner")
        context = {
            "title": gettext("Legal hold"),
            "hold": hold,
            "deleted": deleted[:SHOWN] if hold.released_at is None else (),
            "form": form,
        }
        return self._page(request, "hold", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        frame["leads"] = is_lead(request.user)
        return TemplateResponse(request, f"admin/review/{name}.html", frame | context)


def _to(hold: Hold) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:chat_hold_change", args=[hold.pk]))
