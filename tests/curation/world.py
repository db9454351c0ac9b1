"""One of everything in the shared project, made only when a route's address asks for it."""

from functools import cached_property
from pathlib import Path
from typing import Any

from annotation.models import (
    CriteriaSet,
    Criterion,
    JudgeLabelling,
    JudgeValidation,
    Lease,
    Queue,
    Tournament,
)
from annotation.services.criteria.sets import Wording, add_criterion, create_criteria_set
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import create_pair_queue
from annotation.services.ranking.tournament_opening import TournamentPlan, open_tournament
from curation.domain.access.roles import Role
from curation.domain.access.scopes import Scope
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import (
    ApiToken,
    Attachment,
    Conversation,
    DatasetRow,
    DatasetVersion,
    ImportBatch,
    Invitation,
    Job,
    JudgedPair,
    JudgeRun,
    Membership,
    ModelEndpoint,
    ModelVersion,
    PreferencePair,
    Project,
    ResponseSet,
    SavedView,
    Scorer,
    User,
)
from curation.services.access.api_tokens import create_token
from curation.services.access.people import invite
from curation.services.access.sign_in import sign_in_path
from curation.services.importers.imports import open_import
from curation.services.versions.previews import preview_recipe
from curation.services.writing.endpoints import save_endpoint
from curation.services.writing.generation import GenerationPlan, open_generation
from feedback_mining.models import MiningRun, PairRewrite, Signal, UserWish
from tests import cast
from tests.curation.judged_sets import make_answered_set
from tests.curation.measure_cases import make_measure
from tests.training_jobs.run_setup import make_run, make_version
from training_jobs.models import TrainingRun


class World:
    """Things of one project that addresses name. Add a cached property for each new kind."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def lookup(self, path: str) -> Any:
        """Return what a dotted path such as `pair.uuid` names."""
        found: Any = self
        for name in path.split("."):
            found = getattr(found, name)
        return found

    # A page of figures, as its address has it.
    figure = "model_ranking"
    factor = "words"
    # A figure of a queue by name, and the number of a group of people.
    queue_figure, first_group = "queue_agreement", 1
    # The name of an enricher, as its address has it.
    enricher = "pii"

    @cached_property
    def host(self) -> User:
        """An admin who made what the others look at."""
        return cast.make_member(self.project, Role.ADMIN)

    @cached_property
    def membership(self) -> Membership:
        """A further annotator's membership."""
        return Membership.objects.get(
            user=cast.make_member(self.project, Role.ANNOTATOR), project=self.project
        )

    @cached_property
    def invitation_and_token(self) -> tuple[Invitation, str]:
        """An open invitation and the token of its link."""
        return invite(project=self.project, email="new@example.org", role=Role.ANNOTATOR, actor=self.host)

    @property
    def invitation(self) -> Invitation:
        """An open invitation."""
        return self.invitation_and_token[0]

    @property
    def invitation_token(self) -> str:
        """The token of the open invitation's link."""
        return self.invitation_and_token[1]

    @cached_property
    def sign_in_parts(self) -> list[str]:
        """The two parts of somebody's one-time link."""
        return sign_in_path(user=self.membership.user).split("/")

    @property
    def uid(self) -> str:
        """Whom the one-time link signs in."""
        return self.sign_in_parts[0]

    @property
    def token(self) -> str:
        """The secret of the one-time link."""
        return self.sign_in_parts[1]

    @cached_property
    def pair(self) -> PreferencePair:
        """A mined pair."""
        return cast.make_pair(self.project)

    @cached_property
    def conversation(self) -> Conversation:
        """A conversation that ends with a complaint."""
        turns = [("user", "What is 2+2?"), ("assistant", "5"), ("user", "That is wrong.")]
        return cast.make_conversation(self.project, turns)

    @property
    def first(self) -> int:
        """The position of a conversation's first message."""
        return 0

    @cached_property
    def attachment(self) -> Attachment:
        """A picture that was too large to keep."""
        return Attachment.objects.create(
            project=self.project, sha256="0" * 64, media_type="image/png", byte_size=1
        )

    @cached_property
    def job(self) -> Job:
        """An import that waits for a worker."""
        return open_import(project=self.project, paths=[Path("chats.jsonl")])

    @property
    def batch(self) -> ImportBatch:
        """The import's batch."""
        return self.job.import_batch

    @cached_property
    def signal(self) -> Signal:
        """A complaint that a detector found."""
        answer, complaint = self.conversation.messages.order_by("position")[1:3]
        run = MiningRun.objects.create(
            project=self.project, detector="phrases", detector_version="1", threshold=0.5
        )
        return Signal.objects.create(
            project=self.project,
            run=run,
            message=complaint,
            response_message=answer,
            detector="phrases",
            criterion="Factual Error",
            polarity="dsat",
            probability=0.9,
            span_start=0,
            span_end=4,
        )

    @cached_property
    def wish(self) -> UserWish:
        """A wish that a user made plain."""
        complaint = self.conversation.messages.get(position=2)
        return UserWish.objects.create(
            project=self.project, message=complaint, detector="phrases", text="the right sum"
        )

    @cached_property
    def rewrite(self) -> PairRewrite:
        """A pair that the guard refused."""
        turns = [("user", "What is 2+2?"), ("assistant", "5"), ("user", "Wrong."), ("assistant", "Sorry, 4.")]
        messages = cast.make_conversation(self.project, turns).messages.order_by("position")
        return PairRewrite.objects.create(
            project=self.project,
            recipe="dsat_then_better",
            complaint=messages[2],
            rejected=messages[1],
            chosen=messages[3],
            reason="refers_to_complaint",
            criterion="Factual_Error",
            confidence=0.5,
            span_start=0,
            span_end=6,
            reference_start=0,
            reference_end=5,
        )

    @cached_property
    def queue(self) -> Queue:
        """A queue over one mined pair."""
        return create_pair_queue(project=self.pair.project, name="mined", overlap=9)

    @cached_property
    def lease(self) -> Lease:
        """A task in the hands of somebody else."""
        lease = lease_next_task(queue=self.queue, membership=self.membership)
        assert lease is not None
        return lease

    @cached_property
    def criteria_set(self) -> CriteriaSet:
        """A set without assertions."""
        return create_criteria_set(project=self.project, name="good answers", actor=self.host)

    @cached_property
    def criterion(self) -> Criterion:
        """A criterion in its first wording."""
        wording = Wording(name="polite", text="It is polite.")
        return add_criterion(criteria_set=self.criteria_set, wording=wording, actor=self.host)

    @cached_property
    def version(self) -> DatasetVersion:
        """A frozen version of four rows."""
        return make_version(self.project, train=2, validation=1, test=1)

    @cached_property
    def preview_job(self) -> Job:
        """A preview of a recipe."""
        return preview_recipe(project=self.pair.project, recipe=DatasetRecipe(), actor=self.host)

    @cached_property
    def run(self) -> TrainingRun:
        """A run that waits for a worker."""
        return make_run(self.version, actor=self.host)

    @cached_property
    def endpoint(self) -> ModelEndpoint:
        """An endpoint where nobody listens."""
        address = "http://127.0.0.1:9/v1"
        return save_endpoint(
            endpoint=ModelEndpoint(project=self.project, name="nobody", base_url=address, model="none")
        )

    @cached_property
    def response_set(self) -> ResponseSet:
        """A set that waits for a worker."""
        asked = self.conversation.messages.get(position=0)
        plan = GenerationPlan(name="waiting", prompts=[asked.pk], writers=[self.endpoint])
        return open_generation(project=self.project, plan=plan)

    @cached_property
    def judge_validation(self) -> JudgeValidation:
        """A judge that waits to be held against people."""
        run = self._probation_run("validation")
        return JudgeValidation.objects.create(project=self.project, run=run, slice="people")

    @cached_property
    def judge_labelling(self) -> JudgeLabelling:
        """A run of a judge over a queue."""
        return JudgeLabelling.objects.create(
            project=self.project,
            run=self._probation_run("labelling"),
            validation=self.judge_validation,
            queue=self.queue,
        )

    def _probation_run(self, purpose: str) -> JudgeRun:
        return JudgeRun.objects.create(
            project=self.project,
            purpose=purpose,
            judge="pairwise",
            prompt_version="pairwise-0",
            endpoint=self.endpoint,
        )

    @cached_property
    def judged_pair(self) -> JudgedPair:
        """Two answers that wait for a judge."""
        models = [ModelVersion.objects.create(project=self.project, name=name) for name in "ab"]
        run = JudgeRun.objects.create(
            project=self.project,
            response_set=self.response_set,
            judge="checklist",
            prompt_version="checklist-1",
            endpoint=self.endpoint,
            model_a=models[0],
            model_b=models[1],
        )
        return JudgedPair.objects.create(
            project=self.project,
            run=run,
            prompt=self.pair.prompt,
            response_a=self.pair.chosen,
            response_b=self.pair.rejected,
        )

    @cached_property
    def measure(self) -> Scorer:
        """A frozen measure of two checks."""
        return make_measure(self.project)

    @cached_property
    def api_token(self) -> ApiToken:
        """The host's token."""
        return create_token(project=self.project, user=self.host, name="nightly", scopes=[Scope.READ])[0]

    @cached_property
    def saved_view(self) -> SavedView:
        """A view of the English conversations."""
        return SavedView.objects.create(project=self.project, name="English", filters={"language": "en"})

    @property
    def dataset_row(self) -> DatasetRow:
        """A row of the frozen version."""
        return self.version.rows.order_by("position")[0]

    @cached_property
    def tournament(self) -> Tournament:
        """A tournament that people play on a set of two models."""
        answered = make_answered_set(self.project, [("One.", "Two.")], name="played")
        plan = TournamentPlan(name="Finals", response_set=answered)
        return open_tournament(project=self.project, plan=plan, actor=self.host)

    @cached_property
    def tournament_prompt(self) -> int:
        """A prompt of that tournament."""
        return self.tournament.games.values_list("prompt_id", flat=True)[0]
