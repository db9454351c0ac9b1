"""The steps of a recipe: each looks at rows and says which go, and why; together they leave a funnel."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from typing import Any, TypeAlias

from curation.domain.versions.decontamination import Contamination
from curation.domain.versions.recipe_rows import RecipeRow, RowKeys, side_text
from curation.domain.versions.recipes import DatasetRecipe
from curation.domain.versions.splitting import near_repeats

# Examples that a step shows of each reason.
EXAMPLES = 3
# Begins the reason of a row that a measure of the recipe has not scored.
NOT_SCORED = "not_scored_"
# One reason for each row, "" for those that stay.
Reasons: TypeAlias = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A preference that a step left out, by the ids of its answers."""

    keys: RowKeys
    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeStep:
    """What one step did: how many rows came and stayed, and why the others went, with a few of them."""

    name: str
    came: int
    stayed: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, tuple[RowKeys, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the step for the manifest: counts alone."""
        return {"step": self.name, "came": self.came, "stayed": self.stayed, "reasons": dict(self.reasons)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieved:
    """The rows that are left, with the funnel that led there."""

    rows: list[RecipeRow]
    steps: tuple[RecipeStep, ...]
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the steps look at beside the rows; `while_working` is called now and then in long ones."""

    evaluations: Sequence[Contamination] = ()
    while_working: Callable[[], object] = lambda: None


Step: TypeAlias = Callable[[Sequence[RecipeRow], DatasetRecipe, Surroundings], Reasons]


def sieve(rows: Sequence[RecipeRow], *, recipe: DatasetRecipe, surroundings: Surroundings) -> Sieved:
    """Take the rows through every step, in an order that hangs on what they say alone."""
    kept = sorted(rows, key=lambda row: row.stable_key)
    steps: list[RecipeStep] = []
    left_out: list[LeftOut] = []
    for name, step in STEPS.items():
        reasons = step(kept, recipe, surroundings)
        gone = [
            LeftOut(keys=row.keys, step=name, reason=reason)
            for row, reason in zip(kept, reasons, strict=True)
            if reason
        ]
        steps.append(step_of(name, came=len(kept), gone=gone))
        left_out += gone
        kept = [row for row, reason in zip(kept, reasons, strict=True) if not reason]
    return Sieved(rows=kept, steps=tuple(steps), left_out=left_out)


def step_of(name: str, *, came: int, gone: Sequence[LeftOut]) -> RecipeStep:
    """Count what a step left out."""
    examples: dict[str, list[RowKeys]] = defaultdict(list)
    for entry in gone:
        if len(examples[entry.reason]) < EXAMPLES:
            examples[entry.reason].append(entry.keys)
    return RecipeStep(
        name=name,
        came=came,
        stayed=came - len(gone),
        reasons=dict(sorted(Counter(entry.reason for entry in gone).items())),
        examples={reason: tuple(keys) for reason, keys in examples.items()},
    )


def unusable(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows that no trainer could use."""
    return [_fault_of(row) for row in rows]


def _fault_of(row: RecipeRow) -> str:
    sides = [side for side in (row.chosen, row.rejected) if side]
    if any(_is_blank(turn) for side in sides for turn in side):
        return "empty_side"
    if len(sides) == 2 and not row.rejected_prompt and _stripped(row.chosen) == _stripped(row.rejected):
        return "equal_sides"
    if any(_is_blank(turn) for turn in (*row.prompt, *row.rejected_prompt)):
        return "empty_message_in_prompt"
    return ""


def _is_blank(turn: Mapping[str, Any]) -> bool:
    """Return whether a message says nothing; what a tool gave may be nothing."""
    return not turn["content"].strip() and not turn.get("parts") and turn["role"] != "tool"


def _stripped(side: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    return [(turn["content"].strip(), turn.get("parts")) for turn in side]


def out_of_scope(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows outside the view, the languages, the models and the tags that are asked for."""
    return [_outside(row, recipe) for row in rows]


def _outside(row: RecipeRow, recipe: DatasetRecipe) -> str:
    facts = row.facts
    if facts.is_evaluation:
        return "evaluation_answer"
    if facts.is_evaluation_prompt:
        return "evaluation_prompt"
    if not facts.is_in_view:
        return "outside_view"
    if recipe.languages and facts.language not in recipe.languages:
        return "other_language"
    if recipe.models and not set(facts.models) <= set(recipe.models):
        return "other_model"
    if recipe.models and facts.is_model_unknown:
        return "unknown_model"
    if not all(_carries(facts.tags, name) for name in recipe.tags_wanted):
        return "tag_missing"
    refused = next((name for name in recipe.tags_refused if _carries(facts.tags, name)), "")
    return f"tag_{refused}" if refused else ""


def _carries(tags: frozenset[str], name: str) -> bool:
    """Return whether one of the tags is of this name, or a kind of it: pii:email is pii."""
    return name in tags or any(tag.startswith(f"{name}:") for tag in tags)


def not_agreed(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out what too few of the voters stand behind; rows without votes have no agreement to miss."""
    least = recipe.minimum_agreement - 1e-9
    return [
        "low_agreement" if row.facts.agreement is not None and row.facts.agreement < least else ""
        for row in rows
    ]


def not_commercial(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out what may not, or may not for sure, be used commercially, by whose terms forbid it."""
    if recipe.commercial_use != "only":
        return [""] * len(rows)
    return [f"terms_of_{row.facts.barred_by}" if row.facts.barred_by else "" for row in rows]


def unlike_lengths(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out pairs whose chosen answer is too short or too long beside the rejected one, in characters."""
    if not recipe.length_ratio:
        return [""] * len(rows)
    least, most = recipe.length_ratio
    ratios = [length_ratio(row) for row in rows]
    return ["" if not isfinite(ratio) or least <= ratio <= most else "length_ratio" for ratio in ratios]


def length_ratio(row: RecipeRow) -> float:
    """Return the length of chosen over rejected, NaN where a side is missing or empty."""
    chosen, rejected = len(side_text(row.chosen)), len(side_text(row.rejected))
    return chosen / rejected if chosen and rejected else float("nan")


def vetoed(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows whose chosen answer a measure does not let through; the first that objects is the reason.

    What a measure has not scored may not be chosen either, and neither may a row that would weigh nothing.
    """
    return [_veto_of(row) for row in rows]


def _veto_of(row: RecipeRow) -> str:
    for measure in row.facts.measured:
        if measure.value is None:
            return f"{NOT_SCORED}{measure.name}"
        if measure.least is not None and measure.value < measure.least:
            return f"veto_{measure.name}"
        if measure.least is None and measure.value <= 0:
            return "weighs_nothing"
    return ""


def overruled(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out what people decided otherwise, of the same answers, without seeing the signal."""
    decided: dict[frozenset[bytes], set[tuple[bytes, bytes, bool]]] = defaultdict(set)
    for row in rows:
        if row.is_blind:
            decided[frozenset(row.verdict[:2])].add(row.verdict)
    if not decided:
        return [""] * len(rows)
    verdicts = [decided.get(frozenset(row.verdict[:2]), {row.verdict}) for row in rows]
    return [
        "" if row.is_blind or row.verdict in by_people else "people_decided_otherwise"
        for row, by_people in zip(rows, verdicts, strict=True)
    ]


def repeated(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows that say what another one says, exactly or nearly; what people decided is the one that stays."""
    if recipe.duplicates == "kept":
        return [""] * len(rows)
    decided = {row.verdict for row in rows if row.is_blind}
    seen: set[str] = set()
    reasons = []
    for row in rows:
        is_known = row.sha256 in seen or bool(decided and not row.is_blind and row.verdict in decided)
        reasons.append("duplicate" if is_known else "")
        seen.add(row.sha256)
    if recipe.duplicates == "near":
        places = [place for place, reason in enumerate(reasons) if not reason]
        for place in _nearly_repeated([rows[place] for place in places], recipe, surroundings):
            reasons[places[place]] = "near_duplicate"
    return reasons


def _nearly_repeated(
    rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings
) -> list[int]:
    """Return the rows that are alike to one that stays: what people decided stays first, then what comes first."""
    order = sorted(range(len(rows)), key=lambda place: (not rows[place].is_blind, place))
    texts = [
        " ".join((*rows[place].last_requests, side_text(rows[place].chosen), side_text(rows[place].rejected)))
        for place in order
    ]
    gone = near_repeats(texts, threshold=recipe.near_duplicate, while_working=surroundings.while_working)
    return [order[number] for number in gone]


def contaminated(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out what an evaluation asks or answers, word for word or in other words."""
    reasons = [""] * len(rows)
    for evaluation in surroundings.evaluations:
        vectors = [vector for row in rows for vector in row.facts.vectors]
        cosines = iter(evaluation.nearest(vectors))
        for place, row in enumerate(rows):
            nearest = max((next(cosines) for _vector in row.facts.vectors), default=-1.0)
            if not reasons[place] and evaluation.shares_words(_texts_of(row)):
                reasons[place] = "in_evaluation"
            elif not reasons[place] and nearest >= recipe.shared_meaning:
                reasons[place] = "like_evaluation"
        surroundings.while_working()
    return reasons


def _texts_of(row: RecipeRow) -> list[str]:
    turns = (*row.prompt, *row.rejected_prompt, *row.chosen, *row.rejected)
    return [str(turn["content"]) for turn in turns if turn["role"] != "system"]


def over_caps(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows beyond the most that one topic, model, annotator, user or conversation may give.

    Rows that people decided go in first, and among equals a draw by the seed decides.
    """
    reasons = [""] * len(rows)
    if not recipe.caps:
        return reasons
    counts: Counter[tuple[str, Hashable]] = Counter()
    for place in _drawn_order(rows, recipe):
        names = [(cap, name) for cap in recipe.caps for name in _names_under(rows[place], cap)]
        full = next((cap for cap, name in names if counts[cap, name] >= recipe.caps[cap]), "")
        if full:
            reasons[place] = f"cap_{full}"
        else:
            counts.update(names)
    return reasons


def _names_under(row: RecipeRow, cap: str) -> tuple[str, ...]:
    """Return what of a row a cap counts, nothing where it is unknown."""
    facts = row.facts
    named: Mapping[str, Sequence[str]] = {
        "topic": facts.topics,
        "model": facts.models,
        "annotator": facts.annotators,
        "user": facts.users,
        "conversation": facts.conversations,
    }
    return tuple(dict.fromkeys(name for name in named[cap] if name))


def out_of_balance(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> Reasons:
    """Leave out rows of groups that are too large beside the smallest one; a draw by the seed decides which.

    Rows of no known language or model are bounded like others, but however few they are, they bound nobody.
    """
    reasons = [""] * len(rows)
    if recipe.balance == "none" or not rows:
        return reasons
    groups: dict[str, list[int]] = defaultdict(list)
    for place in _drawn_order(rows, recipe):
        groups[_group_of(rows[place], recipe.balance)].append(place)
    known = [len(places) for name, places in groups.items() if name]
    room = int(min(known or [len(rows)]) * recipe.balance_ratio)
    for places in groups.values():
        for place in places[room:]:
            reasons[place] = f"balance_{recipe.balance}"
    return reasons


def _group_of(row: RecipeRow, balance: str) -> str:
    if balance == "language":
        return row.facts.language
    return row.source if balance == "source" else "+".join(sorted(row.facts.models))


def _drawn_order(rows: Sequence[RecipeRow], recipe: DatasetRecipe) -> list[int]:
    """Return the places of rows, those that people decided first, drawn by the seed and the text."""
    draws = [sha256(f"{recipe.seed}:{row.sha256}".encode()).digest() for row in rows]
    return sorted(range(len(rows)), key=lambda place: (not rows[place].is_blind, draws[place], place))


STEPS: Mapping[str, Step] = {
    "usable": unusable,
    "scope": out_of_scope,
    "agreement": not_agreed,
    "terms": not_commercial,
    "length": unlike_lengths,
    "veto": vetoed,
    "people": overruled,
    "duplicates": repeated,
    "decontamination": contaminated,
    "caps": over_caps,
    "balance": out_of_balance,
}
