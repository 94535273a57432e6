"""The page on which people see who read what they wrote."""

from django.urls import path

from review import views

app_name = "review"

urlpatterns = [path("readings/", views.readings, name="readings")]
