"""Recipes: what a person writes, field by field or as YAML, is the recipe that is carried out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.style import style_of
from curation.domain.errors import RecipeError
from curation.domain.versions.decontamination import Contamination
from curation.domain.versions.recipe_rows import RecipeRow, RowFacts, RowKeys
from curation.domain.versions.recipe_steps import STEPS, Surroundings, sieve
from curation.domain.versions.recipes import SOURCES, DatasetRecipe, parse_recipe, read_recipe
from curation.domain.versions.splitting import LEFT_OUT, assign_splits, group_rows, near_duplicate_links
from curation.forms.recipes import LINES, RecipeForm, fields_of

shares = st.sampled_from([0.0, 0.25, 0.5, 1.0])
names = st.lists(
    st.text("abcdefg-:", min_size=1, max_size=8).map(str.strip).filter(bool), max_size=3, unique=True
)
recipes = st.builds(
    DatasetRecipe,
    sources=st.lists(st.sampled_from(SOURCES[:6]), min_size=1, unique=True).map(tuple),
    languages=names.map(tuple),
    tags_refused=names.map(tuple),
    minimum_agreement=shares,
    minimum_gap=st.sampled_from([0.0, 1.0, 2.5]),
    list_pairs=st.sampled_from(["all", "adjacent", "best_worst"]),
    ties=st.sampled_from(["dropped", "kept"]),
    length_ratio=st.sampled_from([(), (0.5, 2.0)]),
    duplicates=st.sampled_from(["kept", "exact", "near"]),
    caps=st.dictionaries(st.sampled_from(["user", "topic"]), st.integers(1, 9)),
    seed=st.integers(0, 99),
)


@given(recipes)
def test_a_recipe_written_as_yaml_reads_back_the_same(recipe):
    assert parse_recipe(read_recipe(recipe.as_yaml())) == recipe


@given(recipes)
def test_the_form_s_fields_are_the_same_recipe(recipe):
    form = RecipeForm(posted(recipe))
    assert form.is_valid(), form.errors
    assert parse_recipe(form.cleaned_data["document"]) == recipe


def posted(recipe: DatasetRecipe) -> dict[str, Any]:
    """Return what a browser sends of a form that shows the recipe."""
    shown = {name: value for name, value in fields_of(recipe).items() if value not in (None, {})}
    return shown | {name: "\n".join(shown[name]) for name in LINES}


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ({"decontaminate": ["gsm8k"]}, "decontaminate"),
        ({"sources": ["ratings"]}, "scorers"),
        ({"caps": {"mood": 3}}, "caps"),
        ({"length_ratio": [2, 1]}, "length_ratio"),
        ({"commercial_use": "maybe"}, "commercial_use"),
        ({"shared_words": 1}, "shared_words"),
        ({"balance_ratio": 0.5}, "balance_ratio"),
        ({"balance_ratio": 1e308}, "balance_ratio"),
        ({"length_ratio": [0, 1e308]}, "length_ratio"),
        ({"bad_to": 2}, "bad_to"),
    ],
)
def test_a_field_that_says_nonsense_is_refused_by_name(recipe, word):
    with pytest.raises(RecipeError, match=word):
        parse_recipe(recipe)


def row(number: int, *, text: str = "", **facts: Any) -> RecipeRow:
    """Make a row of one conversation."""
    return RecipeRow(
        keys=RowKeys(prompt=number, chosen=2 * number, rejected=2 * number + 1),
        prompt=[{"role": "user", "content": text or f"Question {number}?"}],
        chosen=[{"role": "assistant", "content": f"A long answer to {number}"}],
        rejected=[{"role": "assistant", "content": f"no {number}"}],
        decided_by="miner",
        source=facts.pop("source", "mined"),
        facts=RowFacts(conversations=(f"c{number}",), **facts),
    )


def reasons(rows: list[RecipeRow], surroundings: Surroundings | None = None, **recipe: Any) -> dict[str, int]:
    sieved = sieve(rows, recipe=parse_recipe(recipe), surroundings=surroundings or Surroundings())
    return {reason: count for step in sieved.steps for reason, count in step.reasons.items()}


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ({"languages": ["de"]}, "other_language"),
        ({"models": ["m1"]}, "other_model"),
        ({"tags_refused": ["pii"]}, "tag_pii"),
        ({"tags_wanted": ["gold"]}, "tag_missing"),
        ({"minimum_agreement": 0.9}, "low_agreement"),
        ({"length_ratio": [0.5, 1.5]}, "length_ratio"),
        ({"commercial_use": "only"}, "terms_of_model"),
    ],
)
def test_each_filter_leaves_out_with_its_reason(recipe, reason):
    told = row(
        1, language="en", models=("m1", "m2"), tags=frozenset({"pii:email"}), agreement=0.6, barred_by="model"
    )
    recipe = {"tags_refused": [], **recipe}
    assert reasons([told], **recipe) == {reason: 1}


def test_caps_count_each_user_and_prefer_what_people_decided():
    rows = [row(number, users=("u",)) for number in range(5)]
    rows[3] = replace(rows[3], is_blind=True)
    sieved = sieve(rows, recipe=parse_recipe({"caps": {"user": 1}}), surroundings=Surroundings())
    assert [kept.keys.prompt for kept in sieved.rows] == [3]


def test_balance_levels_the_groups():
    rows = [row(number, language="en" if number < 8 else "de") for number in range(10)]
    assert reasons(rows, balance="language") == {"balance_language": 6}
    assert reasons(rows, balance="language", balance_ratio=2) == {"balance_language": 4}


def test_a_group_of_unknown_language_bounds_nobody():
    rows = [row(number, language="en" if number else "") for number in range(10)]
    assert reasons(rows, balance="language") == {}


def test_models_are_balanced_whichever_of_two_wrote_the_chosen_answer():
    rows = [row(number, models=("a", "b") if number % 2 else ("b", "a")) for number in range(7)]
    assert reasons(rows, balance="model") == {}


def test_an_answer_that_names_no_model_is_none_of_the_models_asked_for():
    rows = [row(1, models=("m",)), row(2, models=("m",), is_model_unknown=True)]
    assert reasons(rows, models=["m"]) == {"unknown_model": 1}
    assert reasons(rows) == {}


def turned(one: RecipeRow) -> RecipeRow:
    return replace(one, chosen=one.rejected, rejected=one.chosen)


@pytest.mark.parametrize("duplicates", ["kept", "exact", "near"])
def test_what_people_decided_stays_where_the_miner_says_the_opposite(duplicates):
    by_people = replace(row(1), decided_by="people", is_blind=True)
    kept = sieve(
        [turned(row(1)), by_people, row(2)],
        recipe=parse_recipe({"duplicates": duplicates}),
        surroundings=Surroundings(),
    ).rows
    assert [(one.keys.prompt, one.is_blind) for one in kept if one.keys.prompt == 1] == [(1, True)]


def test_a_row_that_says_what_people_decided_is_a_duplicate():
    by_people = replace(row(1), decided_by="people", is_blind=True)
    assert reasons([row(1), by_people]) == {"duplicate": 1}
    assert reasons([row(1), by_people], duplicates="kept") == {}


def test_a_winner_is_overruled_by_a_tie_of_people():
    tie = replace(row(1), decided_by="people", is_blind=True, is_tie=True)
    assert reasons([row(1), turned(row(1)), tie]) == {"people_decided_otherwise": 2}


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=20),
    st.sampled_from(["kept", "exact", "near"]),
)
def test_no_row_of_people_goes_for_one_that_they_did_not_decide(drawn, duplicates):
    rows = [
        replace(turned(row(number)) if is_turned else row(number), is_blind=is_blind)
        for number, is_turned, is_blind in drawn
    ]
    rows = [replace(one, decided_by="people" if one.is_blind else "miner") for one in rows]
    recipe = parse_recipe({"duplicates": duplicates})
    with_all = sieve(rows, recipe=recipe, surroundings=Surroundings()).rows
    alone = sieve([one for one in rows if one.is_blind], recipe=recipe, surroundings=Surroundings()).rows
    assert [one.sha256 for one in with_all if one.is_blind] == [one.sha256 for one in alone]
    decided = {one.keys.prompt: one.verdict for one in alone}
    others = [one for one in with_all if not one.is_blind and one.keys.prompt in decided]
    assert duplicates == "kept" or not others


def test_a_row_that_shares_words_with_an_evaluation_is_left_out():
    asked = "How many apples does Janet have left after she eats three of them for breakfast today?"
    evaluation = Contamination.of("texts:gsm", texts=[asked], shared_words=8)
    rows = [row(1, text=f"Tell me: {asked.lower()} Thanks!"), row(2, text="How many pears are left today?")]
    assert reasons(rows, Surroundings(evaluations=[evaluation])) == {"in_evaluation": 1}


@pytest.mark.parametrize(
    "asked",
    [
        "小明有十二个苹果,吃掉了三个以后还剩下几个苹果?",
        "りんごが十二個あります。三個食べたら何個残りますか。",
        "มีแอปเปิ้ลสิบสองลูกกินไปสามลูกเหลือกี่ลูก",
    ],
)
def test_an_evaluation_without_spaces_is_found_in_rows(asked):
    evaluation = Contamination.of("texts:many", texts=[asked], shared_words=13)
    assert evaluation.as_json()["sequences"] > 0
    assert evaluation.shares_words([f"好: {asked} 谢谢"])
    assert not evaluation.shares_words(["今天北京的天气怎么样?请用一句话告诉我,不要太长。"])


def test_an_evaluation_of_a_few_words_can_be_compared_by_nothing():
    assert Contamination.of("texts:short", texts=["yes", ""], shared_words=13).compared_by == []


def test_a_row_that_means_what_an_evaluation_asks_is_left_out():
    import numpy as np

    evaluation = Contamination.of(
        "responses:held", texts=[], shared_words=8, vectors=np.eye(3, dtype=np.float32)[:1]
    )
    rows = [
        row(1, vectors=(np.array([0, 0, 1]), np.array([1, 0, 0]))),
        row(2, vectors=(np.array([0, 1, 0]),)),
        row(3),
    ]
    assert reasons(rows, Surroundings(evaluations=[evaluation])) == {"like_evaluation": 1}


@given(st.permutations(range(12)), st.sampled_from(["exact", "near"]))
def test_the_order_in_which_rows_come_changes_nothing(order, duplicates):
    rows = [
        row(number % 9, users=(f"u{number % 3}",), language="en" if number % 2 else "de") for number in order
    ]
    recipe = parse_recipe({"caps": {"user": 2}, "balance": "language", "duplicates": duplicates})
    kept = sieve(rows, recipe=recipe, surroundings=Surroundings()).rows
    expected = sieve(
        sorted(rows, key=lambda each: each.keys.prompt), recipe=recipe, surroundings=Surroundings()
    ).rows
    assert [each.sha256 for each in kept] == [each.sha256 for each in expected]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_every_row_that_came_stayed_or_has_a_reason(numbers):
    sieved = sieve([row(number) for number in numbers], recipe=DatasetRecipe(), surroundings=Surroundings())
    assert len(sieved.rows) + len(sieved.left_out) == len(numbers)
    assert [step.name for step in sieved.steps] == list(STEPS)
    assert all(step.came - step.stayed == sum(step.reasons.values()) for step in sieved.steps)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=50), st.integers(0, 5))
def test_where_people_judged_the_test_split_holds_their_rows_alone(rows, seed):
    groups = group_rows([[key] for key, _ in rows])
    judged = [is_judged for _, is_judged in rows]
    splits = assign_splits(
        groups,
        names=[f"{number:03}" for number in range(len(rows))],
        judged=judged,
        shares={"train": 0.6, "validation": 0.1, "test": 0.3},
        seed=seed,
    )
    in_test = {group for group, split in zip(groups, splits, strict=True) if split == "test"}
    beside = [split for group, split in zip(groups, splits, strict=True) if group in in_test]
    assert set(beside) <= {"test", LEFT_OUT}
    if any(judged):
        assert all(by_people for by_people, split in zip(judged, splits, strict=True) if split == "test")


def test_many_texts_are_linked_without_comparing_each_with_all(monkeypatch):
    monkeypatch.setattr("curation.domain.versions.splitting.EXACT_UP_TO", 10)
    texts = [f"Number {n} of the many things that nobody has ever asked about {n * 7}" for n in range(300)]
    copies = [f"{text} please" for text in texts[:30]]
    found = set(near_duplicate_links(texts + copies, threshold=0.8))
    assert {(place, 300 + place) for place in range(30)} <= found


def test_length_is_named_where_it_alone_explains_the_labels():
    longer = [("a long answer indeed", "short")] * 40
    assert style_of(longer).explains == "longer"
    assert style_of([pair[::-1] for pair in longer]).explains == "shorter"
    assert style_of(longer + [pair[::-1] for pair in longer]).explains == ""
