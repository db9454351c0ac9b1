"""What is known of answers: their text, who wrote them under which terms, and what they scored."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from curation.domain.recipe_rows import StoredTurn
from curation.models import CommercialUse, Evidence, ModelEndpoint, ModelVersion, Response, Score, Scorer
from curation.queries.texts import stored_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """An answer; `writers` names its model and the endpoints that reach it.

    `attributes` are the source's own ratings by their short names, `judgement` what somebody wrote about it.
    `barred_by` says whose terms keep it from commercial use.
    """

    id: int
    uuid: str
    turn: StoredTurn
    origin: str
    model: str
    terms: str
    barred_by: str
    writers: tuple[str, ...]
    scores: dict[str, float]
    attributes: dict[str, float]
    judgement: str


def answer_facts(answer_ids: Iterable[int]) -> dict[int, AnswerFacts]:
    """Return answers by id, in four queries."""
    wanted = set(answer_ids)
    answers = list(
        Response.objects.filter(pk__in=wanted).select_related(
            "message", "model_version", "batch", "prompt__conversation__model_version"
        )
    )
    scores, attributes = _scores(wanted)
    judgements = _judgements(wanted)
    endpoints = _endpoints(answer.model_version_id for answer in answers)
    return {
        answer.pk: _facts(
            answer, scores[answer.pk], attributes[answer.pk], judgements.get(answer.pk, ""), endpoints
        )
        for answer in answers
    }


def _facts(
    answer: Response,
    scores: dict[str, float],
    attributes: dict[str, float],
    judgement: str,
    endpoints: dict[int, list[str]],
) -> AnswerFacts:
    is_logged = answer.message is not None
    text, parts = (
        (answer.message.text, answer.message.rich_parts or [])
        if answer.message is not None
        else (answer.body_text, answer.body or [])
    )
    model = answer.model_version
    if model is None and is_logged:
        model = answer.prompt.conversation.model_version
    return AnswerFacts(
        id=answer.pk,
        uuid=str(answer.uuid),
        turn=stored_turn("assistant", text, parts),
        origin=answer.origin,
        model=model.name if model else "",
        terms=model.terms if model else "",
        barred_by=_barred_by(answer, model),
        writers=(model.name, *endpoints.get(model.pk, ())) if model else (),
        scores=scores,
        attributes=attributes,
        judgement=judgement,
    )


def _barred_by(answer: Response, model: ModelVersion | None) -> str:
    if answer.batch is not None and answer.batch.commercial_use != CommercialUse.ALLOWED:
        return "source"
    if model is None and answer.origin == Response.Origin.EDITED:
        return ""  # a person wrote it
    return barred_by_writer(model.commercial_use if model else None)


def barred_by_writer(commercial_use: str | None) -> str:
    """Say why a writer's words may not be used commercially, None being a writer whom nobody named.

    What is not known is not allowed.
    """
    if commercial_use is None:
        return "unnamed_writer"
    return "" if commercial_use == CommercialUse.ALLOWED else "model"


def _scores(
    answers: Iterable[int],
) -> tuple[defaultdict[int, dict[str, float]], defaultdict[int, dict[str, float]]]:
    """Return every score by its scorer's name, and the source's ratings by the attribute that they rate."""
    scores: defaultdict[int, dict[str, float]] = defaultdict(dict)
    attributes: defaultdict[int, dict[str, float]] = defaultdict(dict)
    rows = Score.objects.filter(response_id__in=answers).order_by("scorer_id")
    fields = ("response_id", "scorer__name", "scorer__kind", "value")
    for answer, name, kind, value in rows.values_list(*fields):
        scores[answer][name] = value
        if kind == Scorer.Kind.SOURCE:
            attributes[answer][name.rpartition(": ")[2]] = value
    return scores, attributes


def _judgements(answers: Iterable[int]) -> dict[int, str]:
    rows = Evidence.objects.filter(response_id__in=answers, kind=Evidence.Kind.VERDICT).exclude(quote="")
    return dict(rows.order_by("-id").values_list("response_id", "quote"))


def _endpoints(models: Iterable[int | None]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    rows = ModelEndpoint.objects.filter(model_version_id__in={model for model in models if model})
    for model, name in rows.values_list("model_version_id", "name"):
        names[model or 0].append(name)
    return names
