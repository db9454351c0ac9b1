"""Writing what enrichers found: tags, scores, languages, vectors and fingerprints, each once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db import connection
from django.db.models import Q, QuerySet

from curation.domain.enrichers.enriching import (
    Findings,
    FoundScore,
    FoundTag,
    FoundVectors,
    measure_name,
    tag_name,
)
from curation.models import (
    Conversation,
    Enrichment,
    Fingerprint,
    MessageEmbedding,
    Score,
    Scorer,
    Tag,
)
from curation.queries.enrichers.enrichment_findings import tags_of_enricher
from curation.services.corpus.preferences import publish_scorer, publish_scores

BATCH_ROWS = 2_000


def store_findings(*, enrichment: Enrichment, findings: Findings, grown: Collection[int]) -> None:
    """Write what was found in place of what was found earlier in conversations that grew; inside a transaction."""
    standing = _standing_only(findings, gone=_gone(findings))
    if grown:
        tags_of_enricher(enrichment.project, enrichment.name).filter(conversation_id__in=grown).delete()
        Score.objects.filter(scorer__in=scorers_of(enrichment), conversation_id__in=grown).delete()
        Fingerprint.objects.filter(enricher=enrichment.name, conversation_id__in=grown).delete()
    _store_tags(enrichment, standing.tags)
    _store_scores(enrichment, standing.scores)
    _store_languages(standing)
    if standing.vectors is not None:
        _store_vectors(enrichment, standing.vectors)
    _store_fingerprints(enrichment, standing)


def _gone(findings: Findings) -> set[int]:
    """Return the conversations that were withdrawn or deleted while they were read."""
    found = {tag.conversation for tag in findings.tags}
    found |= {score.conversation for score in findings.scores}
    found |= {each.conversation for each in findings.languages}
    found |= {each.conversation for each in findings.fingerprints}
    found |= set(findings.vectors.conversations) if findings.vectors else set()
    standing = Conversation.objects.filter(pk__in=found, withdrawn_at__isnull=True)
    return found - set(standing.values_list("pk", flat=True))


def _standing_only(findings: Findings, *, gone: set[int]) -> Findings:
    """Leave out what was found in conversations that are gone since."""
    if not gone:
        return findings
    vectors = findings.vectors
    if vectors is not None:
        kept = [row for row, each in enumerate(vectors.conversations) if each not in gone]
        vectors = replace(
            vectors,
            conversations=[vectors.conversations[row] for row in kept],
            messages=[vectors.messages[row] for row in kept],
            vectors=vectors.vectors[kept],
        )
    return Findings(
        tags=[tag for tag in findings.tags if tag.conversation not in gone],
        scores=[score for score in findings.scores if score.conversation not in gone],
        languages=[each for each in findings.languages if each.conversation not in gone],
        vectors=vectors,
        fingerprints=[each for each in findings.fingerprints if each.conversation not in gone],
    )


def _store_tags(enrichment: Enrichment, tags: Sequence[FoundTag]) -> None:
    Tag.objects.bulk_create(
        (
            Tag(
                project_id=enrichment.project_id,
                conversation_id=tag.conversation,
                message_id=tag.message,
                name=tag_name(enrichment.name, tag.kind)[:60],
                source=Tag.Source.ENRICHMENT,
                detail=_detail(tag),
            )
            for tag in tags
        ),
        ignore_conflicts=True,
        batch_size=BATCH_ROWS,
    )


def _detail(tag: FoundTag) -> dict[str, object]:
    spans = {"spans": [span.as_json() for span in tag.spans]} if tag.spans else {}
    return {**spans, **tag.facts}


def _store_scores(enrichment: Enrichment, scores: Sequence[FoundScore]) -> None:
    """Publish the scores by measure and by what they are about."""
    values: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for score in scores:
        if score.message is None:
            values[score.measure, "conversation"][score.conversation] = score.value
        else:
            values[score.measure, "message"][score.message] = score.value
    for (measure, target), by_id in values.items():
        publish_scores(scorer=_scorer(enrichment, measure), target=target, values=by_id)


def _scorer(enrichment: Enrichment, measure: str) -> Scorer:
    return publish_scorer(
        project=enrichment.project,
        name=measure_name(enrichment.name, measure),
        version=enrichment.version,
        kind=Scorer.Kind.ENRICHMENT,
        specification={"enricher": enrichment.name, **enrichment.settings},
    )


def scorers_of(enrichment: Enrichment) -> QuerySet[Scorer]:
    """Return the scorers of this version of the enricher."""
    named = Q(name=enrichment.name) | Q(name__startswith=f"{enrichment.name}: ")
    return Scorer.objects.for_project(enrichment.project).filter(
        named, kind=Scorer.Kind.ENRICHMENT, version=enrichment.version
    )


def _store_languages(findings: Findings) -> None:
    """Fill in the language where the source named none; what a source says stands."""
    if not findings.languages:
        return
    statement = """
        UPDATE curation_conversation c SET language = found.language
        FROM unnest(%s::bigint[], %s::text[]) AS found(id, language)
        WHERE c.id = found.id AND c.language = ''
    """
    ids = [each.conversation for each in findings.languages]
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids, [each.language for each in findings.languages]])


def _store_vectors(enrichment: Enrichment, found: FoundVectors) -> None:
    places = zip(found.conversations, found.messages, found.vectors, strict=True)
    MessageEmbedding.objects.bulk_create(
        (
            MessageEmbedding(
                project_id=enrichment.project_id,
                conversation_id=conversation,
                message_id=message,
                model=found.model,
                vector=vector,
            )
            for conversation, message, vector in places
        ),
        ignore_conflicts=True,
        batch_size=BATCH_ROWS,
    )


def _store_fingerprints(enrichment: Enrichment, findings: Findings) -> None:
    Fingerprint.objects.bulk_create(
        (
            Fingerprint(
                project_id=enrichment.project_id,
                enricher=enrichment.name,
                conversation_id=each.conversation,
                keys=list(each.keys),
                signature=each.signature,
            )
            for each in findings.fingerprints
        ),
        ignore_conflicts=True,
        batch_size=BATCH_ROWS,
    )
