"""The accounts application, and the administration as it is entered here."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Sign-in and the owner's link."""

    default = True
    name = "accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the groups of the roles, and let the receivers of signals be known."""
        from accounts import sessions, standing  # noqa: F401
        from accounts.roles import keep_groups

        post_migrate.connect(keep_groups, dispatch_uid="groups of the roles")


class AdministrationConfig(admin.AdminConfig):
    """Django's admin application, with our site as its default."""

    default = False
    default_site = "accounts.administration.Administration"
