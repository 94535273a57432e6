"""The same addresses under the names that allauth asks for, and its own pages."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkey
from allauth.socialaccount import views as elsewhere
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from accounts.views import address, oidc, password, sign_in
from accounts.views.common import needs_mail, needs_passwords, strict


def strictly(patterns: list[URLPattern]) -> list[URLPattern]:
    """The same patterns, with the headers of our own pages and kept in no cache."""
    for pattern in patterns:
        pattern.callback = never_cache(strict(pattern.callback))
    return patterns


urlpatterns = strictly(
    [
        path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
        path("sign-up/", sign_in.SignUp.as_view(), name="account_signup"),
        path("sign-out/", LogoutView.as_view(), name="account_logout"),
        path("sign-in/with/<slug:provider_id>/", oidc.begin, name="openid_connect_login"),
        path("sign-in/with/<slug:provider_id>/back/", oidc.back, name="openid_connect_callback"),
        path("sign-in/new/", elsewhere.signup, name="socialaccount_signup"),
        path("sign-in/not/", elsewhere.login_cancelled, name="socialaccount_login_cancelled"),
        path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
        path("password/", password.ChangePassword.as_view(), name="account_change_password"),
        path("password/first/", password.SetPassword.as_view(), name="account_set_password"),
        path(
            "password/forgotten/",
            password.ForgottenPassword.as_view(),
            name="account_reset_password",
        ),
        path(
            "password/forgotten/code/",
            needs_mail(account.confirm_password_reset_code),
            name="account_confirm_password_reset_code",
        ),
        path(
            "password/forgotten/new/",
            needs_mail(account.complete_password_reset),
            name="account_complete_password_reset",
        ),
        path(
            "password/forgotten/done/",
            needs_mail(account.password_reset_from_key_done),
            name="account_password_reset_completed",
        ),
        path("account/address/", address.ChangeAddress.as_view(), name="account_email"),
        path(
            "account/address/code/",
            needs_mail(account.email_verification_sent),
            name="account_email_verification_sent",
        ),
        path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
        path("sign-in/second-factor/", second_factor.authenticate, name="mfa_authenticate"),
        path(
            "sign-in/passkey/", needs_passwords(passkey.login_webauthn), name="mfa_login_webauthn"
        ),
        path("account/confirm/code/", second_factor.reauthenticate, name="mfa_reauthenticate"),
        path(
            "account/confirm/passkey/",
            passkey.reauthenticate_webauthn,
            name="mfa_reauthenticate_webauthn",
        ),
        path("account/two-factor/", second_factor.index, name="mfa_index"),
        path("account/two-factor/app/", app.activate_totp, name="mfa_activate_totp"),
        path("account/two-factor/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
        path(
            "account/two-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"
        ),
        path(
            "account/two-factor/codes/new/",
            codes.generate_recovery_codes,
            name="mfa_generate_recovery_codes",
        ),
        path(
            "account/two-factor/codes/file/",
            codes.download_recovery_codes,
            name="mfa_download_recovery_codes",
        ),
        path(
            "account/two-factor/passkeys/",
            RedirectView.as_view(pattern_name="mfa_index", http_method_names=["get"]),
            name="mfa_list_webauthn",
        ),
        path("account/two-factor/passkeys/add/", passkey.add_webauthn, name="mfa_add_webauthn"),
        path(
            "account/two-factor/passkeys/<int:pk>/remove/",
            passkey.remove_webauthn,
            name="mfa_remove_webauthn",
        ),
    ]
)
