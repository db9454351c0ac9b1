"""Having the answers of pairs written: asked for in parallel, then guarded, moderated and judged before a pair is made.

Replies are remembered as all replies are, so that a run that was stopped pays for none of them again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from curation.domain.errors import HarkenError
from curation.models import (
    Evidence,
    Message,
    ModelEndpoint,
    PreferencePair,
    Project,
    Prompt,
    Response,
)
from curation.queries.writing.generation import contexts_until
from curation.services.corpus.preferences import EvidenceNote, publish_pair
from curation.services.corpus.responses import ensure_logged_response, ensure_prompt, ensure_response
from curation.services.enrichers.moderation import Moderator, moderator_of
from curation.services.work.jobs import JobProgress
from curation.services.work.turns import take_turns_with_withdrawals
from curation.services.writing.asking import askable_endpoint
from feedback_mining.domain.pairs import (
    MinedConversation,
    PairRecipe,
    PairSkip,
    RewriteOffer,
    SkipReason,
    WritingCandidate,
)
from feedback_mining.domain.written_pairs import SEED, SETTINGS, fault_in, writing_request
from feedback_mining.models import PairRewrite
from feedback_mining.queries.conversations import withdrawn_conversation_ids
from feedback_mining.queries.mined import mined_conversations
from feedback_mining.queries.signals import miner_of
from feedback_mining.services.chunk_progress import ChunkProgress
from feedback_mining.services.rewrites import offer_written
from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatReply, ChatRequest, ChatUnavailableError
from language_models.chat.expense import Expense, expected_expense, expense_of, scaled, spread
from language_models.judges import build_judge
from language_models.judges.contract import (
    JudgeStoppedError,
    Outcome,
    PairJudge,
    PairQuestion,
    Turn,
    Verdict,
)
from language_models.protocols import BudgetSpentError

PURPOSE, JUDGE = "pairs", "checklist"
# What became of a written answer, as its source id ends.
CHOSEN, REJECTED, REFUSED = "chosen", "rejected", "refused"
# Conversations whose answers are asked for before their pairs are made.
CHUNK = 20
# About as many letters as an answer may take, for the price of judging it.
_FULL_ANSWER = "word " * (SETTINGS.max_tokens or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A pair to be written, with its conversation and the context that is answered."""

    mined: MinedConversation
    plan: WritingCandidate
    messages: Sequence[Message]
    context: Sequence[Mapping[str, Any]]

    @property
    def complaint(self) -> Message:
        """The message that complains."""
        return self.messages[self.plan.complaint_index]

    @property
    def asked(self) -> Message:
        """The user message that both answers are to."""
        return self.messages[self.plan.prompt_length - 1]

    @property
    def conversation(self) -> int:
        """The id of the conversation."""
        return self.complaint.conversation_id

    def request(self, *, with_checklist: bool) -> ChatRequest:
        """Return the request for an answer."""
        checklist = self.plan.checklist if with_checklist else ()
        return writing_request(self.context, checklist=checklist, sources=(self.conversation,))

    def question(self, *, chosen: str, rejected: str) -> PairQuestion:
        """Return what the judge is asked."""
        return PairQuestion(
            prompt=tuple(
                Turn(role=role, text=text) for role, text in self.mined.messages[: self.plan.prompt_length]
            ),
            answer_a=chosen,
            answer_b=rejected,
            checklist=self.plan.checklist,
            sources=(self.conversation,),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A pair with both answers; `rejected_reply` is None where the logged answer is rejected."""

    wanted: _Wanted
    chosen_reply: ChatReply
    rejected_reply: ChatReply | None

    @property
    def chosen(self) -> str:
        """The text of the chosen answer."""
        return self.chosen_reply.text.strip()

    @property
    def rejected(self) -> str:
        """The text of the rejected answer."""
        if self.rejected_reply is not None:
            return self.rejected_reply.text.strip()
        return self.wanted.messages[self.wanted.plan.rejected_index].text


class PairWriting:
    """Carries out a recipe that has answers written, and says what became of each complaint."""

    def __init__(
        self,
        project: Project,
        recipe: PairRecipe,
        *,
        writer: ModelEndpoint | None,
        judge: ModelEndpoint | None,
    ) -> None:
        if writer is None or writer.model_version_id is None:
            raise HarkenError(f"The recipe {recipe.name} has answers written, and no endpoint is named.")
        self._project, self._recipe, self._endpoint, self._judging = project, recipe, writer, judge
        self._writer: AskableModel = askable_endpoint(endpoint=writer, purpose=PURPOSE)
        self._judge: PairJudge | None = None
        if judge is not None and "judge" in recipe.needs:
            self._judge = build_judge(JUDGE, model=askable_endpoint(endpoint=judge, purpose=PURPOSE))
        self._moderator: Moderator | None = None
        self._tally, self._skipped, self._expense = Counter[str](), Counter[str](), Expense()

    def price(self, ids: Sequence[int], *, sample: int | None = None) -> dict[str, Any]:
        """Return what writing would take, without asking anyone; `sample` says how many conversations are read."""
        read, expected = spread(ids, most=sample), Expense()
        for wanted in self._wanted(read):
            sides = (True, False) if wanted.plan.writes_rejected else (True,)
            requests = [wanted.request(with_checklist=side) for side in sides]
            expected += expected_expense(requests, price=self._writer.price)
            if self._judge is not None:
                expected += self._judge.estimate(
                    [wanted.question(chosen=_FULL_ANSWER, rejected=_FULL_ANSWER)]
                )
        whole = scaled(expected, read=len(read), of=len(ids))
        return self._summary() | {"conversations": len(ids), "read": len(read), "expense": whole.as_json()}

    def build(self, ids: Sequence[int], progress: JobProgress) -> dict[str, Any]:
        """Write, check and publish the pairs of these conversations; raises HarkenError where no more can be asked."""
        # Not before: it loads a classifier, and a price is named in the web process.
        self._moderator = moderator_of(self._project)
        report = ChunkProgress(progress, total=len(ids))
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            wanted = list(self._wanted(chunk))
            # Two answers are written, and each pair is judged in two orders.
            questions = sum(4 if each.plan.writes_rejected else 1 for each in wanted)
            report.begin(done=start, size=len(chunk), questions=questions)
            try:
                written = list(self._written(wanted, report))
                for pair, verdict in self._preferred(written, report):
                    self._publish(pair, verdict)
            except (BudgetSpentError, ChatUnavailableError, JudgeStoppedError) as error:
                raise HarkenError(str(error)) from error
        report.end()
        spent = self._expense + (self._judge.expense if self._judge else Expense())
        return self._summary() | {"expense": spent.as_json()}

    def _summary(self) -> dict[str, Any]:
        return {
            "recipe": self._recipe.name,
            "writer": self._endpoint.name,
            "judge": self._judging.name if self._judge and self._judging else "",
            "moderated_by": self._moderator.name if self._moderator else "",
            "candidates": self._tally["candidates"],
            "pairs": self._tally["pairs"],
            "rewrites": self._tally["rewrites"],
            "known": self._tally["known"],
            "skipped": dict(self._skipped),
        }

    def _wanted(self, ids: Sequence[int]) -> Iterator[_Wanted]:
        """Yield what is to be written in these conversations and has not been by this writer; the rest is counted."""
        for mined, messages in mined_conversations(self._project, ids, at_once=CHUNK):
            proposals = self._recipe.propose(mined)
            self._tally["candidates"] += len(proposals)
            self._skipped.update(str(each.reason) for each in proposals if isinstance(each, PairSkip))
            plans = [each for each in proposals if isinstance(each, WritingCandidate)]
            yield from self._unwritten(mined, messages, plans)

    def _unwritten(
        self, mined: MinedConversation, messages: Sequence[Message], plans: Sequence[WritingCandidate]
    ) -> Iterator[_Wanted]:
        known = self._known(messages[plan.complaint_index] for plan in plans)
        self._tally["known"] += len(known)
        contexts = contexts_until(messages[plan.prompt_length - 1].pk for plan in plans)
        for plan in plans:
            context = contexts.get(messages[plan.prompt_length - 1].pk)
            if messages[plan.complaint_index].pk in known:
                continue
            if context:
                yield _Wanted(mined=mined, plan=plan, messages=messages, context=context)
            else:
                self._skipped[SkipReason.NOT_SENT] += 1

    def _known(self, complaints: Iterable[Message]) -> set[int]:
        """Return the complaints about which this writer has written: their pair is made, or with a person."""
        sides = {
            self._source_id(each, side=side): each.pk for each in complaints for side in (CHOSEN, REFUSED)
        }
        pairs = PreferencePair.objects.for_project(self._project).filter(chosen__source_id__in=sides)
        offers = PairRewrite.objects.for_project(self._project).filter(written__source_id__in=sides)
        made = pairs.values_list("chosen__source_id", flat=True)
        waiting = offers.values_list("written__source_id", flat=True)
        return {sides[name] for name in (*made, *waiting)}

    def _source_id(self, complaint: Message, *, side: str) -> str:
        return f"{self._recipe.name}:{complaint.uuid}:{self._endpoint.model_version_id}:{side}"

    def _written(self, wanted: Sequence[_Wanted], report: ChunkProgress) -> Iterator[_Written]:
        """Yield the pairs whose answers came, may be kept, and lean on nothing that the prompt does not hold."""
        replies = self._replies(wanted, report)
        for place, each in enumerate(wanted):
            chosen, rejected = replies.get((place, True)), replies.get((place, False))
            reason = _reason_against(chosen) or (
                _reason_against(rejected) if each.plan.writes_rejected else None
            )
            if reason is None and chosen is not None:
                pair = _Written(wanted=each, chosen_reply=chosen, rejected_reply=rejected)
                reason = self._fault_of(pair)
                if reason is None:
                    yield pair
                    continue
            self._skipped[reason or SkipReason.NOT_WRITTEN] += 1

    def _replies(self, wanted: Sequence[_Wanted], report: ChunkProgress) -> dict[tuple[int, bool], ChatReply]:
        """Return the replies by place and side; True is the side that knew the checklist."""
        replies: dict[tuple[int, bool], ChatReply] = {}
        requests = (
            ((place, side), each.request(with_checklist=side))
            for place, each in enumerate(wanted)
            for side in ((True, False) if each.plan.writes_rejected else (True,))
        )
        with closing(self._writer.ask_all(requests, before_each=report)) as answers:
            for answered in answers:
                if answered.reply is not None:
                    self._expense += expense_of(answered.reply, price=self._writer.price)
                    replies[answered.key] = answered.reply
        return replies

    def _fault_of(self, pair: _Written) -> SkipReason | None:
        wanted = pair.wanted
        generated = [pair.chosen] + ([pair.rejected] if pair.rejected_reply else [])
        if self._moderator is not None and any(map(self._moderator.refuses, generated)):
            return SkipReason.UNSAFE
        fault = fault_in(wanted.mined, wanted.plan, chosen=pair.chosen, rejected=pair.rejected)
        if fault is not None and fault.offer is not None:
            self._offer(pair, fault.offer, reason=fault.reason)
        return fault.reason if fault else None

    @transaction.atomic
    def _offer(self, pair: _Written, offer: RewriteOffer, *, reason: SkipReason) -> None:
        """Keep an answer that leans on the complaint for a person, unless its conversation was withdrawn meanwhile."""
        take_turns_with_withdrawals(self._project)
        if withdrawn_conversation_ids([pair.wanted.conversation]):
            return
        prompt = ensure_prompt(last_message=pair.wanted.asked)
        self._tally["rewrites"] += offer_written(
            offer,
            pair.wanted.messages,
            written=self._response(prompt, pair, pair.chosen_reply, side=REFUSED),
            recipe=self._recipe.name,
            reason=str(reason),
        )

    def _preferred(
        self, written: Sequence[_Written], report: ChunkProgress
    ) -> Iterator[tuple[_Written, Verdict | None]]:
        """Yield the pairs to be kept: all of a recipe without a judge, else those preferred in both orders."""
        if self._judge is None:
            yield from ((pair, None) for pair in written)
            return
        questions = (
            (place, pair.wanted.question(chosen=pair.chosen, rejected=pair.rejected))
            for place, pair in enumerate(written)
        )
        for place, verdict in self._judge.judge(questions, before_each=report):
            if verdict.outcome is Outcome.A:
                yield written[place], verdict
            else:
                is_unread = verdict.outcome is Outcome.UNREADABLE
                self._skipped[SkipReason.NOT_JUDGED if is_unread else SkipReason.NOT_PREFERRED] += 1

    @transaction.atomic
    def _publish(self, pair: _Written, verdict: Verdict | None) -> None:
        """Publish one pair with the maker of each side, unless its conversation was withdrawn meanwhile."""
        take_turns_with_withdrawals(self._project)
        if withdrawn_conversation_ids([pair.wanted.conversation]):
            self._skipped[SkipReason.WITHDRAWN] += 1
            return
        prompt = ensure_prompt(last_message=pair.wanted.asked)
        chosen = self._response(prompt, pair, pair.chosen_reply, side=CHOSEN)
        if pair.rejected_reply is None:
            rejected = ensure_logged_response(message=pair.wanted.messages[pair.wanted.plan.rejected_index])
        else:
            rejected = self._response(prompt, pair, pair.rejected_reply, side=REJECTED)
        _pair, is_new = publish_pair(
            chosen=chosen,
            rejected=rejected,
            origin=PreferencePair.Origin.MINED,
            recipe=self._recipe.name,
            confidence=pair.wanted.plan.confidence,
            evidence=_evidence(pair.wanted, verdict),
        )
        self._tally["pairs"] += is_new

    def _response(self, prompt: Prompt, pair: _Written, reply: ChatReply, *, side: str) -> Response:
        """Return an answer as it is kept: by whom, under which settings, and whether it knew the checklist."""
        response = ensure_response(
            prompt=prompt,
            parts=[{"type": "text", "text": reply.text.strip()}],
            origin=Response.Origin.GENERATED,
            model_version=self._endpoint.model_version,
            source_id=self._source_id(pair.wanted.complaint, side=side),
        )
        response.generation_settings = {
            **SETTINGS.as_json(),
            "seed": SEED,
            "finish_reason": reply.finish_reason[:40],
            "knew_the_checklist": side != REJECTED,
        }
        response.save(update_fields=["generation_settings"])
        return response


def _reason_against(reply: ChatReply | None) -> SkipReason | None:
    """Return why a reply is no answer to be kept."""
    if reply is None or reply.is_refusal or not reply.text.strip():
        return SkipReason.NOT_WRITTEN
    return SkipReason.CUT_SHORT if reply.finish_reason == "length" else None


def _evidence(wanted: _Wanted, verdict: Verdict | None) -> list[EvidenceNote]:
    """Return the complaint, the wishes with the messages that they are of, and the judge's verdict."""
    plan, complaint = wanted.plan, wanted.complaint
    start, end = plan.span
    notes = [
        EvidenceNote(
            kind=Evidence.Kind.COMPLAINT,
            quote=complaint.text[start:end],
            message=complaint,
            criterion=plan.criteria[0],
            span=plan.span,
            probability=plan.confidence,
            source_uuid=complaint.uuid,
            source_name=miner_of(complaint, criterion=plan.criteria[0]),
        )
    ]
    notes += [
        EvidenceNote(kind=Evidence.Kind.WISH, quote=text, message=wanted.messages[at])
        for at, text in zip(plan.said_at, plan.checklist, strict=True)
    ]
    if verdict is not None:
        judged_by = f"{verdict.judge}: {verdict.model}"[:120]
        notes.append(EvidenceNote(kind=Evidence.Kind.VERDICT, quote="", source_name=judged_by))
    return notes
