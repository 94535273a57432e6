"""The chat's addresses."""

from django.urls import path

from chat.models import Preset, Prompt
from chat.views import (
    application,
    conversations,
    exports,
    imports,
    library,
    messages,
    pages,
    preferences,
    shares,
)
from chat.wire.settings import PresetValues, PromptValues

app_name = "chat"

PRESETS = {"model": Preset, "kind": PresetValues}
PROMPTS = {"model": Prompt, "kind": PromptValues}

urlpatterns = [
    path("", pages.new, name="new"),
    path("manifest.webmanifest", application.manifest, name="manifest"),
    path("c/<uuid:pk>/", pages.conversation, name="conversation"),
    path("c/<uuid:pk>/messages/", pages.messages, name="messages"),
    path("c/<uuid:pk>/rename/", conversations.rename, name="rename"),
    path("c/<uuid:pk>/delete/", conversations.delete, name="delete"),
    path("c/<uuid:pk>/choose/", conversations.choose, name="choose"),
    path("c/<uuid:pk>/seen/", conversations.seen, name="seen"),
    path("c/<uuid:pk>/settings/", conversations.settings, name="settings"),
    path("c/<uuid:pk>/context/", pages.context, name="context"),
    path("messages/<uuid:pk>/feedback/", messages.feedback, name="feedback"),
    path("messages/<uuid:pk>/details/", messages.details, name="details"),
    path("c/<uuid:pk>/export/", exports.one, name="export"),
    path("c/<uuid:pk>/presence/", conversations.presence, name="presence"),
    path("export/", exports.many, name="export-many"),
    path("c/<uuid:pk>/share/", shares.make, name="share"),
    path("s/<slug:token>/", shares.shared, name="shared"),
    path("shares/", shares.listing, name="shares"),
    path("shares/<int:pk>/revoke/", shares.revoke, name="revoke"),
    path("import/", imports.bring_items, name="import"),
    path("conversations/", conversations.listing, name="conversations"),
    path("conversations/<slug:action>/", conversations.change, name="change"),
    path("models/", pages.models, name="models"),
    path("preferences/", preferences.change, name="preferences"),
    path("presets/", library.Things.as_view(**PRESETS), name="presets"),
    path("presets/<int:pk>/", library.Thing.as_view(**PRESETS), name="preset"),
    path("presets/<int:pk>/delete/", library.Gone.as_view(**PRESETS), name="preset-delete"),
    path("prompts/", library.Things.as_view(**PROMPTS), name="prompts"),
    path("prompts/<int:pk>/", library.Thing.as_view(**PROMPTS), name="prompt"),
    path("prompts/<int:pk>/delete/", library.Gone.as_view(**PROMPTS), name="prompt-delete"),
]
