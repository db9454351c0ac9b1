"""The frame of every page: navigation by role, panels by name, themes, and pages for what went wrong."""

import re
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from curation.domain.access.roles import Role
from curation.models import Project, User
from curation.templatetags.navigation import PROJECT_PAGES, project_url
from tests import cast

ClientOf = Callable[[User], Client]
HOME_PANELS = [
    "annotation:story_card",
    "curation:drop_zone",
    "curation:download_card",
    "curation:funnel",
    "training_jobs:run_card",
]


def page(browser: Client, address: str = "/p/shared/") -> str:
    return browser.get(address).content.decode()


def navigation(text: str) -> list[str]:
    menu = re.search(r'<nav class="site-nav".*?</nav>', text, re.DOTALL)
    return re.findall(r">([^<>]+)</a>", menu.group()) if menu else []


@pytest.mark.parametrize(
    ("who", "seen", "hidden"),
    [("annotator", "Home", "Signals"), ("researcher", "Signals", "People"), ("admin", "Audit", "")],
)
def test_the_navigation_shows_what_the_role_may_open(
    request: pytest.FixtureRequest, client_of: ClientOf, who: str, seen: str, hidden: str
) -> None:
    words = navigation(page(client_of(request.getfixturevalue(who))))
    assert seen in words
    assert hidden not in words


def test_every_link_of_the_navigation_opens(admin: User, client_of: ClientOf) -> None:
    browser = client_of(admin)
    addresses = [project_url(name, "shared") for name, _, _ in PROJECT_PAGES]
    assert {browser.get(address).status_code for address in addresses if address} == {200}


def test_the_navigation_marks_the_page_one_is_on(admin: User, client_of: ClientOf) -> None:
    marked = re.findall(r'aria-current="page">([^<]+)<', page(client_of(admin), "/p/shared/people/"))
    assert marked == ["People"]


def test_a_route_that_no_app_offers_is_left_out() -> None:
    assert project_url("curation:never_written", "shared") is None


def test_the_home_asks_for_its_panels_in_the_order_of_the_work(researcher: User, client_of: ClientOf) -> None:
    text = page(client_of(researcher))
    wanted = [address for name in HOME_PANELS if (address := project_url(name, "shared"))]
    places = [text.index(f'hx-get="{address}"') for address in wanted]
    assert places == sorted(places)


def test_an_annotators_home_asks_for_the_queues_alone(annotator: User, client_of: ClientOf) -> None:
    asked = re.findall(r'class="placeholder" hx-get="([^"]+)"', page(client_of(annotator)))
    assert asked == [project_url("annotation:my_queues", "shared")]


@pytest.mark.parametrize(
    ("cookie", "shown"), [("dark", True), ("light", True), ('"><script>', False), ("", False)]
)
def test_the_theme_of_the_cookie_is_one_of_two_or_none(
    client: Client, db: None, cookie: str, shown: bool
) -> None:
    client.cookies["harken_theme"] = cookie
    assert (f'data-theme="{cookie}"' in page(client, "/sign-in/")) is shown


def test_the_page_of_a_failure_needs_neither_request_nor_database() -> None:
    assert "Nothing you sent was saved" in render_to_string("500.html")


def test_who_lacks_the_role_is_told_which_one_it_takes(annotator: User, client_of: ClientOf) -> None:
    assert "admin" in page(client_of(annotator), "/p/shared/people/")


def test_the_queries_of_the_people_page_do_not_grow_with_the_people(
    project: Project, admin: User, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        cast.make_member(project, Role.ANNOTATOR)
    browser = client_of(admin)
    with django_assert_max_num_queries(5):
        browser.get("/p/shared/people/")


@pytest.mark.parametrize(("address", "count"), [("/", 3), ("/p/shared/", 3), ("/p/shared/audit/", 4)])
def test_a_page_costs_few_queries(
    admin: User,
    client_of: ClientOf,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    count: int,
) -> None:
    browser = client_of(admin)
    with django_assert_num_queries(count):
        browser.get(address)


def test_no_page_names_another_host(admin: User, client_of: ClientOf) -> None:
    browser = client_of(admin)
    for address in ("/", "/p/shared/", "/p/shared/people/", "/p/shared/audit/"):
        linked = re.findall(r'(?:src|href|hx-get|action)="(https?:)?//', page(browser, address))
        assert linked == []
