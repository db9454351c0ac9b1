"""Addresses of feedback mining; each route is named after its view."""

from django.urls import path

from feedback_mining import views

app_name = "feedback_mining"
urlpatterns = [
    path("p/<slug:project_slug>/signals/", views.signal_list, name="signal_list"),
    path("p/<slug:project_slug>/signals/mine/", views.mining_start, name="mining_start"),
    path("p/<slug:project_slug>/signals/pairs/", views.pair_building_start, name="pair_building_start"),
    path("p/<slug:project_slug>/signals/taxonomy/", views.taxonomy, name="taxonomy"),
    path("p/<slug:project_slug>/signals/work/", views.mining_work, name="mining_work"),
    path("p/<slug:project_slug>/signals/measured/", views.measured_card, name="measured_card"),
    path("p/<slug:project_slug>/signals/funnel/", views.funnel_stage, name="funnel_stage"),
    path(
        "p/<slug:project_slug>/signals/<uuid:signal_uuid>/review/", views.signal_review, name="signal_review"
    ),
    path(
        "p/<slug:project_slug>/conversations/<uuid:conversation_uuid>/signals/",
        views.signal_panel,
        name="signal_panel",
    ),
]
