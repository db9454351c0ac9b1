"""What a model card says, and what it does not hide."""

from dataclasses import replace

import pytest

from curation.domain.versions.deciders import Deciders, accuracy_title, deciders_from_counts
from training_jobs.domain.headlines import interval_text, percent
from training_jobs.domain.model_card import CardEvaluation, CardFacts, render_model_card

EVALUATION = CardEvaluation(
    title="agreement with the miner",
    who_decided="No person decided any of the 24 held-out rows.",
    split="test",
    pair_count=24,
    accuracy=0.75,
    interval=(0.55, 0.88),
    margin=0.5,
    policy_ranking=0.7,
    base_ranking=0.4,
    longer_wins=0.5,
)
FACTS = CardFacts(
    name="polite@1 · dpo · some/model",
    run="0192",
    objective_title="DPO",
    paper="Rafailov et al. 2023",
    base_model="some/model",
    base_revision="",
    base_is_random=False,
    is_adapter=True,
    version="polite@1",
    configuration={"objective": "dpo", "max_steps": 5, "base_model": "/srv/secret/path", "lora": {"r": 8}},
    configuration_sha256="c" * 64,
    weights_sha256="d" * 64,
    manifest={
        "rows": 30,
        "splits": {"train": 6, "test": 24},
        "content_hash": "h1:abc",
        "dropped": {"duplicate": 2},
        "decided_by": {"miner": 30},
        "test_decided_by": {"miner": 24},
        "people": {"mined_pairs": 40, "judged": 20, "confirmed": 15, "interval": [0.53, 0.89]},
        "imports": [{"name": "our log", "licence": "CC0-1.0", "consent": ""}],
        "models": [{"name": "their model", "terms": "no competing models"}],
    },
    skipped_rows={"train": {"used": 5}},
    attempt_count=2,
    packages={"torch": "2.13.0"},
    evaluation=EVALUATION,
)


@pytest.mark.parametrize(
    "said",
    [
        "`polite@1`",
        "`h1:abc`",
        "duplicate 2",
        "| train | 6 | 5 |",
        "People judged 20 of the project's 40 mined pairs and confirmed 15 of them: 75.0 % (53.0 % to 89.0 %).",
        "| the miner (mined from users' reactions) | 30 | 24 |",
        "| Agreement with the miner: training raised chosen over rejected | 75.0 % | 55.0 % to 88.0 % |",
        "| The same, of the base model | 40.0 % |",
        "24 held-out pairs are few",
        "Attempts: 2.",
        "d" * 64,
        "| our log | CC0-1.0 | not stated |",
        "| their model | no competing models |",
        'AutoModelForCausalLM.from_pretrained("some/model")',
    ],
)
def test_a_card_says_where_the_model_comes_from_and_how_far_to_trust_it(said: str) -> None:
    assert said in render_model_card(FACTS)


def test_no_path_of_this_machine_is_in_a_card() -> None:
    assert "/srv/secret" not in render_model_card(FACTS)


def test_a_model_that_learnt_from_the_miner_claims_no_preference_of_people() -> None:
    assert "preference accuracy" not in render_model_card(FACTS).lower()


def test_a_card_of_a_random_model_says_so_first_and_loads_its_own_base() -> None:
    card = render_model_card(replace(FACTS, base_is_random=True))
    assert card.index("a random tiny model: this proves the pipeline, not quality") < card.index(
        "## Intended use"
    )
    assert 'from_pretrained("THIS_FOLDER/base_model")' in card


def test_without_held_out_rows_a_card_claims_nothing() -> None:
    assert "nothing is known" in render_model_card(replace(FACTS, evaluation=None))


def test_a_name_cannot_break_out_of_its_line_or_cell() -> None:
    hostile = {"models": [{"name": "a | b\n# Heading <script>", "terms": ""}]}
    card = render_model_card(replace(FACTS, manifest={**FACTS.manifest, **hostile}))
    assert "| a \\| b # Heading &lt;script> | not stated |" in card


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ({"people": 1, "miner": 99}, "preference accuracy"),
        ({"miner": 5}, "agreement with the miner"),
        ({"miner": 5, "imported": 5}, "agreement with the miner and the source"),
        ({"imported": 5}, "agreement with the source"),
        ({"unknown": 5}, "agreement with the source"),
        ({"judge": 5}, "agreement with a judge"),
        ({"judge": 5, "miner": 5}, "agreement with a judge and others"),
        ({}, "agreement with the miner"),
    ],
)
def test_an_accuracy_is_named_after_those_who_decided(counts: dict[str, int], title: str) -> None:
    assert accuracy_title(deciders_from_counts(counts)) == title


def test_the_share_of_people_is_none_of_no_rows() -> None:
    assert Deciders().people_share == 0


def test_shares_read_as_percent() -> None:
    assert (percent(None), percent(0.5)) == ("unknown", "50.0 %")
    assert (interval_text(None, None), interval_text(0.25, 0.75)) == ("", "25.0 % to 75.0 %")
