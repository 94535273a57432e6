"""The chat's addresses."""

from django.urls import path

from chat import views

app_name = "chat"

urlpatterns = [
    path("", views.new, name="new"),
    path("c/<uuid:pk>/", views.conversation, name="conversation"),
    path("c/<uuid:pk>/rename/", views.rename, name="rename"),
    path("c/<uuid:pk>/delete/", views.delete, name="delete"),
    path("c/<uuid:pk>/choose/", views.choose, name="choose"),
    path("conversations/", views.conversations, name="conversations"),
    path("models/", views.models, name="models"),
]
