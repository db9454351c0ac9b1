"""What a file of annotations was about: found in the project, or imported as conversations first."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from annotation.domain.exchange.records import ForeignProject, ForeignRecord, LeftOut, Why
from curation.domain.corpus.hashing import content_hash
from curation.domain.corpus.records import ConversationRecord, Position, Reply, parts_as_json
from curation.domain.importers.importing import RecordError
from curation.models import Conversation, Message, Project, Response
from curation.services.corpus.responses import body_hash, ensure_logged_response
from curation.services.importers.imports import open_import, run_import
from curation.services.work.jobs import Listener
from curation.services.work.terminal import result_of

AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswers:
    """The rows of one record: its conversation, and each answer by its name in the file."""

    conversation_id: int
    answers: Mapping[str, Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A record as the importer of conversations stores it."""

    number: int
    conversation: ConversationRecord
    content_hash: str
    replies: Mapping[str, Reply]


def ensure_conversations(
    *,
    project: Project,
    foreign: ForeignProject,
    file_name: str,
    left_out: LeftOut,
    listener: Listener | None = None,
) -> tuple[dict[int, StoredAnswers], int]:
    """Return the stored answers of each record by its number, and how many conversations were imported for them.

    What is known is not imported again.
    """
    wanted = _wanted(foreign.records, left_out)
    found = _found(project, wanted)
    missing = [each for each in wanted if each.number not in found]
    made = 0
    if missing:
        records = [foreign.records[each.number] for each in missing]
        made = _import(project, foreign, records, file_name=file_name, listener=listener)
        found |= _found(project, missing)
    for each in missing:
        if each.number not in found:
            left_out.add(Why.NO_CONVERSATION, where=foreign.records[each.number].key)
    return found, made


def _wanted(records: Sequence[ForeignRecord], left_out: LeftOut) -> list[_Wanted]:
    found = []
    for number, record in enumerate(records):
        try:
            conversation = record.judged.conversation(source_id=record.key, position=Position(file=""))
        except RecordError:
            left_out.add(Why.UNREADABLE, where=record.key)
            continue
        group = conversation.reply_groups[0].replies if conversation.reply_groups else ()
        found.append(
            _Wanted(
                number=number,
                conversation=conversation,
                content_hash=content_hash(conversation.messages),
                replies=dict(zip(record.judged.answers, group, strict=True)),
            )
        )
    return found


def _import(
    project: Project,
    foreign: ForeignProject,
    records: Iterable[ForeignRecord],
    *,
    file_name: str,
    listener: Listener | None,
) -> int:
    """Import what was shown, without what people said of it: their judgements come in as such, and once."""
    with TemporaryDirectory(prefix="harken-") as folder:
        path = Path(folder) / f"{Path(file_name).stem[:80]}.jsonl"
        with path.open("w", encoding="utf-8") as lines:
            for record in records:
                lines.write(json.dumps(record.shown, ensure_ascii=False) + "\n")
        job = open_import(project=project, paths=[path], format_name=foreign.platform)
        return int(result_of(run_import(job_id=job.pk, listener=listener))["conversations"])


def _found(project: Project, wanted: Sequence[_Wanted]) -> dict[int, StoredAnswers]:
    found: dict[int, StoredAnswers] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        rows = Conversation.objects.for_project(project).filter(
            content_hash__in={each.content_hash for each in some},
            source_user__isnull=True,
            withdrawn_at__isnull=True,
        )
        ids = dict(rows.values_list("content_hash", "id"))
        answers = _answers_by_conversation(project, ids.values())
        for each in some:
            conversation = ids.get(each.content_hash)
            stored = _stored(each, conversation, answers.get(conversation, [])) if conversation else None
            if stored is not None:
                found[each.number] = stored
    return found


def _answers_by_conversation(project: Project, conversations: Iterable[int]) -> dict[int, list[Response]]:
    rows = Response.objects.for_project(project).filter(prompt__conversation__in=list(conversations))
    found: dict[int, list[Response]] = {}
    for row in rows.select_related("prompt__last_message", "message").defer(
        "body", "body_text", "message__text"
    ):
        found.setdefault(row.prompt.conversation_id, []).append(row)
    return found


def _stored(wanted: _Wanted, conversation: int, rows: Sequence[Response]) -> StoredAnswers | None:
    """Return the rows of every answer of a record; None where one is not stored."""
    if not wanted.replies:
        return _last_answer(wanted, conversation)
    asked_at = len(wanted.conversation.messages) - 2
    to_prompt = {_key_of(row): row for row in rows if row.prompt.last_message.position == asked_at}
    found = {name: to_prompt.get(_key_of_reply(reply)) for name, reply in wanted.replies.items()}
    answers = {name: row for name, row in found.items() if row is not None}
    if len(answers) < len(found):
        return None
    return StoredAnswers(conversation_id=conversation, answers=answers)


def _last_answer(wanted: _Wanted, conversation: int) -> StoredAnswers | None:
    """Return the answer that a chat ends with, which has no name."""
    last = Message.objects.filter(conversation=conversation).order_by("-position").first()
    if last is None:
        return None
    if last.role != Message.Role.ASSISTANT:
        return StoredAnswers(conversation_id=conversation, answers={})
    return StoredAnswers(conversation_id=conversation, answers={"": ensure_logged_response(message=last)})


def _key_of(row: Response) -> tuple[str, str]:
    return ("message", "") if row.message_id is not None else (row.content_hash, row.source_id)


def _key_of_reply(reply: Reply) -> tuple[str, str]:
    if reply.message_index is not None:
        return ("message", "")
    return (body_hash(parts_as_json(reply.parts)), reply.source_id[:255])
