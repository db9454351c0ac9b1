"""What may become a row: every preference of a project that a recipe's sources name, or why it cannot."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from curation.domain.exporters.dataset_rows import VoteRecord
from curation.domain.versions.pair_derivation import (
    DerivedPair,
    PairRule,
    pairs_from_ranks,
    pairs_from_values,
)
from curation.domain.versions.recipe_rows import RowKeys
from curation.domain.versions.recipes import DatasetRecipe
from curation.domain.versions.verdicts import Decision, agreement_of, decide, vote_on_pair
from curation.models import (
    Comparison,
    DatasetRow,
    PreferencePair,
    Project,
    RankedList,
    Response,
    Score,
    Scorer,
)
from curation.queries.corpus.preferences import (
    PEOPLE,
    EarnedVerdict,
    earned_verdicts,
    source_comparisons,
    standing,
    standing_lists,
    vote_records_by_pair,
)

BY_PEOPLE, BY_MINER, BY_SOURCE, BY_JUDGE = (
    DatasetRow.DecidedBy.PEOPLE.value,
    DatasetRow.DecidedBy.MINER.value,
    DatasetRow.DecidedBy.IMPORTED.value,
    DatasetRow.DecidedBy.JUDGE.value,
)
# Who stands behind a score: a consensus is of people, and any measure of ours is no better than the miner.
DECIDED_BY_SCORER = {
    Scorer.Kind.CONSENSUS: BY_PEOPLE,
    Scorer.Kind.SOURCE: BY_SOURCE,
    Scorer.Kind.JUDGE: BY_JUDGE,
}
LISTS_AT_ONCE = 500
# What is read of a verdict: every one is held until all are read, so their answers' texts are not.
COMPARED = (
    *("source", "source_name", "outcome", "strength", "annotator_pseudonym"),
    *("response_a__prompt", "response_b__prompt"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A preference that may become a dataset row; `ranks` are those of both sides in the row's list."""

    keys: RowKeys
    decided_by: str
    source: str
    decision: str = ""
    confidence: float = 1.0
    is_tie: bool = False
    is_blind: bool = False
    strength: float | None = None
    agreement: float | None = None
    votes: tuple[VoteRecord, ...] = ()
    judges: tuple[str, ...] = ()
    ranks: tuple[float | None, float | None] = (None, None)

    def turned(self) -> Self:
        """Return the same preference with its sides changed: for ties, which have no better side."""
        keys = replace(self.keys, chosen=self.keys.rejected, rejected=self.keys.chosen)
        votes = tuple(map(turned_vote, self.votes))
        return replace(self, keys=keys, votes=votes, ranks=self.ranks[::-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A preference that does not become a row, with the reason as a short code."""

    keys: RowKeys
    reason: str


Proposed = Candidate | Dropped


def candidates(project: Project, *, recipe: DatasetRecipe) -> Iterator[Proposed]:
    """Yield every preference of the project that the recipe's sources name, or why it cannot become a row."""
    wanted = set(recipe.sources)
    yield from _from_pairs(project, wanted, recipe)
    if "comparisons" in wanted:
        yield from _from_comparisons(project, recipe)
    if "lists" in wanted:
        yield from _from_lists(project, recipe)
    if "ratings" in wanted:
        yield from _from_ratings(project, recipe)
    if "answers" in wanted:
        yield from _from_answers(project, recipe)


def rule_of(recipe: DatasetRecipe) -> PairRule:
    """Return which pairs the recipe takes of an order."""
    return PairRule(pairs=recipe.list_pairs, minimum_gap=recipe.minimum_gap, keeps_ties=recipe.ties == "kept")


def _from_pairs(project: Project, wanted: set[str], recipe: DatasetRecipe) -> Iterator[Proposed]:
    condition = _pairs_wanted(wanted)
    if condition is None:
        return
    votes, earned = vote_records_by_pair(project), earned_verdicts(project)
    pairs = PreferencePair.objects.for_project(project).standing().filter(condition)
    for pair in pairs.order_by("id").iterator():
        given = votes.get(pair.pk, [])
        if pair.pk in earned and all(vote.saw_signal for vote in given):
            yield _decided_by_judge(pair, earned[pair.pk])
        else:
            yield _decided(pair, given, recipe)


def _pairs_wanted(wanted: set[str]) -> Q | None:
    """Return which pairs the sources mean; a person's edit is told by the origin of the chosen answer."""
    edited = Q(chosen__origin=Response.Origin.EDITED)
    kinds = {
        "mined": Q(origin=PreferencePair.Origin.MINED, is_candidate=False),
        "annotated": Q(origin=PreferencePair.Origin.ANNOTATED, is_candidate=False),
        "candidates": Q(is_candidate=True) & ~edited,
        "edits": edited & (Q(is_candidate=True) | Q(origin=PreferencePair.Origin.IMPORTED)),
    }
    condition = None
    for name in sorted(wanted & set(kinds)):
        condition = kinds[name] if condition is None else condition | kinds[name]
    return condition


def _decided(pair: PreferencePair, votes: Sequence[VoteRecord], recipe: DatasetRecipe) -> Proposed:
    """Let people overrule what was proposed: they confirm, reverse or drop it. Behaviour alone is no label."""
    blind = [vote.value for vote in votes if not vote.saw_signal]
    decision = decide(blind)
    keys = RowKeys(prompt=pair.prompt_id, chosen=pair.chosen_id, rejected=pair.rejected_id, pair=pair.pk)
    is_tie = decision == Decision.UNDECIDED and _ties_win(blind)
    fault = _fault_of(pair, decision, is_kept_tie=is_tie and recipe.ties == "kept", recipe=recipe)
    if fault:
        return Dropped(keys=keys, reason=fault)
    if decision == Decision.REVERSED:
        keys = replace(keys, chosen=pair.rejected_id, rejected=pair.chosen_id)
    is_judged = decision != Decision.UNJUDGED
    unjudged_by = BY_SOURCE if pair.origin == PreferencePair.Origin.IMPORTED else BY_MINER
    return Candidate(
        keys=keys,
        decided_by=BY_PEOPLE if is_judged else unjudged_by,
        source=pair.recipe or pair.origin,
        decision=str(decision),
        confidence=pair.confidence,
        is_tie=is_tie,
        is_blind=is_judged,
        strength=_strength(blind, [vote.strength for vote in votes if not vote.saw_signal]),
        agreement=agreement_of(blind),
        votes=tuple(turned_vote(vote) if decision == Decision.REVERSED else vote for vote in votes),
    )


def _decided_by_judge(pair: PreferencePair, verdict: EarnedVerdict) -> Proposed:
    """Take the label of a judge that earned it, where no person decided."""
    keys = RowKeys(prompt=pair.prompt_id, chosen=pair.chosen_id, rejected=pair.rejected_id, pair=pair.pk)
    decision = decide([verdict.vote])
    if decision == Decision.UNDECIDED:
        return Dropped(keys=keys, reason="judge_tie")
    if decision == Decision.REVERSED:
        keys = replace(keys, chosen=pair.rejected_id, rejected=pair.chosen_id)
    return Candidate(
        keys=keys,
        decided_by=BY_JUDGE,
        source=pair.recipe or pair.origin,
        decision=str(decision),
        confidence=pair.confidence,
        strength=None if verdict.strength is None else abs(verdict.strength),
        judges=(verdict.judge,),
    )


def _fault_of(pair: PreferencePair, decision: Decision, *, is_kept_tie: bool, recipe: DatasetRecipe) -> str:
    if is_kept_tie:
        return ""
    if decision in (Decision.UNDECIDED, Decision.BOTH_BAD):
        return f"people_{decision}"
    if decision == Decision.UNJUDGED and pair.is_candidate:
        return "candidate_not_judged"
    if decision == Decision.UNJUDGED and pair.confidence < recipe.minimum_confidence:
        return "low_confidence"
    return ""


def _ties_win(votes: Iterable[str]) -> bool:
    ranked = Counter(votes).most_common(2)
    return ranked[0][0] == "tie" and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])


def turned_vote(vote: VoteRecord) -> VoteRecord:
    """Return a vote on a pair whose sides changed places."""
    values = {"chosen": "rejected", "rejected": "chosen"}
    orders = {"a_chosen": "a_rejected", "a_rejected": "a_chosen"}
    return replace(
        vote,
        value=values.get(vote.value, vote.value),
        order_shown=orders.get(vote.order_shown, vote.order_shown),
    )


def _strength(values: Sequence[str], strengths: Iterable[float | None]) -> float | None:
    """Return how strongly those chose, on average, whose side won."""
    winner = next((value for value, _count in Counter(values).most_common(1)), "")
    known = [
        abs(float(strength))
        for value, strength in zip(values, strengths, strict=True)
        if value == winner and strength is not None
    ]
    return sum(known) / len(known) if known else None


def _from_comparisons(project: Project, recipe: DatasetRecipe) -> Iterator[Proposed]:
    """Take the verdicts of one source on the same two answers together."""
    together: dict[tuple[Any, ...], list[Comparison]] = defaultdict(list)
    rows = source_comparisons(project).select_related("response_a", "response_b").only(*COMPARED)
    for row in rows.order_by("id").iterator():
        sides = tuple(sorted((row.response_a_id, row.response_b_id)))
        together[sides, row.source, row.source_name].append(row)
    for verdicts in together.values():
        yield _from_verdicts(verdicts, recipe)


def _from_verdicts(verdicts: Sequence[Comparison], recipe: DatasetRecipe) -> Proposed:
    first = verdicts[0]
    values = [
        vote_on_pair(row.outcome, chosen_is_a=row.response_a_id == first.response_a_id) for row in verdicts
    ]
    decision = decide(values)
    sides = (first.response_a, first.response_b)
    chosen, rejected = sides[::-1] if decision == Decision.REVERSED else sides
    is_joint = chosen.prompt_id != rejected.prompt_id
    keys = RowKeys(
        prompt=chosen.prompt_id,
        rejected_prompt=rejected.prompt_id if is_joint else None,
        chosen=chosen.pk,
        rejected=rejected.pk,
    )
    is_tie = decision == Decision.UNDECIDED and _ties_win(values)
    if decision == Decision.BOTH_BAD:
        return Dropped(keys=keys, reason="source_both_bad")
    if decision == Decision.UNDECIDED and not (is_tie and recipe.ties == "kept"):
        return Dropped(keys=keys, reason="source_tie" if is_tie else "source_undecided")
    is_by_people = first.source in PEOPLE
    votes = tuple(
        VoteRecord(
            annotator=row.annotator_pseudonym,
            value=value,
            strength=None if row.strength is None else float(row.strength),
            protocol="source",
        )
        for row, value in zip(verdicts, values, strict=True)
        if is_by_people
    )
    return Candidate(
        keys=keys,
        decided_by=BY_PEOPLE if is_by_people else BY_SOURCE,
        source=f"comparison: {first.source_name or first.source}",
        decision=str(decision),
        is_tie=is_tie,
        is_blind=is_by_people,
        strength=_strength(values, [row.strength for row in verdicts]),
        agreement=agreement_of(values),
        votes=tuple(map(turned_vote, votes)) if decision == Decision.REVERSED else votes,
        judges=(first.source_name,) if first.source == Comparison.Source.JUDGE else (),
    )


def _from_lists(project: Project, recipe: DatasetRecipe) -> Iterator[Proposed]:
    lists = standing_lists(project).prefetch_related("places").order_by("id")
    rule = rule_of(recipe)
    for ranked in lists.iterator(chunk_size=LISTS_AT_ONCE):
        ranks = {place.response_id: float(place.rank) for place in ranked.places.all()}
        for pair in pairs_from_ranks(ranks, rule=rule):
            yield _of_list(ranked, pair, ranks)


def _of_list(ranked: RankedList, pair: DerivedPair, ranks: dict[int, float]) -> Candidate:
    is_by_people = ranked.source in PEOPLE
    return Candidate(
        keys=RowKeys(
            prompt=ranked.prompt_id, chosen=pair.chosen, rejected=pair.rejected, ranked_list=ranked.pk
        ),
        decided_by=BY_PEOPLE if is_by_people else BY_SOURCE,
        source=f"list: {ranked.source_name or ranked.source}",
        is_tie=pair.is_tie,
        is_blind=is_by_people,
        judges=(ranked.source_name,) if ranked.source == Comparison.Source.JUDGE else (),
        ranks=(ranks[pair.chosen], ranks[pair.rejected]),
    )


def _scored(project: Project, recipe: DatasetRecipe) -> Any:
    """Return (scorer, kind, prompt, response, value) of the answers that the recipe's scorers scored."""
    scores = Score.objects.for_project(project).filter(
        scorer__in=_newest(project, recipe.scorers), response__isnull=False, **standing("response__prompt__")
    )
    return scores.values_list(
        "scorer__name", "scorer__kind", "response__prompt_id", "response_id", "value"
    ).order_by("response__prompt_id", "scorer__name", "scorer_id", "response_id")


def _newest(project: Project, names: Iterable[str]) -> list[int]:
    """Return the newest scorer of each name that scored answers: values of two versions are no one order."""
    scored = Exists(Score.objects.filter(scorer=OuterRef("pk"), response__isnull=False))
    known = Scorer.objects.for_project(project).filter(scored, name__in=names).order_by("id")
    return list(dict(known.values_list("name", "id")).values())


def _judges(project: Project, recipe: DatasetRecipe) -> dict[str, tuple[str, ...]]:
    """Return the endpoint and the model that stand behind each scorer, where its specification names them."""
    scorers = Scorer.objects.filter(pk__in=_newest(project, recipe.scorers))
    return {
        name: tuple(str(specification[maker]) for maker in ("endpoint", "model") if specification.get(maker))
        for name, specification in scorers.values_list("name", "specification")
    }


def _from_ratings(project: Project, recipe: DatasetRecipe) -> Iterator[Proposed]:
    rule, judges = rule_of(recipe), _judges(project, recipe)
    rows = _scored(project, recipe).iterator()
    for (scorer, kind, prompt), group in groupby(rows, key=itemgetter(0, 1, 2)):
        values = {response: value for *_, response, value in group}
        for pair in pairs_from_values(values, rule=rule):
            decided_by = DECIDED_BY_SCORER.get(kind, BY_MINER)
            yield Candidate(
                keys=RowKeys(prompt=prompt, chosen=pair.chosen, rejected=pair.rejected),
                decided_by=decided_by,
                source=f"rating: {scorer}"[:60],
                is_tie=pair.is_tie,
                is_blind=decided_by == BY_PEOPLE,
                strength=pair.gap,
                judges=judges[scorer],
            )


def _from_answers(project: Project, recipe: DatasetRecipe) -> Iterator[Proposed]:
    """Take answers that were judged alone: good ones have no rejected side, bad ones no chosen one."""
    judges = _judges(project, recipe)
    rows = _scored(project, recipe).order_by("response_id", "scorer__name", "scorer_id").iterator()
    for response, group in groupby(rows, key=itemgetter(3)):
        scores = list(group)
        prompt, kinds = scores[0][2], {kind for _, kind, *_ in scores}
        verdicts = {_verdict(value, recipe) for *_, value in scores} - {""}
        good = RowKeys(prompt=prompt, chosen=response)
        if len(verdicts) != 1:
            yield Dropped(keys=good, reason="scorers_disagree" if verdicts else "neither_good_nor_bad")
            continue
        decided_by = DECIDED_BY_SCORER.get(kinds.pop(), BY_MINER) if len(kinds) == 1 else BY_MINER
        yield Candidate(
            keys=good if verdicts == {"good"} else RowKeys(prompt=prompt, rejected=response),
            decided_by=decided_by,
            source=f"answer: {scores[0][0]}"[:60],
            is_blind=decided_by == BY_PEOPLE,
            judges=tuple(name for scorer, *_ in scores for name in judges[scorer]),
        )


def _verdict(value: float, recipe: DatasetRecipe) -> str:
    if value >= recipe.good_from:
        return "good"
    return "bad" if value <= recipe.bad_to else ""
