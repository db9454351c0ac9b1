"""Every address of Harken, one app after another."""

from django.urls import include, path

from curation.api.application import api

urlpatterns = [
    path("api/v1/", api.urls),
    # Addresses are tried one after another, and no other is asked for so often as the desk.
    path("", include("annotation.urls")),
    path("", include("curation.urls")),
    path("", include("feedback_mining.urls")),
    path("", include("training_jobs.urls")),
]
