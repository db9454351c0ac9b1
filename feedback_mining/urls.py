"""Addresses of feedback_mining; each route is named after its view."""

from django.urls import URLPattern

app_name = "feedback_mining"
urlpatterns: list[URLPattern] = []
