"""Several answers to one prompt, in order: with ranks, with scores, in steps, or as the code of PRO reads them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
)
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required,
    required_list,
    required_text,
    wrong_type,
)
from curation.domain.importers.rated_replies import answered_prompt, ranks_of_scores, rating_of, text_parts
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import text_message
from curation.importers.trl_preference import judge_of, messages_of

_PROMPTS = ("prompt", "query", "instruction")
# PRO names the speaker at the start of each piece of a prompt.
_VOICES = {"<|prompter|>": "user", "<|assistant|>": "assistant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedAnswers:
    """A record as it was read, whichever shape it has."""

    prompt: Sequence[MessageRecord]
    replies: Sequence[Reply]


class RankedListsImporter:
    """One list a record, best first by rank, or by score where there are no ranks; equal ones tie.

    Read are "responses" as texts with "scores" or as objects with a rank or a score, "response_list" whose answers
    are lists of steps, and "prefix", "suffix" and "reward". A score that has a name is kept as a rating.
    """

    name = "ranked_lists"
    title = "Ranked lists"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that hold a prompt and a list of answers in order."""
        return 0.93 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record, which goes on with the best answer."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    about = {**(record.get("meta") or {}), **record} if isinstance(record.get("meta"), Mapping) else record
    answers = _answers_of(record, files=files)
    messages, group = answered_prompt(answers.prompt, answers.replies, judged_by=judge_of(about))
    logged = next(reply for reply in group.replies if reply.message_index is not None)
    return described(
        about, messages=messages, position=position, groups=(group,), files=files, model=logged.model
    )


def _answers_of(record: JsonObject, *, files: Files) -> RankedAnswers:
    if "suffix" in record:
        return _pro_answers(record)
    key = next((key for key in _PROMPTS if record.get(key) is not None), _PROMPTS[0])
    prompt = messages_of(required(record, key), key=key, role="user", files=files)
    if "response_list" in record:
        return RankedAnswers(prompt=prompt, replies=_stepped_replies(required_list(record, "response_list")))
    return RankedAnswers(prompt=prompt, replies=_listed_replies(record))


def _listed_replies(record: JsonObject) -> list[Reply]:
    responses = required_list(record, "responses")
    if all(isinstance(response, Mapping) for response in responses):
        return _described_replies(responses)
    scores = _numbers(required_list(record, "scores"), key="scores", count=len(responses))
    # Without a name, a score tells no more than the order.
    name = label_of(record, "score_name")
    return _scored(responses, scores=scores, name=name, key="responses")


def _described_replies(responses: Sequence[JsonObject]) -> list[Reply]:
    scores = [rating_of(response, "score") for response in responses]
    ranks = [_rank_of(response) for response in responses]
    if all(rank is None for rank in ranks):
        ranks = ranks_of_scores(scores)
    return [
        Reply(
            parts=text_parts(required_text(response, "content"), key="content"),
            model=label_of(response, "model"),
            rank=rank,
            ratings={} if score is None else {"score": score},
        )
        for response, rank, score in zip(responses, ranks, scores, strict=True)
    ]


def _rank_of(response: JsonObject) -> int | None:
    rank = response.get("rank")
    if rank is None or (isinstance(rank, int) and not isinstance(rank, bool) and rank >= 0):
        return rank
    raise wrong_type("rank", value=rank, wanted="a whole number from 0")


def _stepped_replies(responses: Sequence[JsonValue]) -> list[Reply]:
    if not all(isinstance(response, Mapping) for response in responses):
        raise wrong_type("response_list", value=responses, wanted="a list of objects")
    texts = [_joined_steps(required(response, "response")) for response in responses]
    scores = _numbers([response.get("score") for response in responses], key="score", count=len(texts))
    return _scored(texts, scores=scores, name="score", key="response")


def _joined_steps(steps: JsonValue) -> str:
    pieces = steps if isinstance(steps, list) else [steps]
    if not all(isinstance(piece, str) for piece in pieces):
        raise wrong_type("response", value=steps, wanted="text or a list of texts")
    return "".join(pieces)


def _pro_answers(record: JsonObject) -> RankedAnswers:
    suffixes = required_list(record, "suffix")
    rewards = _numbers(required_list(record, "reward"), key="reward", count=len(suffixes))
    prefixes = required_list(record, "prefix")
    if any(prefix != prefixes[0] for prefix in prefixes):
        raise RecordError(RefusalReason.SIDES_DISAGREE, "The answers of this list do not share one prompt.")
    first = prefixes[0] if prefixes else []
    if not (isinstance(first, list) and all(isinstance(piece, str) for piece in first)):
        raise wrong_type("prefix", value=first, wanted="a list of texts for each answer")
    return RankedAnswers(
        prompt=[_spoken(piece) for piece in first if piece not in _VOICES],
        replies=_scored(suffixes, scores=rewards, name="reward", key="suffix"),
    )


def _spoken(piece: str) -> MessageRecord:
    for mark, role in _VOICES.items():
        if piece.startswith(mark):
            return text_message(role, piece.removeprefix(mark))
    raise RecordError(
        RefusalReason.UNKNOWN_ROLE,
        f"A piece of the prompt names no speaker. Known: {', '.join(_VOICES)}.",
    )


def _scored(texts: Sequence[JsonValue], *, scores: Sequence[float], name: str, key: str) -> list[Reply]:
    return [
        Reply(parts=text_parts(text, key=key), rank=rank, ratings={name: score} if name else {})
        for text, score, rank in zip(texts, scores, ranks_of_scores(scores), strict=True)
    ]


def _numbers(values: Sequence[JsonValue], *, key: str, count: int) -> list[float]:
    numbers = [rating_of({key: value}, key) for value in values]
    if len(numbers) != count:
        raise RecordError(
            RefusalReason.SIDES_DISAGREE, f'There are {count} answers, but {len(numbers)} numbers in "{key}".'
        )
    found = [number for number in numbers if number is not None]
    if len(found) != count:
        raise RecordError(RefusalReason.MISSING_FIELD, f'An answer has no number in "{key}".')
    return found


def _fits(record: JsonObject) -> bool:
    if {"prefix", "suffix", "reward"} <= set(record):
        return True
    if not any(isinstance(record.get(key), str | list) for key in _PROMPTS):
        return False
    if isinstance(record.get("response_list"), list):
        return True
    responses = record.get("responses")
    is_described = isinstance(responses, list) and all(
        isinstance(each, Mapping) and "content" in each for each in responses
    )
    return isinstance(responses, list) and (is_described or isinstance(record.get("scores"), list))
