"""What the judge of a tournament said, word for word: its requests are put together again and looked up in the ledger.

So there is no second copy of what it said: a withdrawal, or the days that a project keeps what was asked of models,
takes the words from here too.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from annotation.queries.ranking.tournaments import TournamentState
from curation.domain.errors import HarkenError
from curation.models import Prompt
from curation.queries.judging.questions import AnswerPair, pair_questions
from curation.services.judging.runs import PURPOSE, judge_named
from curation.services.writing.stored_replies import replies_about
from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatError, ChatReply, ChatRequest
from language_models.judges.contract import Order, Outcome, PairQuestion, Round


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWords:
    """One answer of the judge: which model stood first, what it said, and whom it preferred, "" for none of the two."""

    first: str
    step: str
    text: str
    preferred: str
    is_tie: bool
    model: str


def judge_words(state: TournamentState, *, prompt: int) -> Mapping[frozenset[int], list[SpokenWords]]:
    """Return what the judge said of each two answers to a prompt that the ledger still keeps; nothing is asked."""
    endpoint = state.tournament.endpoint
    asked = Prompt.objects.filter(pk=prompt).values_list("conversation_id", flat=True).first()
    if endpoint is None or asked is None:
        return {}
    replies = replies_about(endpoint=endpoint, conversation=asked, purpose=PURPOSE)
    if not replies:
        return {}
    ledger = _Ledger(
        client=_NobodyAnswers(),
        address=endpoint.base_url,
        model=endpoint.model,
        cache=_Kept(replies),
        replies=replies,
    )
    try:
        judge = judge_named(state.tournament.judge).build(ledger)
    except HarkenError:
        return {}
    with closing(judge.judge(_questions(state, prompt))) as verdicts:
        return {
            frozenset((pair.response_a, pair.response_b)): [
                _spoken(each, names=_names(state, pair)) for each in verdict.rounds if each.text
            ]
            for pair, verdict in verdicts
        }


def _questions(state: TournamentState, prompt: int) -> Iterator[tuple[AnswerPair, PairQuestion]]:
    """Yield every match of the prompt that was judged, as it was asked: the answer with the lower key is the first."""
    judged = {
        (row.first_id, row.second_id)
        for row in state.games
        if row.prompt_id == prompt and row.verdict and row.first_id < row.second_id and state.game_of(row)
    }
    pairs = [AnswerPair(prompt=prompt, response_a=a, response_b=b) for a, b in sorted(judged)]
    for pair, question in zip(pairs, pair_questions(pairs), strict=True):
        if question is not None:
            yield pair, question


def _names(state: TournamentState, pair: AnswerPair) -> tuple[str, str]:
    models = state.model_of[pair.prompt]
    one, other = models[pair.response_a], models[pair.response_b]
    return state.names.get(one, one), state.names.get(other, other)


def _spoken(said: Round, *, names: tuple[str, str]) -> SpokenWords:
    one, other = names
    shown_first = {Order.A_FIRST: one, Order.B_FIRST: other}
    preferred = {Outcome.A: one, Outcome.B: other}
    return SpokenWords(
        first=shown_first[said.order] if said.order else "",
        step=said.step,
        text=said.text,
        preferred=preferred.get(said.value, "") if said.value else "",
        is_tie=said.value is Outcome.TIE,
        model=said.model,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ledger(AskableModel):
    """A model that says again what it said; a request that went out without its extras is found without them."""

    replies: Mapping[str, ChatReply] = field(default_factory=dict)

    def hash_of(self, request: ChatRequest) -> str:
        """Return the name under which the ledger keeps a request."""
        name = AskableModel.hash_of(self, request)
        if name in self.replies:
            return name
        return AskableModel.hash_of(self, replace(request, schema=None, weighed=None))


class _Kept:
    """The replies of the ledger, of which none comes or goes."""

    def __init__(self, replies: Mapping[str, ChatReply]) -> None:
        self._replies = replies

    def find(self, request_hash: str, *, sources: tuple[int, ...]) -> ChatReply | None:
        """Return the reply that is kept, or None."""
        return self._replies.get(request_hash)

    def store(self, request_hash: str, *, reply: ChatReply, sources: tuple[int, ...]) -> None:
        """Keep nothing."""

    def forget(self, request_hash: str) -> None:
        """Forget nothing."""


class _NobodyAnswers:
    def complete(self, request: ChatRequest) -> ChatReply:
        """Refuse: what the ledger does not keep is not asked for anew."""
        raise ChatError("The ledger does not keep this reply any more.")
