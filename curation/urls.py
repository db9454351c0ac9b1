"""Addresses of curation; each route is named after its view."""

from django.urls import URLPattern, path

from curation.views import accounts, health, people, projects

app_name = "curation"
urlpatterns: list[URLPattern] = [
    path("healthz", health.healthz, name="healthz"),
    path("status/", health.status_strip, name="status_strip"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:uid>/<str:token>/", accounts.sign_in_link, name="sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("invitations/<str:token>/", accounts.invitation, name="invitation"),
    path("account/", accounts.account, name="account"),
    path("", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_create, name="project_create"),
    path("projects/menu/", projects.project_menu, name="project_menu"),
    path("p/<slug:project_slug>/", projects.project_home, name="project_home"),
    path("p/<slug:project_slug>/settings/", projects.project_settings, name="project_settings"),
    path("p/<slug:project_slug>/people/", people.people, name="people"),
    path("p/<slug:project_slug>/people/invite/", people.invite_person, name="invite_person"),
    path(
        "p/<slug:project_slug>/people/<uuid:membership_uuid>/role/",
        people.change_member_role,
        name="change_member_role",
    ),
    path(
        "p/<slug:project_slug>/people/<uuid:membership_uuid>/remove/",
        people.remove_person,
        name="remove_person",
    ),
    path(
        "p/<slug:project_slug>/people/invitations/<uuid:invitation_uuid>/withdraw/",
        people.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("p/<slug:project_slug>/audit/", people.audit, name="audit"),
]
