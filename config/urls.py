"""Every address of Harken, one app after another."""

from django.urls import include, path

urlpatterns = [
    path("", include("curation.urls")),
    path("", include("feedback_mining.urls")),
    path("", include("annotation.urls")),
    path("", include("training_jobs.urls")),
]
