"""The people of the demo, and the empty project beside it."""

import pytest

from config.demo_people import ensure_own_project, sign_in_links
from curation.domain.access.roles import Role
from curation.models import Membership, Project

pytestmark = pytest.mark.django_db


def test_the_people_of_the_demo_find_a_project_for_their_own_chats(project):
    sign_in_links(project)
    own = ensure_own_project()
    members = Membership.objects.filter(project=own)
    assert sorted(member.role for member in members) == sorted(role.value for role in Role)
    assert not own.is_demo


def test_a_second_start_leaves_the_own_project_as_it_is(project):
    own = ensure_own_project()
    Project.objects.filter(pk=own.pk).update(name="Renamed")
    assert ensure_own_project().name == "Renamed"
    assert Project.objects.filter(slug=own.slug).count() == 1


def test_a_link_of_the_demo_leads_to_the_demo_beside_other_projects(project, client):
    ensure_own_project()
    answer = client.post(sign_in_links(project)["researcher"])
    assert answer["Location"] == f"/p/{project.slug}/"
