"""The accounts application, and the administration as it is entered here."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """Sign-in and the owner's link."""

    default = True
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"


class AdministrationConfig(admin.AdminConfig):
    """Django's admin application, with our site as its default."""

    default = False
    default_site = "accounts.administration.Administration"
