"""What is stored of accounts, beside Django's people and allauth's second factors."""

from accounts.models.browser import Browser
from accounts.models.invitation import Invitation
from accounts.models.owner_link import LIFE, OwnerLink
from accounts.models.pace import Pace

__all__ = ["LIFE", "Browser", "Invitation", "OwnerLink", "Pace"]
