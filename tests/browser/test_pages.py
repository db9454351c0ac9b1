"""Every page of the finished demo: reachable, for its role alone, readable by all, and never wider than a phone."""

import pytest

from tests.browser.crawling import Visited, crawl
from tests.browser.people import OpenPage
from tests.browser.survey import Findings, survey

# The home of an annotator has a part that no link of an admin leads to.
STARTS = ["/p/demo/", "/", "/account/", "/p/demo/judge/mine/"]
FOR_ANNOTATORS = {
    "curation:project_home",
    "annotation:queue_list",
    "annotation:my_queues",
    "annotation:queue_progress_panel",
    "annotation:desk",
    "annotation:desk_history",
    "annotation:desk_settings",
    "annotation:my_hours",
    "annotation:my_work",
    "annotation:precedent_list",
    "annotation:criteria_list",
    "annotation:grade_next",
}


@pytest.fixture(scope="package")
def kept() -> dict[str, list[Visited] | Findings]:
    """What was found once, for all tests here."""
    return {}


@pytest.fixture
def found(demo: str, kept: dict[str, list[Visited]], page_of: OpenPage) -> list[Visited]:
    """Every page and fragment that an admin of the demo project can reach."""
    if "found" not in kept:
        kept["found"] = crawl(page_of("admin").request, STARTS)
    return kept["found"]


@pytest.fixture
def inside(found: list[Visited]) -> list[Visited]:
    """Those of them that belong to the project."""
    return [each for each in found if each.path.startswith("/p/demo/")]


@pytest.fixture
def findings(found: list[Visited], kept: dict[str, Findings], page_of: OpenPage) -> Findings:
    """What is wrong with the full pages."""
    if "findings" not in kept:
        page = page_of("admin", color_scheme="light", reduced_motion="reduce")
        kept["findings"] = survey(
            page, [each.path for each in found if each.is_page and is_its_own(each.route)]
        )
    return kept["findings"]


def is_its_own(route: str) -> bool:
    """Tell whether a page differs from the one without a query by more than which rows it shows."""
    _name, _mark, query = route.partition("?")
    return query in ("", "check")


def test_no_link_leads_nowhere(found: list[Visited]) -> None:
    assert len(found) > 40
    assert [each for each in found if each.status not in (200, 204)] == []


def test_an_outsider_finds_nothing_of_the_project(inside: list[Visited], page_of: OpenPage) -> None:
    outsider = page_of("outsider").request
    answers = {each.path: outsider.get(each.path).status for each in inside}
    assert answers == dict.fromkeys(answers, 404)


def test_who_is_not_signed_in_is_sent_to_sign_in(inside: list[Visited], new_page: OpenPage) -> None:
    stranger = new_page().request
    assert {stranger.get(each.path, max_redirects=0).status for each in inside} == {302}


def test_an_annotator_may_judge_and_grade_alone(inside: list[Visited], page_of: OpenPage) -> None:
    annotator = page_of("annotator").request
    open_to_them = [each.route for each in inside if annotator.get(each.path).status != 403]
    assert {route.partition("?")[0] for route in open_to_them} == FOR_ANNOTATORS


def test_no_page_breaks_a_rule_of_accessibility(findings: Findings) -> None:
    assert findings.light == {}


def test_every_page_can_be_read_in_the_dark_theme(findings: Findings) -> None:
    assert findings.dark == {}


def test_no_page_is_wider_than_a_phone(findings: Findings) -> None:
    assert findings.narrow == {}


def test_the_main_action_of_every_page_is_reached_by_tab_with_a_visible_focus(findings: Findings) -> None:
    assert findings.keyboard == {}
