"""Legal holds: placed by a lead, seen by auditors, and let go with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat.models import Conversation, Hold
from review.access import lead_only
from review.admin.pages import OwnPages

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
class HoldAdmin(OwnPages[Hold]):
    """What must not be erased. A hold is placed and let go, and stays written down."""

    def get_urls(self) -> list[URLPattern]:
        """With the letting go."""
        release = self.admin_site.admin_view(require_POST(self.release))
        return [path("<int:pk>/release/", release, name="chat_hold_release"), *super().get_urls()]

    def rows(self) -> QuerySet[Hold]:
        """With what they are on."""
        return Hold.objects.select_related("person", "conversation__owner")

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """Those that stand, then those that were let go."""
        return self.page(request, "holds", {"title": gettext("Legal holds"), "holds": self.rows()})

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
        return self.page(request, "new_hold", {"title": gettext("New legal hold"), "form": form})

    def page_of(self, request: HttpRequest, row: Hold) -> HttpResponse:
        """One hold, and what it keeps that its person deleted."""
        return self._with_form(request, row, ReleaseForm(label_suffix=""))

    @lead_only
    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let it go; what waited for that is erased."""
        hold = self.find(pk)
        form = ReleaseForm(request.POST, label_suffix="")
        if not form.is_valid():
            return self._with_form(request, hold, form)
        if hold.release(request.user.get_username(), form.cleaned_data["reason"]):
            self.log_change(request, hold, "Let go.")
            messages.success(request, gettext("The hold is let go."))
        return _to(hold)

    def _with_form(self, request: HttpRequest, hold: Hold, form: ReleaseForm) -> HttpResponse:
        deleted = Conversation.objects.kept_by(hold).deleted().select_related("owner")
        context = {
            "title": gettext("Legal hold"),
            "hold": hold,
            "deleted": deleted[:SHOWN] if hold.released_at is None else (),
            "form": form,
        }
        return self.page(request, "hold", context)


def _to(hold: Hold) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:chat_hold_change", args=[hold.pk]))
