"""What detectors work with: the embedder, a project's endpoint with its budget, its own criteria, what it learned."""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Job, ModelEndpoint, Project
from curation.services.writing.addresses import require_allowed
from curation.services.writing.asking import askable_endpoint
from feedback_mining.detectors import DETECTORS, build_detector
from feedback_mining.detectors.embedding.detector import base_version
from feedback_mining.detectors.embedding.linear import LinearHead
from feedback_mining.domain.detection import Detector, DetectorTools, MissingToolError
from feedback_mining.queries.confidences import used_confidences
from feedback_mining.queries.learning import newest_rubric, own_criteria, used_head
from language_models.chat.asking import AskableModel
from language_models.chat.openai_client import OpenAIChatClient
from language_models.embedders import Embedder, EmbedderUnavailableError
from language_models.embedders.client import SocketEmbedder

PURPOSE = "mining"
# The detectors that may do without an endpoint, and do more with one.
_BETTER_WITH_MODEL = frozenset({"cascade"})


def detector_of(
    name: str,
    *,
    project: Project,
    endpoint: ModelEndpoint | None = None,
    before_each: Callable[[], None] = lambda: None,
) -> Detector:
    """Return the detector of this name with the project's tools; raises HarkenError in a sentence.

    `before_each` is called before each question to a language model, and raises where the run is to stop.
    """
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE) if endpoint and asks_a_model(name) else None
    embedder = SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET)
    return built(
        name,
        tools=DetectorTools(
            embedder=embedder,
            model=model,
            own_criteria=own_criteria(project),
            rubric=newest_rubric(project),
            head=_head_of(project, embedder) if "embedder" in DETECTORS.load(name).needs else None,
            confidences=used_confidences(project),
            before_each=before_each,
        ),
    )


def _head_of(project: Project, embedder: Embedder) -> LinearHead | None:
    """Return what the project taught the embedding detector, as long as it was taught for this version of it.

    Where it was not, the pages of signals and of reviews say so, and offer to train again.

    Raises HarkenError where it was taught on vectors of another encoder than answers now.
    """
    stored = used_head(project)
    if stored is None or stored.base_version != base_version():
        return None
    try:
        encoder = embedder.name
    except EmbedderUnavailableError:
        encoder = stored.embedder  # who reads says so, and cannot read
    if encoder != stored.embedder:
        raise HarkenError(
            _(
                "This project's head learned from vectors of %(old)s, and the embedder is %(new)s now. Train on the "
                "reviews again, or go back to the shipped head."
            )
            % {"old": stored.embedder, "new": encoder}
        )
    return LinearHead.from_bytes(bytes(stored.weights), version=str(stored.version))


def built(name: str, *, tools: DetectorTools) -> Detector:
    """Return the detector of this name; raises HarkenError for an unknown name or a missing tool."""
    try:
        return build_detector(name, tools=tools)
    except MissingToolError as error:
        raise HarkenError(str(error)) from error


def asks_a_model(name: str) -> bool:
    """Tell whether a detector asks a language model; raises HarkenError for an unknown name."""
    return "model" in DETECTORS.load(name).needs or name in _BETTER_WITH_MODEL


def endpoint_named(name: str, *, project: Project) -> ModelEndpoint | None:
    """Return the project's endpoint of this name, None for no name; raises HarkenError with the known names."""
    if not name:
        return None
    standing = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
    endpoint = standing.filter(name=name).first()
    if endpoint is None:
        known = ", ".join(standing.order_by("name").values_list("name", flat=True)) or _("none")
        raise HarkenError(
            _("The project has no endpoint named %(name)s. Known: %(known)s.")
            % {"name": name, "known": known}
        )
    return endpoint


def endpoint_asked(job: Job, *, argument: str = "endpoint") -> ModelEndpoint | None:
    """Return the endpoint that an argument of a job names by its uuid, None where it names none; raises HarkenError."""
    uuid = job.arguments.get(argument, "")
    if not uuid:
        return None
    rows = ModelEndpoint.objects.for_project(job.project).filter(uuid=uuid)
    endpoint = rows.select_related("project", "model_version").first()
    if endpoint is None:
        raise HarkenError(_("The endpoint that this job asks is gone. Begin again with another one."))
    return endpoint


def plain_detector(name: str, *, address: str = "", model: str = "") -> Detector:
    """Return a detector without a project: a language model at an address has no budget and no stored replies.

    Raises HarkenError where texts may not be sent there, or a tool is missing.
    """
    embedder = SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET)
    if not address:
        return built(name, tools=DetectorTools(embedder=embedder))
    require_allowed(base_url=address)
    client = OpenAIChatClient(base_url=address, model=model)
    asked = AskableModel(client=client, address=address, model=model)
    return built(name, tools=DetectorTools(embedder=embedder, model=asked))
