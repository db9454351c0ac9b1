"""The words of messages, written by a job after an import, so that a search finds them.

What `MessageWords.document` holds, and how it is asked:

- One row a message that has a text, in the order of the messages: the newest rows are the newest messages.
- The document is the set of the words of the message's first 50,000 characters, as PostgreSQL's configuration
  `simple` splits them: lower case, no stemming, no stop words, no positions. A phrase is therefore looked for
  in the texts of the messages that hold all its words.
- Each lexeme begins with the project's number (curation/domain/corpus/word_lexemes.py). Ask through
  `matches_words(project, words=..., prefixes=...)` of curation/queries/corpus/words.py, with lexemes that
  `lexemes_of` split as the index did, on `MessageWords.objects.for_project(project)`.

A job reads messages in the order of their ids; `Enrichment(name="words").message_done_through` is the id of the last
message that it read, and `finding_count` how many documents there are. A job that was ended goes on there.
"""

from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from curation.dispatch import RUN_WORD_INDEX
from curation.domain.corpus.word_lexemes import INDEXED_CHARACTERS, LONGEST_WORD_BYTES, lexeme_prefix
from curation.models import Enrichment, Job, Message, MessageWords, Project
from curation.queries.corpus.words import WORDS, WORDS_VERSION
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.statistics import refresh_statistics
from curation.services.work.turns import take_turns_with_withdrawals

# Messages of one transaction: about half a second of work, for which an import may have to wait.
BATCH_MESSAGES = 2000
# New entries of the index gather in a list, which is merged when it has grown to this; a search reads it all.
PENDING_LIST = "16MB"

WRITE_BATCH = """
WITH batch AS (
    SELECT id, project_id, conversation_id, left(text, %(characters)s) AS text FROM curation_message
    WHERE project_id = %(project)s AND id > %(after)s ORDER BY id LIMIT %(limit)s
), written AS (
    INSERT INTO curation_messagewords (uuid, created_at, project_id, conversation_id, message_id, document)
    SELECT gen_random_uuid(), %(now)s, project_id, conversation_id, id, array_to_tsvector(ARRAY(
        SELECT %(prefix)s || word FROM unnest(tsvector_to_array(to_tsvector('simple', text))) AS word
        WHERE octet_length(word) <= %(longest)s
    ))
    FROM batch WHERE text <> '' ORDER BY id
    ON CONFLICT (message_id) DO NOTHING RETURNING 1
)
SELECT (SELECT max(id) FROM batch), (SELECT count(*) FROM batch), (SELECT count(*) FROM written)
"""


def ring_word_index(*, project: Project) -> Job | None:
    """Open the job that indexes the words of a project and ring for it; None where nothing waits or one is open."""
    with transaction.atomic():
        enrichment = _locked_enrichment(project)
        if _is_open(enrichment.job) or not _waiting(project, after=enrichment.message_done_through).exists():
            return None
        job = open_job(project=project, kind="words", task_name=RUN_WORD_INDEX, unit="messages")
        enrichment.job = job
        enrichment.save(update_fields=["job"])
        ring_job(job=job)
        return job


def ring_word_indexes() -> int:
    """Ring for every project whose words wait, unless its last job ended badly; returns how many.

    While an import runs it is left alone: it rings itself at its end.
    """
    projects = [project for project in _waiting_projects() if ring_word_index(project=project)]
    return len(projects)


def _waiting_projects() -> models.QuerySet[Project]:
    indexed = Enrichment.objects.filter(project=OuterRef("pk"), name=WORDS, version=WORDS_VERSION)
    ended_badly = indexed.filter(job__state__in=[Job.State.FAILED, Job.State.CANCELLED])
    importing = Job.objects.filter(project=OuterRef("pk"), kind="import", state=Job.State.RUNNING)
    done = Coalesce(Subquery(indexed.values("message_done_through")[:1]), 0)
    later = Message.objects.filter(project=OuterRef("pk"), pk__gt=OuterRef("words_done"))
    return (
        Project.objects.filter(~Exists(ended_badly), ~Exists(importing), archived_at__isnull=True)
        .annotate(words_done=done)
        .filter(Exists(later))
    )


def run_word_index(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of such a job: write the words of what waits, batch by batch, then refresh the statistics."""
    return run_job(job_id=job_id, work=_index_words, listener=listener)


def _index_words(progress: JobProgress) -> dict[str, Any]:
    project = progress.job.project
    total = _waiting(project, after=_done_through(project)).count()
    done = written = 0
    while counts := _write_batch(project, progress=progress, done=done, total=total):
        done, written = done + counts[0], written + counts[1]
    refresh_statistics(MessageWords)
    progress.report(done, total=total, now=True)
    return {"messages": done, "indexed": written}


@transaction.atomic
def _write_batch(project: Project, *, progress: JobProgress, done: int, total: int) -> tuple[int, int] | None:
    """Write the words of the next messages; returns how many were read and written, None at the end.

    Imports and withdrawals wait meanwhile, so no message of a lower id appears behind what is done, and no text
    is read in the moment in which it is erased.
    """
    take_turns_with_withdrawals(project)
    # The job's row stays locked until the batch is committed: who lost the job writes nothing.
    progress.report(done, total=total, now=True)
    enrichment = _locked_enrichment(project)
    last, read, written = _insert_words(project, after=enrichment.message_done_through)
    if not read:
        return None
    enrichment.message_done_through = last
    enrichment.finding_count += written
    enrichment.updated_at = timezone.now()
    enrichment.save(update_fields=["message_done_through", "finding_count", "updated_at"])
    return read, written


def _insert_words(project: Project, *, after: int) -> tuple[int, int, int]:
    values: dict[str, int | str | datetime] = {
        "characters": INDEXED_CHARACTERS,
        "project": project.pk,
        "after": after,
        "limit": BATCH_MESSAGES,
        "now": timezone.now(),
        "prefix": lexeme_prefix(project.pk),
        "longest": LONGEST_WORD_BYTES,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gin_pending_list_limit', %s, true)", [PENDING_LIST])
        cursor.execute(WRITE_BATCH, values)
        found: tuple[int, int, int] = cursor.fetchone()
        return found


def _locked_enrichment(project: Project) -> Enrichment:
    """Return the row that says how far the words of a project are, locked to the transaction's end."""
    row, _made = Enrichment.objects.get_or_create(project=project, name=WORDS, version=WORDS_VERSION)
    return Enrichment.objects.select_for_update().get(pk=row.pk)


def _done_through(project: Project) -> int:
    row = Enrichment.objects.for_project(project).filter(name=WORDS, version=WORDS_VERSION).first()
    return row.message_done_through if row else 0


def _waiting(project: Project, *, after: int) -> models.QuerySet[Message]:
    return Message.objects.for_project(project).filter(pk__gt=after)


def _is_open(job: Job | None) -> bool:
    return job is not None and not job.is_finished
