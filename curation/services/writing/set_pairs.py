"""Pairs of the answers of a response set, for people to judge: nobody but they makes labels of them."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from curation.models import Message, PreferencePair, Project, Response, ResponseSet, ResponseSetEntry
from curation.services.corpus.responses import body_hash

# Of k answers to a prompt, k(k-1)/2 pairs; more than these of one prompt would tire whoever judges.
PAIRS_PER_PROMPT = 15
BEGINNING = "set:"

_Answer = tuple[int, str]
_Answers = tuple[list[_Answer], list[_Answer]]


def set_recipe(uuid: UUID) -> str:
    """Return the name under which the pairs of a set are found."""
    return f"{BEGINNING}{uuid}"


@transaction.atomic
def propose_set_pairs(*, project: Project, recipe: str) -> int:
    """Propose pairs of a set's answers to one prompt, and of each with the logged answer; returns how many are new.

    Which of two is called chosen means nothing: the pair is a candidate until people decide it.
    """
    found = ResponseSet.objects.for_project(project).filter(uuid=recipe.removeprefix(BEGINNING)).first()
    if found is None:
        return 0
    made = PreferencePair.objects.bulk_create(
        _pairs_of(found, recipe), ignore_conflicts=True, batch_size=1000
    )
    return len(made)


def _pairs_of(response_set: ResponseSet, recipe: str) -> Iterator[PreferencePair]:
    known = set(
        PreferencePair.objects.for_project(response_set.project)
        .filter(recipe=recipe)
        .values_list("chosen_id", "rejected_id")
    )
    for prompt, answers in _answers_by_prompt(response_set).items():
        for (one, _text), (other, _other_text) in _chosen_pairs(answers):
            if (one, other) not in known:
                yield PreferencePair(
                    project_id=response_set.project_id,
                    prompt_id=prompt,
                    chosen_id=one,
                    rejected_id=other,
                    origin=PreferencePair.Origin.ANNOTATED,
                    recipe=recipe,
                    confidence=0.0,
                    is_candidate=True,
                )


def _chosen_pairs(answers: _Answers) -> list[tuple[_Answer, _Answer]]:
    """Return the pairs of one prompt that are judged: each answer with the logged one, then others by chance.

    The chance is drawn from the two ids, so that it favours no answer and is the same each time.
    """
    written, logged = answers
    pairs = [(one, other) for other in logged for one in written]
    pairs += sorted(combinations(written, 2), key=_drawn)
    different = [(one, other) for one, other in pairs if one[1] != other[1]]
    return different[:PAIRS_PER_PROMPT]


def _drawn(pair: tuple[_Answer, _Answer]) -> str:
    (one, _text), (other, _other_text) = pair
    return sha256(f"{one} {other}".encode()).hexdigest()


def _answers_by_prompt(response_set: ResponseSet) -> dict[int, _Answers]:
    """Return the answers to each prompt as (id, hash of the text): those of the set, and the logged one."""
    given = ResponseSetEntry.objects.filter(response_set=response_set, state=ResponseSetEntry.State.GIVEN)
    rows = given.order_by("number", "id").values_list("prompt_id", "response_id", "response__content_hash")
    answers: dict[int, _Answers] = defaultdict(lambda: ([], []))
    for prompt, response, content in rows:
        answers[prompt][0].append((int(response or 0), str(content)))
    logged = _logged_answers(list(answers))
    for prompt, response, content in logged.values_list("prompt_id", "id", "content_hash"):
        answers[prompt][1].append((response, content))
    return answers


def _logged_answers(prompts: list[int]) -> QuerySet[Response]:
    """Return the answers that the log has to these prompts, made as responses where they are new."""
    rows = Message.objects.filter(
        role=Message.Role.ASSISTANT,
        response__isnull=True,
        conversation__prompts__in=prompts,
        position=F("conversation__prompts__last_message__position") + 1,
    ).select_related("conversation")
    asked = rows.annotate(asked=F("conversation__prompts__id")).filter(asked__in=prompts).exclude(text="")
    Response.objects.bulk_create(
        (
            Response(
                project_id=message.project_id,
                prompt_id=message.asked,
                message=message,
                origin=Response.Origin.LOGGED,
                content_hash=body_hash(message.parts),
                model_version_id=message.conversation.model_version_id,
            )
            for message in asked
        ),
        batch_size=1000,
    )
    return Response.objects.filter(prompt_id__in=prompts, origin=Response.Origin.LOGGED)
