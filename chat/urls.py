"""The chat's addresses."""

from django.urls import path

from chat.views import conversations, pages, preferences

app_name = "chat"

urlpatterns = [
    path("", pages.new, name="new"),
    path("c/<uuid:pk>/", pages.conversation, name="conversation"),
    path("c/<uuid:pk>/rename/", conversations.rename, name="rename"),
    path("c/<uuid:pk>/delete/", conversations.delete, name="delete"),
    path("c/<uuid:pk>/choose/", conversations.choose, name="choose"),
    path("conversations/", conversations.listing, name="conversations"),
    path("conversations/<slug:action>/", conversations.change, name="change"),
    path("models/", pages.models, name="models"),
    path("preferences/", preferences.change, name="preferences"),
]
