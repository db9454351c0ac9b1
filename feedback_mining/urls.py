"""Addresses of feedback mining; each route is named after its view."""

from django.urls import path

from feedback_mining.views import signals

app_name = "feedback_mining"
urlpatterns = [
    path("p/<slug:project_slug>/signals/", signals.signal_list, name="signal_list"),
    path("p/<slug:project_slug>/signals/mine/", signals.mining_start, name="mining_start"),
    path("p/<slug:project_slug>/signals/pairs/", signals.pair_building_start, name="pair_building_start"),
    path("p/<slug:project_slug>/signals/taxonomy/", signals.taxonomy, name="taxonomy"),
    path("p/<slug:project_slug>/signals/work/", signals.mining_work, name="mining_work"),
    path("p/<slug:project_slug>/signals/measured/", signals.measured_card, name="measured_card"),
    path("p/<slug:project_slug>/signals/funnel/", signals.funnel_stage, name="funnel_stage"),
    path(
        "p/<slug:project_slug>/signals/<uuid:signal_uuid>/review/", signals.signal_review, name="signal_review"
    ),
    path(
        "p/<slug:project_slug>/conversations/<uuid:conversation_uuid>/signals/",
        signals.signal_panel,
        name="signal_panel",
    ),
]
