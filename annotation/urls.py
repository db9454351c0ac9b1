"""Addresses of annotation; each route is named after its view."""

from django.urls import URLPattern

app_name = "annotation"
urlpatterns: list[URLPattern] = []
