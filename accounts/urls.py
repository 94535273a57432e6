"""Addresses of sign-in and passwords."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("owner/", views.OwnerPage.as_view(), name="owner"),
    path("password/", views.ChangePassword.as_view(), name="password-change"),
    path("password/changed/", views.PasswordChanged.as_view(), name="password-changed"),
]
