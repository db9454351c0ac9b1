"""A judge's verdicts beside people's, as the report of a validation reads them."""

from collections.abc import Iterator, Mapping, Sequence

from annotation.domain.judges.lexical import is_contained, is_exact
from annotation.domain.judges.pairs import PairVerdict
from annotation.queries.judges.slices import DecidedPair, Sides
from curation.models import JudgedPair, Judgement, JudgeRun, Response
from curation.queries.judging.questions import CHUNK_PAIRS, AnswerPair, pair_questions
from curation.queries.judging.runs import judged_pairs
from language_models.judges.contract import PairQuestion

_READS = ("reference",)


def pair_verdicts(run: JudgeRun, *, humans: Mapping[Sides, str]) -> Iterator[PairVerdict]:
    """Yield what people and the judge said of each judged pair; what people no longer decide is left out."""
    for pairs, questions in _chunks(run, humans=humans):
        shown = _first_shown(pairs)
        names = _model_names(pairs)
        for pair, question in zip(pairs, questions, strict=True):
            if question is not None:
                yield PairVerdict(
                    key=f"{pair.prompt_id} {pair.response_a_id} {pair.response_b_id}",
                    prompt=str(pair.prompt_id),
                    models=(names[pair.response_a_id], names[pair.response_b_id]),
                    human=humans[pair.response_a_id, pair.response_b_id],
                    judge=pair.outcome,
                    lengths=(len(question.answer_a), len(question.answer_b)),
                    first_shown=shown.get(pair.pk, ()),
                    rules=_rules(question),
                )


def preferred_questions(run: JudgeRun, *, humans: Mapping[Sides, str]) -> Iterator[PairQuestion]:
    """Yield questions of a run whose answer a people prefer."""
    for pairs, questions in _chunks(run, humans=humans):
        for pair, question in zip(pairs, questions, strict=True):
            human = humans[pair.response_a_id, pair.response_b_id]
            if question is not None and human in ("a", "b"):
                yield question if human == "a" else _turned(question)


def preferred_answers(decided: Sequence[DecidedPair]) -> Iterator[PairQuestion]:
    """Yield questions of decided pairs whose answer a people prefer."""
    chosen = [each for each in decided if each.human in ("a", "b")]
    for start in range(0, len(chosen), CHUNK_PAIRS):
        some = chosen[start : start + CHUNK_PAIRS]
        questions = pair_questions([each.pair for each in some], reads=_READS)
        for each, question in zip(some, questions, strict=True):
            if question is not None:
                yield question if each.human == "a" else _turned(question)


def _turned(question: PairQuestion) -> PairQuestion:
    return PairQuestion(
        prompt=question.prompt,
        answer_a=question.answer_b,
        answer_b=question.answer_a,
        reference=question.reference,
        sources=question.sources,
    )


def _chunks(
    run: JudgeRun, *, humans: Mapping[Sides, str]
) -> Iterator[tuple[list[JudgedPair], list[PairQuestion | None]]]:
    rows = judged_pairs(run).exclude(outcome="").order_by("id")
    known = [pair for pair in rows if (pair.response_a_id, pair.response_b_id) in humans]
    for start in range(0, len(known), CHUNK_PAIRS):
        some = known[start : start + CHUNK_PAIRS]
        yield some, pair_questions([_asked(pair) for pair in some], reads=_READS)


def _asked(pair: JudgedPair) -> AnswerPair:
    return AnswerPair(prompt=pair.prompt_id, response_a=pair.response_a_id, response_b=pair.response_b_id)


def _first_shown(pairs: Sequence[JudgedPair]) -> dict[int, tuple[bool, ...]]:
    """Return for each pair, for each time that the judge chose one answer, whether it was shown first."""
    rows = Judgement.objects.filter(pair__in=pairs, value__in=["a", "b"]).exclude(order_shown="")
    found: dict[int, tuple[bool, ...]] = {}
    for pair, value, order in rows.order_by("id").values_list("pair_id", "value", "order_shown"):
        is_first = (value == "a") == (order == Judgement.Order.A_FIRST)
        found[pair] = (*found.get(pair, ()), is_first)
    return found


def _model_names(pairs: Sequence[JudgedPair]) -> dict[int, str]:
    """Return who wrote each answer: the model's name, else where the answer comes from."""
    ids = {key for pair in pairs for key in (pair.response_a_id, pair.response_b_id)}
    rows = Response.objects.filter(pk__in=ids).values_list("id", "model_version__name", "origin")
    return {key: name or f"({origin})" for key, name, origin in rows}


def _rules(question: PairQuestion) -> dict[str, str]:
    """Return what the rules of the reference say of two answers; nothing without a reference."""
    if not question.reference.strip():
        return {}
    answers = (question.answer_a, question.answer_b)
    exact = [is_exact(answer, reference=question.reference) for answer in answers]
    contained = [is_contained(answer, reference=question.reference) for answer in answers]
    return {"exact_match": _better(*exact), "contains": _better(*contained)}


def _better(first: bool, second: bool) -> str:
    return "tie" if first == second else "a" if first else "b"
