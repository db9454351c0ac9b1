"""Addresses of training_jobs; each route is named after its view."""

from django.urls import URLPattern

app_name = "training_jobs"
urlpatterns: list[URLPattern] = []
