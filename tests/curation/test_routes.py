"""Every route and every role: one table, and a test that fails on a route that is not in it.

Add a route as one row of ROUTES: `get` or `post`, who may (`everybody`, `signed_in`, `annotators`, `judges`,
`researchers`, `admins`, each with the status that those who may see), and for each part of the address beside
the project's slug the path of its value in tests/curation/world.py. `body` is the form that is posted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from curation.domain.access.roles import Role
from curation.models import Project, User
from tests import cast
from tests.curation.world import World

WHO = ("anonymous", "outsider", "annotator", "researcher", "admin", "superuser")
Statuses = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Route:
    """How a route is called and what each of WHO gets."""

    statuses: Statuses
    method: str = "get"
    arguments: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)


def get(statuses: Statuses, **arguments: str) -> Route:
    """Return a route that is read."""
    return Route(statuses, arguments=arguments)


def post(statuses: Statuses, *, body: dict[str, str] | None = None, **arguments: str) -> Route:
    """Return a route that changes something."""
    return Route(statuses, method="post", arguments=arguments, body=body or {})


def everybody(status: int) -> Statuses:
    """Open to the world."""
    return (status,) * 6


def signed_in(status: int) -> Statuses:
    """Open to all who have an account."""
    return (302, *(status,) * 5)


def annotators(status: int) -> Statuses:
    """Open to every member."""
    return (302, 404, *(status,) * 4)


def judges(status: int) -> Statuses:
    """Open to every member; the superuser has no pseudonym to judge under."""
    return (302, 404, *(status,) * 3, 403)


def researchers(status: int) -> Statuses:
    """Open to researchers and above."""
    return (302, 404, 403, *(status,) * 3)


def admins(status: int) -> Statuses:
    """Open to admins."""
    return (302, 404, 403, 403, status, status)


def superusers(status: int) -> Statuses:
    """Open to the superuser alone, outside any project."""
    return (302, 403, 403, 403, 403, status)


ROUTES: dict[str, Route] = {
    # The installation and the way in. Tests run no worker, so health is 503.
    "curation:healthz": get(everybody(503)),
    "curation:status_strip": get(signed_in(200)),
    "curation:sign_in": get((200, 302, 302, 302, 302, 302)),
    "curation:sign_in_link": get(everybody(200), uid="uid", token="token"),
    "curation:sign_out": post(everybody(302)),
    "curation:invitation": get(everybody(200), token="invitation_token"),
    "curation:account": get(signed_in(200)),
    # Projects and people.
    "curation:project_list": get(signed_in(200)),
    "curation:project_menu": get(signed_in(200)),
    "curation:project_create": get(superusers(200)),
    "curation:project_home": get(annotators(200)),
    "curation:project_settings": get(admins(200)),
    "curation:people": get(admins(200)),
    "curation:invite_person": post(admins(200), body={"email": "a@example.org", "role": "annotator"}),
    "curation:change_member_role": post(
        admins(302), body={"role": "researcher"}, membership_uuid="membership.uuid"
    ),
    "curation:remove_person": post(admins(302), membership_uuid="membership.uuid"),
    "curation:withdraw_invitation": post(admins(302), invitation_uuid="invitation.uuid"),
    "curation:audit": get(admins(200)),
    # curation: the corpus
    "curation:drop_zone": get(researchers(200)),
    "curation:import_list": get(researchers(200)),
    "curation:import_start": post(researchers(422)),
    "curation:import_detail": get(researchers(200), batch_uuid="batch.uuid"),
    "curation:import_progress": get(researchers(200), batch_uuid="batch.uuid"),
    "curation:import_preview": get(researchers(302), batch_uuid="batch.uuid"),
    "curation:import_undo": get(researchers(200), batch_uuid="batch.uuid"),
    "curation:import_discard": post(researchers(302), batch_uuid="batch.uuid"),
    "curation:job_list": get(researchers(200)),
    "curation:job_progress": get(researchers(200), job_uuid="job.uuid"),
    "curation:job_cancel": post(researchers(302), job_uuid="job.uuid"),
    "curation:job_resume": post(researchers(302), job_uuid="job.uuid"),
    "curation:conversation_list": get(researchers(200)),
    "curation:conversation_total": get(researchers(200)),
    "curation:conversation_search": get(researchers(200)),
    "curation:topic_list": get(researchers(200)),
    "curation:topic_find": post(researchers(302)),
    "curation:saved_view_list": get(researchers(200)),
    "curation:saved_view_create": post(researchers(302), body={"name": "new", "language": "en"}),
    "curation:saved_view_detail": get(researchers(302), view_uuid="saved_view.uuid"),
    "curation:saved_view_rename": post(researchers(302), body={"name": "n"}, view_uuid="saved_view.uuid"),
    "curation:saved_view_archive": post(researchers(302), view_uuid="saved_view.uuid"),
    "curation:conversation_detail": get(researchers(200), conversation_uuid="conversation.uuid"),
    "curation:message_body": get(researchers(200), conversation_uuid="conversation.uuid", position="first"),
    "curation:message_chunk": get(researchers(200), conversation_uuid="conversation.uuid", position="first"),
    "curation:answer_panel": get(researchers(200), conversation_uuid="conversation.uuid"),
    "curation:response_compare": get(
        researchers(200), left_uuid="pair.chosen.uuid", right_uuid="pair.rejected.uuid"
    ),
    "curation:row_compare": get(researchers(200), row_uuid="dataset_row.uuid"),
    "curation:conversation_archive": post(researchers(302), conversation_uuid="conversation.uuid"),
    "curation:conversation_restore": post(researchers(302), conversation_uuid="conversation.uuid"),
    "curation:conversation_withdraw": get(admins(200), conversation_uuid="conversation.uuid"),
    "curation:source_panel": get(researchers(200), conversation_uuid="conversation.uuid"),
    "curation:attachment_file": get(researchers(404), attachment_uuid="attachment.uuid"),
    # The datasets of curation.
    "curation:dataset_list": get(researchers(200)),
    "curation:dataset_create": get(researchers(200)),
    "curation:user_withdraw": get(admins(200)),
    "curation:version_diff": get(researchers(200), version_uuid="version.uuid"),
    "curation:version_card": get(researchers(200), version_uuid="version.uuid"),
    "curation:version_card_file": get(researchers(200), version_uuid="version.uuid"),
    "curation:recipe_preview": post(researchers(200)),
    "curation:recipe_preview_result": get(researchers(200), job_uuid="preview_job.uuid"),
    "curation:evaluation_texts": get(researchers(200)),
    "curation:download_card": get(researchers(200)),
    "curation:funnel": get(researchers(200)),
    "curation:dataset_detail": get(researchers(200), dataset_uuid="version.dataset.uuid"),
    "curation:dataset_recipe": get(researchers(200), dataset_uuid="version.dataset.uuid"),
    "curation:dataset_freeze": post(researchers(302), dataset_uuid="version.dataset.uuid"),
    "curation:version_detail": get(researchers(200), version_uuid="version.uuid"),
    "curation:version_exports": get(researchers(200), version_uuid="version.uuid"),
    "curation:version_export": post(
        researchers(302),
        body={"format_name": "trl_preference", "ending": ".jsonl"},
        version_uuid="version.uuid",
    ),
    "curation:export_file": get(researchers(404), job_uuid="job.uuid"),
    # Frozen measures.
    "curation:measure_list": get(researchers(200)),
    "curation:measure_detail": get(researchers(200), measure_uuid="measure.uuid"),
    "curation:measure_run": post(researchers(302), body={"scope": "all"}, measure_uuid="measure.uuid"),
    "curation:set_regression": get(researchers(200), set_uuid="response_set.uuid"),
    # Models and what they are asked.
    "curation:model_list": get(researchers(200)),
    "curation:endpoint_create": get(admins(200)),
    "curation:endpoint_edit": get(admins(200), endpoint_uuid="endpoint.uuid"),
    "curation:endpoint_try": post(admins(302), endpoint_uuid="endpoint.uuid"),
    "curation:endpoint_archive": post(admins(302), endpoint_uuid="endpoint.uuid"),
    "curation:model_terms": get(admins(200), model_uuid="endpoint.model_version.uuid"),
    "curation:response_set_list": get(researchers(200)),
    "curation:response_set_create": get(researchers(200)),
    "curation:response_set_detail": get(researchers(200), set_uuid="response_set.uuid"),
    "curation:response_set_again": post(researchers(302), set_uuid="response_set.uuid"),
    "curation:token_list": get(researchers(200)),
    "curation:token_revoke": post((302, 404, 403, 404, 302, 302), token_uuid="api_token.uuid"),
    # What is added to conversations.
    "curation:enrichment_list": get(researchers(200)),
    "curation:enrichment_table": get(researchers(200)),
    "curation:enrichment_findings": get(researchers(200), name="enricher"),
    "curation:enrichment_run": post(researchers(302), name="enricher"),
    "curation:enrichment_again": post(researchers(302), name="enricher"),
    "curation:enrichment_settings": post(researchers(302), body={"wanted": "on"}, name="enricher"),
    # Signals.
    "feedback_mining:signal_list": get(researchers(200)),
    "feedback_mining:taxonomy": get(researchers(200)),
    "feedback_mining:criterion_add": post(
        researchers(302), body={"name": "own", "polarity": "dsat", "definition": "The user is not named."}
    ),
    "feedback_mining:criterion_archive": post(researchers(404), criterion_uuid="conversation.uuid"),
    "feedback_mining:mining_work": get(researchers(200)),
    "feedback_mining:measured_card": get(researchers(200)),
    "feedback_mining:funnel_stage": get(researchers(200)),
    "feedback_mining:mining_start": post(researchers(302), body={"detector": "phrases"}),
    "feedback_mining:pair_building_start": post(researchers(302), body={"recipe": "dsat_then_better"}),
    "feedback_mining:signal_panel": get(researchers(200), conversation_uuid="conversation.uuid"),
    "feedback_mining:signal_review": post(
        researchers(200), body={"verdict": "confirmed"}, signal_uuid="signal.uuid"
    ),
    "feedback_mining:review_desk": get(researchers(200)),
    "feedback_mining:review_record": post(researchers(302), body={"token": "worn out"}),
    "feedback_mining:review_figures": get(researchers(200)),
    "feedback_mining:missed_mark": post(researchers(302), conversation_uuid="conversation.uuid"),
    "feedback_mining:wish_add": post(
        researchers(200), body={"text": "In French", "position": "1"}, conversation_uuid="conversation.uuid"
    ),
    "feedback_mining:wish_edit": post(researchers(200), body={"text": "In French"}, wish_uuid="wish.uuid"),
    "feedback_mining:wish_remove": post(researchers(200), wish_uuid="wish.uuid"),
    "feedback_mining:head_retrain": post(researchers(302)),
    "feedback_mining:head_revert": post(researchers(302)),
    "feedback_mining:report": get(researchers(200)),
    "feedback_mining:report_words": get(researchers(404)),
    "feedback_mining:run_list": get(researchers(200)),
    "feedback_mining:run_compare": get(researchers(404)),
    "feedback_mining:pair_list": get(researchers(200)),
    "feedback_mining:pair_detail": get(researchers(200), pair_uuid="pair.uuid"),
    "feedback_mining:wish_list": get(researchers(200)),
    "feedback_mining:rubric_list": get(researchers(200)),
    "feedback_mining:pair_writing": get(researchers(200)),
    "feedback_mining:rewrite_list": get(researchers(200)),
    "feedback_mining:rewrite_share": get(researchers(200)),
    "feedback_mining:set_judgements": get(researchers(200), set_uuid="response_set.uuid"),
    "feedback_mining:judging_start": get(researchers(200), set_uuid="response_set.uuid"),
    "feedback_mining:judged_pair": get(researchers(200), pair_uuid="judged_pair.uuid"),
    "feedback_mining:rewrite_detail": get(researchers(200), rewrite_uuid="rewrite.uuid"),
    "feedback_mining:rewrite_save": post(
        researchers(302), body={"text": "It is 4."}, rewrite_uuid="rewrite.uuid"
    ),
    "feedback_mining:rewrite_drop": post(researchers(302), rewrite_uuid="rewrite.uuid"),
    # The desk. A lease is its holder's alone, so to everybody else it is not there.
    "annotation:queue_list": get(annotators(200)),
    "annotation:my_queues": get(annotators(200)),
    "annotation:confirmation_card": get(researchers(200)),
    "annotation:story_card": get(researchers(200)),
    "annotation:story_answer": post(researchers(404), body={"answer": "chosen"}),
    "annotation:queue_new": get(researchers(200)),
    "annotation:queue_preview": post(researchers(200), body={"protocol": "attributes"}),
    "annotation:queue_blindness": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_detail": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_fill": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:queue_toggle": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:queue_rules": post(researchers(302), body={"overlap": "2"}, queue_uuid="queue.uuid"),
    "annotation:queue_member_name": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:queue_member_drop": post(researchers(404), queue_uuid="queue.uuid", member_uuid="lease.uuid"),
    "annotation:task_put_back": post(researchers(302), queue_uuid="queue.uuid", task_uuid="lease.task.uuid"),
    "annotation:crossed_places_free": post(researchers(404), queue_uuid="queue.uuid"),
    "annotation:crossed_file": get(researchers(404), queue_uuid="queue.uuid"),
    "annotation:queue_progress_panel": get(annotators(200), queue_uuid="queue.uuid"),
    "annotation:task_prefetch": post(judges(204), queue_uuid="queue.uuid"),
    "annotation:queue_screening": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:guideline_write": post(researchers(302), body={"body": "Be kind."}, queue_uuid="queue.uuid"),
    "annotation:lease_release": post(researchers(302), queue_uuid="queue.uuid", lease_uuid="lease.uuid"),
    "annotation:desk": get(judges(200), queue_uuid="queue.uuid"),
    "annotation:judgement_submit": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:task_skip": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:judgement_undo": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:desk_session": get((200, 404, 200, 200, 200, 200)),
    "annotation:draft_save": post(judges(404), queue_uuid="queue.uuid", lease_uuid="lease.uuid"),
    "annotation:queue_people": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_annotations": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_gold": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:gold_set": post((302, 404, 403, 302, 302, 403), queue_uuid="queue.uuid"),
    "annotation:contest_decide": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:gold_contest": post(judges(404), queue_uuid="queue.uuid", annotation_uuid="lease.uuid"),
    "annotation:queue_review": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:answer_return": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:adjudication": get(
        (302, 404, 403, 200, 200, 403), queue_uuid="queue.uuid", task_uuid="lease.task.uuid"
    ),
    "annotation:precedent_list": get((302, 404, 200, 200, 200, 200), queue_uuid="queue.uuid"),
    "annotation:question_ask": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:task_flag": post(judges(404), queue_uuid="queue.uuid"),
    "annotation:question_rule": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:guideline_acknowledge": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:desk_settings": get(annotators(200)),
    "annotation:desk_preference": post(judges(302), queue_uuid="queue.uuid"),
    "annotation:desk_history": get(judges(200), queue_uuid="queue.uuid"),
    "annotation:judgement_change": get(judges(404), queue_uuid="queue.uuid", annotation_uuid="lease.uuid"),
    "annotation:my_work": get(judges(200)),
    "annotation:my_hours": get(judges(200)),
    "annotation:heartbeat": post(judges(404), queue_uuid="queue.uuid", lease_uuid="lease.uuid"),
    "annotation:task_file": get(
        judges(404), queue_uuid="queue.uuid", lease_uuid="lease.uuid", attachment_uuid="attachment.uuid"
    ),
    "annotation:label_figures": get(researchers(200)),
    "annotation:model_ranking": get(researchers(200)),
    "annotation:preference_factors": get(researchers(200)),
    "annotation:discordant_pairs": get(researchers(404), factor="factor"),
    "annotation:tournament_list": get(researchers(200)),
    "annotation:tournament_detail": get(researchers(200), tournament_uuid="tournament.uuid"),
    "annotation:tournament_compute": post(researchers(302), tournament_uuid="tournament.uuid"),
    "annotation:tournament_bracket": get(
        researchers(200), tournament_uuid="tournament.uuid", prompt="tournament_prompt"
    ),
    "annotation:calibration": get(researchers(200)),
    "annotation:label_noise": get(researchers(200)),
    "annotation:tasks_ask_again": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:robustness": get(researchers(200)),
    "annotation:figure_compute": post(researchers(302), figure="figure"),
    "annotation:figure_work": get(researchers(404), job_uuid="lease.uuid"),
    "annotation:trained_protocols": get(researchers(200)),
    "annotation:source_protocols": get(researchers(200)),
    "annotation:source_protocols_compute": post(researchers(302)),
    "annotation:crossed_new": get(researchers(200)),
    "annotation:crossed_plan": post(researchers(200)),
    "annotation:queue_agreement": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_protocols": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:queue_groups": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:group_pairs": get(researchers(404), queue_uuid="queue.uuid", group="first_group"),
    "annotation:queue_consensus": get(researchers(200), queue_uuid="queue.uuid"),
    "annotation:consensus_file": get(researchers(404), queue_uuid="queue.uuid"),
    "annotation:consensus_file_write": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:group_pairs_write": post(researchers(404), queue_uuid="queue.uuid", group="first_group"),
    "annotation:consensus_publish": post(researchers(302), queue_uuid="queue.uuid"),
    "annotation:queue_figures_compute": post(
        researchers(302), queue_uuid="queue.uuid", figure="queue_figure"
    ),
    "annotation:criteria_list": get(annotators(200)),
    "annotation:criteria_set_create": post(researchers(302), body={"name": "new"}),
    "annotation:criteria_set_detail": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_story": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_graders": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_start": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_start_ready": post(
        researchers(302), body={"keys": "helps"}, set_uuid="criteria_set.uuid"
    ),
    "annotation:criteria_start_feedback": post(researchers(302), set_uuid="criteria_set.uuid"),
    "annotation:criteria_start_model": post(researchers(302), set_uuid="criteria_set.uuid"),
    "annotation:proposals_work": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:proposal_adopt": get(researchers(404), proposal_uuid="criteria_set.uuid"),
    "annotation:proposal_decline": post(researchers(404), proposal_uuid="criteria_set.uuid"),
    "annotation:criterion_split": get(researchers(200), criterion_uuid="criterion.uuid"),
    "annotation:criterion_merge": get(researchers(200), criterion_uuid="criterion.uuid"),
    "annotation:criterion_move": post(researchers(302), body={"by": "1"}, criterion_uuid="criterion.uuid"),
    "annotation:assertion_try": post(researchers(404), criterion_uuid="criterion.uuid"),
    "annotation:assertion_archive": post(researchers(404), assertion_uuid="criterion.uuid"),
    "annotation:assertions_propose": post(researchers(302), criterion_uuid="criterion.uuid"),
    "annotation:judge_list": get(researchers(200)),
    "annotation:judge_thresholds": post(admins(302)),
    "annotation:judge_validate": get(researchers(200)),
    "annotation:judge_controls": get(researchers(200), validation_uuid="judge_validation.uuid"),
    "annotation:judge_standing": get(researchers(200), run_uuid="judged_pair.run.uuid"),
    "annotation:judge_report": get(researchers(200), validation_uuid="judge_validation.uuid"),
    "annotation:judge_label": get(researchers(200), validation_uuid="judge_validation.uuid"),
    "annotation:judge_labels_retract": post(researchers(302), labelling_uuid="judge_labelling.uuid"),
    "annotation:criterion_create": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criterion_reword": get(researchers(200), criterion_uuid="criterion.uuid"),
    "annotation:criterion_archive": post(researchers(302), criterion_uuid="criterion.uuid"),
    "annotation:assertion_create": get(researchers(200), criterion_uuid="criterion.uuid"),
    "annotation:assertions_run": post(researchers(302), set_uuid="criteria_set.uuid"),
    "annotation:assertions_work": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_report": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:criteria_choices": get(researchers(200), set_uuid="criteria_set.uuid"),
    "annotation:assertions_choose": post(researchers(302), set_uuid="criteria_set.uuid"),
    "annotation:grade_next": get(judges(200), set_uuid="criteria_set.uuid"),
    "annotation:grade_submit": post(judges(302), set_uuid="criteria_set.uuid"),
    "annotation:grading_rules": post(researchers(302), set_uuid="criteria_set.uuid"),
    # Training. A run that waits has left no files yet.
    "training_jobs:run_list": get(researchers(200)),
    "training_jobs:run_card": get(researchers(200)),
    "training_jobs:funnel_stage": get(researchers(200)),
    "training_jobs:run_create": get(admins(200)),
    "training_jobs:run_plan": post(admins(200)),
    "training_jobs:run_detail": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_progress": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_curves": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_figures": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_results": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_history": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_log": get(researchers(200), run_uuid="run.uuid"),
    "training_jobs:run_log_file": get(researchers(404), run_uuid="run.uuid"),
    "training_jobs:run_cancel": post(admins(302), run_uuid="run.uuid"),
    "training_jobs:run_adapter": get(researchers(404), run_uuid="run.uuid"),
    "training_jobs:run_model_card": get(researchers(404), run_uuid="run.uuid"),
}


def named_patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Walk every pattern with its full name; a nameless one gets its path instead, and so fails the table."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_patterns(
                pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            )
        else:
            yield f"{prefix}{pattern.name or pattern.pattern}", pattern


# The API has doors of its own, which tests/curation/test_api.py tries one by one: a session opens none of them.
PATTERNS = {
    name: pattern for name, pattern in named_patterns(get_resolver()) if not name.startswith("api-1:")
}
CASES = [(name, who) for name in ROUTES for who in WHO if name in PATTERNS]
# Enrichers are the same in all projects.
MEMBER_ROUTES = [
    name
    for name, route in ROUTES.items()
    if route.statuses[1] == 404 and set(route.arguments.values()) - {"enricher", "figure"}
]


def address_of(name: str, *, world: World, slug: str) -> str:
    """Return the address of a route for the things of `world`, under the project of this slug."""
    values = {key: world.lookup(path) for key, path in ROUTES[name].arguments.items()}
    if "project_slug" in PATTERNS[name].pattern.converters:
        values["project_slug"] = slug
    return reverse(name, kwargs=values)


def call(client: Client, name: str, address: str) -> HttpResponse:
    """Call a route by its own method."""
    route = ROUTES[name]
    response: HttpResponse = getattr(client, route.method)(address, route.body)
    return response


@pytest.fixture
def world(project: Project) -> World:
    """The things of the shared project."""
    return World(project)


@pytest.fixture
def client_as(request: pytest.FixtureRequest, client_of: Callable[[User], Client]) -> Callable[[str], Client]:
    """Return a function that gives one of WHO a browser."""
    return lambda who: Client() if who == "anonymous" else client_of(request.getfixturevalue(who))


def test_the_table_holds_every_route_and_no_other() -> None:
    assert set(ROUTES) == set(PATTERNS)


@pytest.mark.parametrize(("name", "who"), CASES)
def test_each_role_gets_the_answer_of_the_table(
    name: str, who: str, world: World, client_as: Callable[[str], Client]
) -> None:
    response = call(client_as(who), name, address_of(name, world=world, slug=world.project.slug))
    assert response.status_code == ROUTES[name].statuses[WHO.index(who)]


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.statuses[0] == 302])
def test_who_is_not_signed_in_is_sent_to_sign_in(name: str, world: World) -> None:
    response = call(Client(), name, address_of(name, world=world, slug=world.project.slug))
    assert response["Location"].startswith(reverse("curation:sign_in"))


@pytest.mark.parametrize("name", MEMBER_ROUTES)
def test_an_id_of_another_project_is_not_found(
    name: str, world: World, client_of: Callable[[User], Client]
) -> None:
    elsewhere = cast.make_project("elsewhere")
    stranger = client_of(cast.make_member(elsewhere, Role.ADMIN))
    assert call(stranger, name, address_of(name, world=world, slug=elsewhere.slug)).status_code == 404


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.method == "post"])
def test_a_route_that_changes_something_refuses_to_be_read(
    name: str, world: World, client_as: Callable[[str], Client]
) -> None:
    address = address_of(name, world=world, slug=world.project.slug)
    assert client_as("superuser").get(address).status_code == 405


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.method == "post"])
def test_a_post_without_a_token_is_refused(name: str, world: World, superuser: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    assert call(client, name, address_of(name, world=world, slug=world.project.slug)).status_code == 403
