"""The question of a queue that does not exist yet, over made-up texts."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from uuid6 import uuid7

from annotation.domain.protocol import Reads
from annotation.domain.queues.ways import asked_so, ways_in
from annotation.models import Lease, Queue, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.cards import ShownAnswer, TaskCard, letter_of
from annotation.queries.desk.messages import ShownMessage

COUNT: Mapping[Reads, int] = {
    Reads.ANSWER: 1,
    Reads.PAIR: 2,
    Reads.JOINT_PAIR: 2,
    Reads.ANSWERS: 3,
    Reads.MESSAGE: 0,
}


def preview_card(queue: Queue) -> TaskCard:
    """Return the card that a judge of this queue would see; nothing of it is stored.

    Of several ways of asking it is asked in the one that was written last.
    """
    protocol = load_protocol(queue.protocol)
    task = Task(project=queue.project, queue=queue)
    answers = [_answer(place, reads=protocol.reads) for place in range(COUNT[protocol.reads])]
    settings = asked_so(
        queue.settings, {name: levels[-1] for name, levels in ways_in(queue.settings).items()}
    )
    return TaskCard(
        lease=Lease(project=queue.project, task=task),
        protocol=protocol,
        question=answers[0].question if answers else "",
        earlier_turns=(),
        answers=answers,
        choices=protocol.choices(settings),
        material=protocol.material([answer.text for answer in answers], settings),
        message=_message() if protocol.reads is Reads.MESSAGE else None,
    )


def _answer(place: int, *, reads: Reads) -> ShownAnswer:
    questions = [_("How long does it take to boil an egg?"), _("How many days does a leap year have?")]
    texts = [
        _("About seven minutes for a soft yolk, and ten for a hard one. Count from when the water boils."),
        _("366 days.") if reads is Reads.JOINT_PAIR else _("It depends on how you like it."),
        _("Eggs are boiled in water."),
    ]
    question = questions[place] if reads is Reads.JOINT_PAIR else questions[0]
    return ShownAnswer(
        letter=letter_of(place), uuid=str(uuid7()), text=texts[place], question=question, earlier_turns=()
    )


def _message() -> ShownMessage:
    return ShownMessage(
        request=_("How long does it take to boil an egg?"),
        answer=_("About seven minutes for a soft yolk."),
        text=_("I asked for a hard one!"),
        claims=(),
    )
