"""Addresses of curation; each route is named after its view."""

from django.urls import URLPattern

app_name = "curation"
urlpatterns: list[URLPattern] = []
