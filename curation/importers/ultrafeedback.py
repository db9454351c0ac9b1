"""UltraFeedback: {"instruction", "completions": [{"model", "response", "annotations", "overall_score" ...}]}."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import ConversationRecord, JsonValue, Position, RefusalReason, Reply
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    json_type,
    label_of,
    required,
    required_list,
    required_text,
)
from curation.domain.importers.rated_replies import answered_prompt, ranks_of_scores, rating_of, text_parts
from curation.domain.importers.reading import Source
from curation.domain.work.turns import accepted_turns, text_message

_OVERALL = {"overall_score": "overall", "fine-grained_score": "fine-grained"}


class UltraFeedbackImporter:
    """One instruction a record; its completions become replies, ranked by overall score, with every rating.

    Ratings keep the names of their aspects; a judge's critique of a completion is kept as evidence. The system
    prompts that each completion was written under are not kept: the judge compared answers to the instruction.
    """

    name = "ultrafeedback"
    title = "UltraFeedback"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that hold an instruction and a list of completions."""
        return 0.98 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record, which goes on with the best completion."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    prompt = [text_message("user", required_text(record, "instruction"))]
    completions = [
        _completion(each, number=number)
        for number, each in enumerate(required_list(record, "completions"), start=1)
    ]
    source_id = label_of(record, "id", "prompt_id")
    if not completions:
        return ConversationRecord(messages=accepted_turns(prompt), source_id=source_id, position=position)
    ranks = ranks_of_scores([rating_of(each, "overall_score") for each in completions])
    replies = [_reply_of(each, rank=rank) for each, rank in zip(completions, ranks, strict=True)]
    messages, group = answered_prompt(prompt, replies, judged_by="model")
    logged = next(reply for reply in group.replies if reply.message_index is not None)
    return ConversationRecord(
        messages=messages,
        source_id=source_id,
        model=logged.model,
        reply_groups=(group,),
        tags=_tags_of(record),
        position=position,
    )


def _tags_of(record: JsonObject) -> tuple[str, ...]:
    source = label_of(record, "source")
    return (f"source: {source}"[:60],) if source else ()


def _completion(value: JsonValue, *, number: int) -> JsonObject:
    if isinstance(value, Mapping):
        return value
    raise RecordError(
        RefusalReason.WRONG_TYPE, f"Completion {number} is {json_type(value)}, not an object with a response."
    )


def _reply_of(completion: JsonObject, *, rank: int | None) -> Reply:
    overall = {name: rating_of(completion, key) for key, name in _OVERALL.items()}
    ratings = {**_aspects_of(completion.get("annotations")), **overall}
    return Reply(
        parts=text_parts(required(completion, "response"), key="response"),
        model=label_of(completion, "model"),
        rank=rank,
        ratings={name: value for name, value in ratings.items() if value is not None},
        critique=label_of(completion, "critique").strip(),
    )


def _aspects_of(annotations: JsonValue) -> dict[str, float | None]:
    """Return aspect → rating, from {"helpfulness": {"Rating": "4", "Rationale": ...}} or plain numbers."""
    if not isinstance(annotations, Mapping):
        return {}
    return {str(aspect): _aspect_rating(said, aspect=str(aspect)) for aspect, said in annotations.items()}


def _aspect_rating(said: JsonValue, *, aspect: str) -> float | None:
    # Some releases hold a list of one judgement.
    judgement = said[0] if isinstance(said, list) and said else said
    if isinstance(judgement, Mapping):
        return rating_of(judgement, "Rating" if "Rating" in judgement else "rating")
    return rating_of({aspect: judgement}, aspect)


def _fits(record: JsonObject) -> bool:
    completions = record.get("completions")
    return (
        "instruction" in record
        and isinstance(completions, list)
        and all(isinstance(each, Mapping) and "response" in each for each in completions)
    )
