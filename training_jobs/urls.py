"""Addresses of training_jobs; each route is named after its view."""

from django.urls import path

from training_jobs import views

app_name = "training_jobs"
RUN = "p/<slug:project_slug>/training/<uuid:run_uuid>"
urlpatterns = [
    path("p/<slug:project_slug>/training/", views.run_list, name="run_list"),
    path("p/<slug:project_slug>/training/new/", views.run_create, name="run_create"),
    path("p/<slug:project_slug>/training/new/plan/", views.run_plan, name="run_plan"),
    path("p/<slug:project_slug>/training/card/", views.run_card, name="run_card"),
    path("p/<slug:project_slug>/training/funnel/", views.funnel_stage, name="funnel_stage"),
    path(f"{RUN}/", views.run_detail, name="run_detail"),
    path(f"{RUN}/progress/", views.run_progress, name="run_progress"),
    path(f"{RUN}/curves/", views.run_curves, name="run_curves"),
    path(f"{RUN}/figures/", views.run_figures, name="run_figures"),
    path(f"{RUN}/results/", views.run_results, name="run_results"),
    path(f"{RUN}/history/", views.run_history, name="run_history"),
    path(f"{RUN}/log/", views.run_log, name="run_log"),
    path(f"{RUN}/log/download/", views.run_log_file, name="run_log_file"),
    path(f"{RUN}/cancel/", views.run_cancel, name="run_cancel"),
    path(f"{RUN}/adapter/", views.run_adapter, name="run_adapter"),
    path(f"{RUN}/card/", views.run_model_card, name="run_model_card"),
]
