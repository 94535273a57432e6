"""Addresses of sign-in, of the profile and of everything around them."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import data, invitation, oidc, owner, password, profile, sign_in

app_name = "accounts"

urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-up/", sign_in.SignUp.as_view(), name="sign-up"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("sign-out/everywhere/", profile.sign_out_everywhere, name="sign-out-everywhere"),
    path("owner/", owner.OwnerPage.as_view(), name="owner"),
    path("invitation/", invitation.accept, name="invitation"),
    path("password/", password.ChangePassword.as_view(), name="password-change"),
    path("password/first/", password.SetPassword.as_view(), name="password-set"),
    path("password/changed/", password.PasswordChanged.as_view(), name="password-changed"),
    path("password/forgotten/", password.ForgottenPassword.as_view(), name="password-forgotten"),
    path("account/", profile.show, name="profile"),
    path("account/data/", data.download, name="data"),
    path("account/confirm/again/", oidc.confirm, name="confirm-again"),
    path("account/elsewhere/remove/", oidc.disconnect, name="disconnect"),
    path("account/erase/", data.erase, name="erase"),
    path("account/browsers/others/", profile.sign_out_others, name="sign-out-others"),
    path("account/browsers/<uuid:number>/", profile.sign_out_browser, name="sign-out-browser"),
]
