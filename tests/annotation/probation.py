"""A judge before people: pairs of three models that people decided, undecided ones in a queue, and thresholds."""

from annotation.models import JudgeThresholds, Queue
from annotation.queries.judges.probation import OnProbation, on_probation
from annotation.services.judges.validation import open_validation, run_validation
from annotation.services.queues.setup import create_pair_queue
from curation.models import Comparison, ModelEndpoint, ModelVersion, Project, Response
from curation.services.corpus.preferences import publish_comparison, publish_pair
from curation.services.corpus.responses import ensure_response
from curation.services.judging.runs import JudgeChoice
from tests.curation.judged_sets import make_prompt

MODELS = ("ada", "bob", "cyd")
# The second model answers with larger numbers than the first, and the third with larger ones than the second.
BASE = {"ada": 10, "bob": 20, "cyd": 30}


def model_named(project: Project, name: str) -> ModelVersion:
    """Return a model that answers."""
    return ModelVersion.objects.get_or_create(project=project, name=name, kind="endpoint")[0]


def answer(project: Project, prompt, model: str, text: str) -> Response:
    """Make a model's answer."""
    return ensure_response(
        prompt=prompt,
        parts=[{"type": "text", "text": text}],
        origin=Response.Origin.GENERATED,
        model_version=model_named(project, model),
        source_id=f"{model}",
    )


def make_pair_of(project: Project, number: int):
    """Make a pair of two of the three models; by the rules of the fake judge the larger number is better.

    Every third time the answer with the smaller number is the longer one.
    """
    prompt = make_prompt(project, f"Question {number}: how many?")
    one, other = [(0, 1), (1, 2), (2, 0)][number % 3]
    # Now and then the model that is behind gives the larger number, so that no model wins always.
    values = [
        BASE[MODELS[one]] + (25 if number % 5 == 0 and one < other else 0) + number % 4,
        BASE[MODELS[other]],
    ]
    texts = [
        f"It is {value}." + " And more words." * ((number + place) % 2) for place, value in enumerate(values)
    ]
    answers = [
        answer(project, prompt, MODELS[side], text) for side, text in zip((one, other), texts, strict=True)
    ]
    better, worse = answers if values[0] > values[1] else answers[::-1]
    pair, _made = publish_pair(
        chosen=answers[0], rejected=answers[1], origin="mined", recipe="dsat_then_better"
    )
    return pair, better, worse


def decide(pair, better, worse, *, by: str = "olive") -> Comparison:
    """Let a person prefer one answer."""
    return publish_comparison(
        response_a=better,
        response_b=worse,
        outcome=Comparison.Outcome.A,
        source=Comparison.Source.PERSON,
        pair=pair,
        origin={"annotator_pseudonym": by},
    )


def make_decided(project: Project, *, pairs: int = 30, first: int = 0) -> None:
    """Make pairs that a person decided by the rules of the fake judge."""
    for number in range(first, first + pairs):
        decide(*make_pair_of(project, number))


def make_undecided_queue(project: Project, *, pairs: int = 4, first: int = 1000) -> Queue:
    """Make a queue whose pairs nobody decided, beside those that somebody did."""
    for number in range(first, first + pairs):
        make_pair_of(project, number)
    return create_pair_queue(project=project, name="undecided")


def ask_for(project: Project, *, pairs: int = 20) -> JudgeThresholds:
    """Set thresholds that so few pairs can reach."""
    return JudgeThresholds.objects.create(project=project, pairs=pairs)


def validated(project: Project, endpoint: ModelEndpoint, **choice: object) -> OnProbation:
    """Hold a judge against what people decided, and return what it earned."""
    judge = str(choice.pop("judge", "pairwise"))
    chosen = JudgeChoice(judge=judge, endpoint=endpoint, **choice)
    validation = open_validation(project=project, choice=chosen, slice_key="people")
    run_validation(job_id=validation.run.job_id)
    return on_probation(project, validation.uuid)
