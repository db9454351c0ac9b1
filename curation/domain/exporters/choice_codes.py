"""How a table writes down which of two responses was chosen: found out from the values themselves."""

from collections.abc import Collection, Mapping, Sequence

# What a value means whatever else stands in its column; compared in lower case, without brackets.
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("a", "model_a", "response_a", "answer_a", "output_a", "option_a", "assistant_a", "left", "first"),
        "a",
    ),
    **dict.fromkeys(
        ("b", "model_b", "response_b", "answer_b", "output_b", "option_b", "assistant_b", "right", "second"),
        "b",
    ),
    **dict.fromkeys(("model_1", "response_1", "answer_1", "output_1", "option_1", "llm_response_1"), "a"),
    **dict.fromkeys(("model_2", "response_2", "answer_2", "output_2", "option_2", "llm_response_2"), "b"),
    **dict.fromkeys(("tie", "equal", "same", "draw", "both", "both good", "tie (both good)"), "tie"),
    **dict.fromkeys(
        ("neither", "both bad", "bothbad", "tie (bothbad)", "tie (both bad)", "none"), "both_bad"
    ),
}
# Numbers mean nothing alone; these are the ways in use. The first whose numbers cover the column's is taken.
_NUMBERINGS: tuple[Mapping[str, str], ...] = (
    {"0": "a", "1": "b"},
    {"0": "tie", "1": "a", "2": "b"},
    {"1": "a", "2": "b", "3": "tie"},
    {"-1": "a", "0": "tie", "1": "b"},
)
# A column is what most of its values say; the few others are refused with their rows.
MIN_SHARE = 2 / 3
# With fewer rated rows than this, ratings that speak against a numbering may be chance.
_MIN_RATED = 10

Ratings = Sequence[tuple[float | None, float | None]]


def infer_choice_codes(
    values: Sequence[str], *, ratings: Ratings = (), model_names: Collection[str] = ()
) -> dict[str, str]:
    """Return value → a, b, tie or both_bad for a column of choices; empty where it cannot be read as one.

    A coding that covers two thirds of the values is taken. Numbers are read by the ways in use, turned round
    where the ratings of both responses (higher is better) say so in most of at least ten rated rows. A
    model's name as a value is left to the row, which knows its side.
    """
    named = {choice_key(name) for name in model_names}
    keys = [choice_key(value) for value in values if value.strip()]
    sides = [key for key in keys if key not in named]
    if keys and not sides:
        return dict(_WORDS)
    codes = max((_WORDS, *_NUMBERINGS), key=lambda known: sum(key in known for key in sides))
    if not sides or sum(key in codes for key in sides) < len(sides) * MIN_SHARE:
        return {}
    return _turned(codes) if _speaks_against(codes, values=values, ratings=ratings) else dict(codes)


def choice_key(value: str) -> str:
    """Return a choice as it is looked up: "(A)" is "a", "2.0" is "2"."""
    plain = value.strip().casefold()
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1].strip()
    return plain.removesuffix(".0")


def _speaks_against(codes: Mapping[str, str], *, values: Sequence[str], ratings: Ratings) -> bool:
    agree = [
        (a > b) == (codes.get(choice_key(value)) == "a")
        for value, (a, b) in zip(values, ratings, strict=False)
        if a is not None and b is not None and a != b and codes.get(choice_key(value)) in {"a", "b"}
    ]
    return len(agree) >= _MIN_RATED and sum(agree) < len(agree) / 2


def _turned(codes: Mapping[str, str]) -> dict[str, str]:
    other = {"a": "b", "b": "a"}
    return {number: other.get(side, side) for number, side in codes.items()}
