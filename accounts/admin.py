"""What of accounts is seen in the administration: not the library's tables, which hold secrets."""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.administration import MOMENTS
from accounts.invitations import link_of, send
from accounts.models import Invitation
from accounts.second_factor import remove_from
from accounts.sessions import end_all

admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken])


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin[User] if TYPE_CHECKING else UserAdmin):  # type: ignore[misc]
    """People, and what is done for those who have lost something."""

    actions = ("sign_out_everywhere", "remove_second_factors")
    formfield_overrides = MOMENTS

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For who has lost a device."""
        for person in people:
            end_all(person)
            self.log_change(request, person, "Signed out everywhere.")
        self.message_user(request, _("Signed out everywhere."))

    @admin.action(description=_("Remove all second factors"), permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For who has lost the app, the passkeys and the recovery codes."""
        for person in people:
            remove_from(person)
            end_all(person)
            self.log_change(request, person, "Removed all second factors.")
        self.message_user(request, _("Their password alone signs them in now."))


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who was invited. An invitation is made and taken back, never changed."""

    list_display = ("__str__", "email", "made_by", "made_at", "ends_at", "state", "used_by")
    list_select_related = ("made_by", "used_by")
    fields = ("note", "email", "ends_at")
    formfield_overrides = MOMENTS

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        """Whether it was taken up, or still can be."""
        if invitation.used_at:
            return str(_("taken up"))
        return str(_("open") if invitation.ends_at > timezone.now() else _("over"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody, where nobody new may come in."""
        return settings.SIGN_UP != "off" and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what was sent out stays as it was sent."""
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Note who invites, and make the token, which is kept nowhere."""
        assert isinstance(request.user, User)
        obj.made_by = request.user
        request.invitation_token = obj.renew_token()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page that shows the link, this once, and says whether it was mailed."""
        link = link_of(request.invitation_token)  # type: ignore[attr-defined]
        is_mailed = bool(obj.email and settings.MAIL) and send(obj, link)
        context = self.admin_site.each_context(request) | {
            "title": _("Invitation"),
            "link": link,
            "invitation": obj,
            "is_mailed": is_mailed,
        }
        answer = render(request, "admin/accounts/invitation/made.html", context)
        answer["Cache-Control"] = "no-store"
        return answer
