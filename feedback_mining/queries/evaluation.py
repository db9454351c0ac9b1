"""What judges said of a response set, with the users' checklists and without, and every pair behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, Left, NullIf
from django.utils.translation import gettext_lazy as _

from curation.domain.judging.win_rates import RateShift, WinRate, rate_shift, win_rate
from curation.models import JudgedPair, Judgement, JudgeRun, Project, ResponseSet
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts
from curation.queries.judging.runs import (
    RunCounts,
    counts_of_runs,
    judged_pairs,
    outcomes_of,
    runs_of_set,
)
from language_models.judges import JUDGES, version_with

PAGE = 20
# Of each text in a list; the pair's own page shows more.
SHOWN = 700
SHOWN_WHOLE = 20_000
TURNS = 6
# Where a strength comes from.
STRENGTH_WORDS = {
    "log_chances": _("from the chances of its words"),
    "votes": _("from the votes"),
    "scores": _("from the scores"),
    "words": _("in its own words"),
}
# What a judge's method calls its steps; names that are words already stand as they are.
STEP_WORDS = {
    "plain": _("both answers whole"),
    "length": _("both in parts, cut by length"),
    "likeness": _("both in parts, cut so that they share most words"),
    "own_answer": _("the judge's own answer"),
    "scores": _("the scores"),
    "vote": _("the vote"),
    "split": _("a vote that was split"),
}
# The judge without a checklist: the yardstick that the others are read against.
PLAIN = "pairwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A run with how far it is and, where its figures are shown whole, how its first model fared."""

    run: JudgeRun
    counts: RunCounts
    rate: WinRate | None = None

    @property
    def preferred(self) -> float | None:
        """The win rate of a list of runs: that at the end of its job."""
        if self.rate is not None:
            return self.rate.rate
        return self.run.job.result.get("win_rate") if self.run.job and self.run.job.result else None

    @property
    def judge_title(self) -> str:
        """The judge's name for people; its plain name where it is not installed any more."""
        return JUDGES.load(self.run.judge).title if self.run.judge in JUDGES else self.run.judge

    @property
    def reads_checklist(self) -> bool:
        """Whether the judge weighs the users' wishes."""
        return self.run.judge in JUDGES and "checklist" in JUDGES.load(self.run.judge).reads


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEvaluation:
    """The runs over a set: those shown, one guided by checklists and one not, and how far they are apart."""

    runs: Sequence[JudgedRun]
    guided: JudgedRun | None = None
    plain: JudgedRun | None = None
    shift: RateShift | None = None

    @property
    def shown(self) -> list[JudgedRun]:
        """The runs whose figures are shown side by side."""
        return [each for each in (self.guided, self.plain) if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A pair in the list, texts cut, with what the run without checklists said of the same answers ("" if nothing)."""

    pair: Any
    without_checklist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRows:
    """One page of pairs, and where the next begins."""

    rows: Sequence[PairRow]
    next_after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfPair:
    """What one run said of a pair, word for word, and the words that the judge was instructed with.

    The instructions are "" where the judge's words changed since.
    """

    pair: JudgedPair
    judgements: Sequence[Judgement]
    instructions: str

    @property
    def strength_words(self) -> str:
        """Where the strength comes from, in words."""
        return str(STRENGTH_WORDS.get(self.pair.strength_from, ""))

    @property
    def method_words(self) -> str:
        """Which step settled it, in words."""
        return str(STEP_WORDS.get(self.pair.method, self.pair.method))

    @property
    def steps(self) -> list[tuple[Judgement, str]]:
        """Each judgement with the step that it was asked at, in words."""
        return [(each, str(STEP_WORDS.get(each.step, each.step))) for each in self.judgements]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPageContent:
    """Two answers to a prompt, and every run's verdict on them."""

    pair: JudgedPair
    turns: Sequence[ChatMessage]
    hidden_turns: int
    answer_a: str
    answer_b: str
    said: Sequence[SaidOfPair]

    @property
    def checklist(self) -> Sequence[str]:
        """The wishes that the answers were held against, by whichever run was given them."""
        return next((each.pair.checklist for each in self.said if each.pair.checklist), ())


def set_evaluation(response_set: ResponseSet, *, chosen: UUID | None = None) -> SetEvaluation | None:
    """Return the runs over a set; shown are the chosen or newest one and its newest counterpart.

    None where no run of the set has the chosen uuid. A counterpart is by the same endpoint about the same models.
    """
    found = runs_of_set(response_set)
    counts = counts_of_runs(found)
    runs = [JudgedRun(run=run, counts=counts[run.pk]) for run in found]
    about = next((each for each in runs if chosen in (None, each.run.uuid)), None)
    if about is None:
        return SetEvaluation(runs=runs) if chosen is None else None
    alike = [about, *(each for each in runs if _asked_alike(each.run, about.run))]
    guided = next((each for each in alike if each.run.judge != PLAIN), None)
    plain = next((each for each in alike if each.run.judge == PLAIN), None)
    said = {each.run.pk: outcomes_of(each.run) for each in (guided, plain) if each is not None}
    runs = [replace(each, rate=win_rate(said[each.run.pk])) if each.run.pk in said else each for each in runs]
    whole = {each.run.pk: each for each in runs}
    guided, plain = (whole[each.run.pk] if each is not None else None for each in (guided, plain))
    shift = None
    if guided is not None and plain is not None and guided.reads_checklist:
        shift = rate_shift(said[guided.run.pk], old=said[plain.run.pk])
    return SetEvaluation(runs=runs, guided=guided, plain=plain, shift=shift)


def _asked_alike(one: JudgeRun, other: JudgeRun) -> bool:
    names = ("endpoint_id", "model_a_id", "model_b_id")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def pair_rows(evaluation: SetEvaluation, *, outcome: str = "", after: UUID | None = None) -> PairRows:
    """Return the pairs of the guided run (of the other where there is none), those of one outcome if it is named."""
    if not evaluation.shown:
        return PairRows(rows=[], next_after=None)
    run = evaluation.shown[0].run
    rows = _with_cut_texts(judged_pairs(run))
    rows = rows.filter(outcome=outcome) if outcome else rows
    if after is not None:
        rows = rows.filter(pk__gt=JudgedPair.objects.filter(run=run, uuid=after).values("pk")[:1])
    found = list(rows.order_by("id")[: PAGE + 1])
    others = _outcomes(evaluation.plain.run, found) if evaluation.plain and evaluation.guided else {}
    page = found[:PAGE]
    return PairRows(
        rows=[
            PairRow(pair=pair, without_checklist=others.get((pair.response_a_id, pair.response_b_id), ""))
            for pair in page
        ],
        next_after=page[-1].uuid if len(found) > PAGE else None,
    )


def _with_cut_texts(pairs: QuerySet[JudgedPair]) -> Any:
    """Add `asked`, `answer_a` and `answer_b`, cut in the database: a text may have a megabyte."""
    answers = {
        name: Left(
            Coalesce(NullIf(f"response_{side}__body_text", Value("")), f"response_{side}__message__text"),
            SHOWN,
        )
        for name, side in (("answer_a", "a"), ("answer_b", "b"))
    }
    return pairs.annotate(asked=Left("prompt__last_message__text", SHOWN), **answers)


def _outcomes(run: JudgeRun, pairs: Sequence[JudgedPair]) -> dict[tuple[int, int], str]:
    """Return what a run said of the same answers, in words."""
    rows = JudgedPair.objects.filter(run=run, response_a__in=[pair.response_a_id for pair in pairs])
    return {
        (row.response_a_id, row.response_b_id): row.outcome
        for row in rows.only("response_a_id", "response_b_id", "outcome")
    }


def judged_pair_of(project: Project, *, uuid: UUID) -> PairPageContent | None:
    """Return a pair with all that any run of its set said of it; None where it is not there or withdrawn."""
    pairs = JudgedPair.objects.for_project(project).filter(
        uuid=uuid, prompt__conversation__withdrawn_at__isnull=True
    )
    pair = pairs.select_related(
        "run__response_set",
        "run__model_a",
        "run__model_b",
        "prompt__conversation",
        "response_a",
        "response_b",
    ).first()
    if pair is None:
        return None
    turns = prompt_texts([pair.prompt_id])[pair.prompt_id].messages
    answers = response_texts([pair.response_a_id, pair.response_b_id])
    return PairPageContent(
        pair=pair,
        turns=[{**turn, "content": turn["content"][:SHOWN_WHOLE]} for turn in turns[-TURNS:]],
        hidden_turns=max(0, len(turns) - TURNS),
        answer_a=answers.get(pair.response_a_id, "")[:SHOWN_WHOLE],
        answer_b=answers.get(pair.response_b_id, "")[:SHOWN_WHOLE],
        said=_said_of(pair),
    )


def _said_of(pair: JudgedPair) -> list[SaidOfPair]:
    """Return what the runs of the set said of the same answers, this pair's run first."""
    alike = JudgedPair.objects.filter(
        run__response_set=pair.run.response_set_id,
        response_a=pair.response_a_id,
        response_b=pair.response_b_id,
    )
    rows = alike.select_related("run__endpoint").prefetch_related("judgements")
    ordered = sorted(rows, key=lambda row: (row.pk != pair.pk, -row.pk))
    return [
        SaidOfPair(
            pair=row,
            judgements=sorted(row.judgements.all(), key=lambda each: each.pk),
            instructions=_instructions(row.run),
        )
        for row in ordered
    ]


def _instructions(run: JudgeRun) -> str:
    if run.judge not in JUDGES:
        return ""
    is_same = version_with(run.judge, rubric=run.configuration.get("rubric", "")) == run.prompt_version
    return JUDGES.load(run.judge).instructions if is_same else ""
