"""What is known of answers: their text, who wrote them under which terms, and what they scored."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from curation.domain.versions.recipe_rows import StoredTurn
from curation.models import CommercialUse, Evidence, ModelEndpoint, ModelVersion, Response, Score, Scorer
from curation.queries.corpus.texts import stored_turn

# The columns of an answer that are read, by name.
Answer: TypeAlias = dict[str, Any]
READ = (
    *("id", "uuid", "origin", "body", "body_text", "message_id", "message__text", "message__rich_parts"),
    *("model_version_id", "prompt__conversation__model_version_id", "batch__commercial_use"),
)


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
    """Return answers by id, in a fixed number of queries."""
    wanted = set(answer_ids)
    # Columns alone: an object for each answer's message, prompt and conversation would take longer than the query.
    answers = list(Response.objects.filter(pk__in=wanted).values(*READ))
    models = ModelVersion.objects.in_bulk(_models_of(answers))
    scores, attributes = _scores(wanted)
    judgements = _judgements(wanted)
    endpoints = _endpoints(models)
    return {
        answer["id"]: _facts(
            answer,
            model=models.get(_writer_of(answer) or 0),
            endpoints=endpoints,
            scores=scores[answer["id"]],
            attributes=attributes[answer["id"]],
            judgement=judgements.get(answer["id"], ""),
        )
        for answer in answers
    }


def _writer_of(answer: Answer) -> int | None:
    """Return the model that wrote an answer: of a logged one that names none, the conversation's."""
    own: int | None = answer["model_version_id"]
    is_logged = answer["message_id"] is not None
    return answer["prompt__conversation__model_version_id"] if own is None and is_logged else own


def _models_of(answers: Iterable[Answer]) -> set[int]:
    return {model for model in map(_writer_of, answers) if model is not None}


def _facts(
    answer: Answer, *, model: ModelVersion | None, endpoints: dict[int, list[str]], **said: Any
) -> AnswerFacts:
    is_logged = answer["message_id"] is not None
    text, parts = ("message__text", "message__rich_parts") if is_logged else ("body_text", "body")
    return AnswerFacts(
        id=answer["id"],
        uuid=str(answer["uuid"]),
        turn=stored_turn("assistant", answer[text], answer[parts] or []),
        origin=answer["origin"],
        model=model.name if model else "",
        terms=model.terms if model else "",
        barred_by=_barred_by(answer, model),
        writers=(model.name, *endpoints.get(model.pk, ())) if model else (),
        **said,
    )


def _barred_by(answer: Answer, model: ModelVersion | None) -> str:
    if answer["batch__commercial_use"] not in (None, CommercialUse.ALLOWED):
        return "source"
    if model is None and answer["origin"] == Response.Origin.EDITED:
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


def _endpoints(models: Iterable[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    rows = ModelEndpoint.objects.filter(model_version_id__in=list(models))
    for model, name in rows.values_list("model_version_id", "name"):
        names[model or 0].append(name)
    return names
