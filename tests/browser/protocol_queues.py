"""Queues of each protocol for the browser tests, over texts that the test names."""

from collections.abc import Mapping, Sequence
from typing import Any

QUESTION = "How long do I boil an egg soft?"
TEXTS = (
    "Six minutes from boiling water. Then cold water at once.",
    "Eggs come from hens.",
    "It depends on how you like it.",
)


def protocol_queue(
    *,
    project: str,
    protocol: str,
    settings: Mapping[str, str] | None = None,
    question: str = QUESTION,
    texts: Sequence[str] = TEXTS,
    flag: str = "",
) -> str:
    """Open a queue of this protocol over answers to one question and return the path of its desk.

    With `flag` the conversations carry a tag of that name.
    """
    from django.urls import reverse

    from annotation.protocols import load_protocol
    from annotation.services.queues.setup import QueueRules, create_queue
    from curation.models import Conversation, Project, Tag

    home = Project.objects.get(slug=project)
    SCENES[load_protocol(protocol).reads](home, question, texts)
    for talk in Conversation.objects.for_project(home) if flag else ():
        Tag.objects.create(project=home, conversation=talk, name=flag, source=Tag.Source.PERSON)
    rules = QueueRules(settings={name: [value] for name, value in (settings or {}).items()})
    queue = create_queue(
        project=home, name=protocol, protocol=protocol, source={"pairs": "mined"}, rules=rules
    )
    return reverse("annotation:desk", args=[project, queue.uuid])


def _pair(home: Any, question: str, texts: Sequence[str]) -> None:
    from tests.cast import make_pair

    make_pair(home, question=question, chosen=texts[0], rejected=texts[1])


def _joint_pair(home: Any, question: str, texts: Sequence[str]) -> None:
    from curation.models import PreferencePair
    from tests.cast import make_pair

    pair = make_pair(home, question=question, chosen=texts[0], rejected=texts[1])
    other = make_pair(
        home, question="How many days has a leap year?", chosen="366 days.", rejected="365 days."
    )
    joint = PreferencePair.objects.create(
        project=home,
        prompt=pair.prompt,
        chosen=other.chosen,
        rejected=pair.rejected,
        origin="mined",
        recipe="joint",
    )
    PreferencePair.objects.filter(project=home).exclude(pk=joint.pk).delete()


def _answers(home: Any, question: str, texts: Sequence[str]) -> None:
    from curation.models import PreferencePair, Response
    from curation.services.corpus.responses import ensure_response
    from tests.cast import make_pair

    pair = make_pair(home, question=question, chosen=texts[0], rejected=texts[1])
    for text in texts[2:]:
        further = ensure_response(
            prompt=pair.prompt, parts=[{"type": "text", "text": text}], origin=Response.Origin.GENERATED
        )
        PreferencePair.objects.create(
            project=home,
            prompt=pair.prompt,
            chosen=pair.chosen,
            rejected=further,
            origin="mined",
            recipe="more",
        )


def _message(home: Any, question: str, texts: Sequence[str]) -> None:
    from curation.models import Message
    from feedback_mining.models import MiningRun, Signal
    from tests.cast import make_conversation

    complaint = "That is wrong. I asked how long it takes!"
    talk = make_conversation(home, [("user", question), ("assistant", texts[1]), ("user", complaint)])
    message = Message.objects.get(conversation=talk, text=complaint)
    answer = Message.objects.get(conversation=talk, role="assistant")
    run = MiningRun.objects.create(project=home, detector="phrases", detector_version="1", threshold=0.5)
    for criterion, start, end in (("Factual_Error", 0, 14), ("Ignored", 15, 41)):
        Signal.objects.create(
            project=home,
            message=message,
            response_message=answer,
            run=run,
            criterion=criterion,
            polarity="dsat",
            probability=0.8,
            span_start=start,
            span_end=end,
            detector="phrases",
            detector_version="1",
        )


SCENES: Mapping[str, Any] = {
    "answer": _pair,
    "pair": _pair,
    "joint_pair": _joint_pair,
    "answers": _answers,
    "message": _message,
}


def answers_given(*, project: str) -> list[dict[str, Any]]:
    """Return every judgement of a project: what was kept, and the texts in the order in which they stood."""
    from annotation.models import Annotation
    from curation.models import Response

    rows = Annotation.objects.filter(project__slug=project).order_by("id")
    texts = {str(each.uuid): each.text for each in Response.objects.filter(project__slug=project)}
    return [
        {
            "act": row.act,
            "answer": _with_texts(row.answer, texts),
            "shown": [texts[name] for name in row.order_shown],
            "active_ms": row.active_ms,
        }
        for row in rows
    ]


def _with_texts(kept: Any, texts: Mapping[str, str]) -> Any:
    """Put the texts of answers in place of their ids."""
    if isinstance(kept, dict):
        return {texts.get(name, name): _with_texts(value, texts) for name, value in kept.items()}
    return kept


def published(*, project: str) -> dict[str, Any]:
    """Return what judgements of a project published: verdicts by the texts, corrections, reviews of signals."""
    from curation.models import Comparison, PreferencePair
    from feedback_mining.models import SignalReview

    verdicts = Comparison.objects.filter(project__slug=project, retracted_at__isnull=True).order_by("id")
    edits = PreferencePair.objects.filter(project__slug=project, recipe="edited", archived_at__isnull=True)
    reviews = SignalReview.objects.filter(project__slug=project).order_by("id")
    return {
        "verdicts": [
            [row.response_a.text, row.response_b.text, row.outcome, row.strength] for row in verdicts
        ],
        "corrections": [[pair.chosen.text, pair.rejected.text, pair.chosen.origin] for pair in edits],
        "reviews": [[row.criterion, row.verdict, row.corrected_criterion] for row in reviews],
    }
