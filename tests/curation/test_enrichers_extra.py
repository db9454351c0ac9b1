"""Enrichers that need something of one's own: Presidio, and a classifier of toxic text."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from curation.domain.enrichers.enriching import EnricherTools, MissingToolError, ReadConversation, ReadMessage
from curation.enrichers import load_enricher
from curation.enrichers.toxicity import ToxicityScorer

TOOLS = EnricherTools()


def said(*texts: str) -> ReadConversation:
    messages = [
        ReadMessage(id=10 + place, position=place, role="user", text=text) for place, text in enumerate(texts)
    ]
    return ReadConversation(id=1, messages=messages)


class WordClassifier:
    """Knows one toxic word."""

    name = "words@1"
    labels: Sequence[str] = ("toxic", "fine")

    def classify(self, texts: Sequence[str]) -> list[dict[str, float]]:
        return [{"toxic": 0.9 if "idiot" in text else 0.1, "fine": 0.1} for text in texts]


def test_toxicity_is_a_score_of_messages_and_a_tag_of_the_worst() -> None:
    findings = ToxicityScorer(WordClassifier(), label="toxic").enrich([said("hello", "you idiot", " ")])
    assert [(score.message, score.value) for score in findings.scores] == [(10, 0.1), (11, 0.9), (None, 0.9)]
    assert [tag.message for tag in findings.tags] == [11]


def test_a_label_that_the_classifier_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(MissingToolError, match="toxic, fine"):
        ToxicityScorer(WordClassifier(), label="hate")


def test_without_a_classifier_toxicity_says_that_none_is_set() -> None:
    with pytest.raises(MissingToolError, match="none is set"):
        load_enricher("toxicity").build(tools=TOOLS, settings={})


def test_a_folder_without_a_classifier_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="holds no classifier"):
        load_enricher("toxicity").build(tools=TOOLS, settings={"classifier": str(tmp_path)})


@pytest.mark.slow
def test_a_transformers_classifier_from_a_folder_gives_probabilities(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    from language_models.embedders.local import installed_minilm

    tokenizer = AutoTokenizer.from_pretrained(installed_minilm())
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=64,
        id2label={0: "fine", 1: "toxic"}, label2id={"fine": 0, "toxic": 1},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    enricher = load_enricher("toxicity").build(tools=TOOLS, settings={"classifier": str(tmp_path)})
    findings = enricher.enrich([said("hello", "word " * 500, "lone \ud800 half")])
    assert [0 < score.value < 1 for score in findings.scores] == [True] * 4


@pytest.mark.slow
def test_presidio_finds_numbers_by_pattern_over_a_blank_pipeline() -> None:
    pytest.importorskip("presidio_analyzer", reason="Presidio is an extra.")
    text = "My social security number is 536-90-4399, wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"
    enricher = load_enricher("presidio").build(tools=TOOLS, settings={})
    found = {
        tag.kind: [text[span.start : span.end] for span in tag.spans]
        for tag in enricher.enrich([said(text)]).tags
    }
    assert found == {"us_ssn": ["536-90-4399"], "crypto": ["16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"]}


@pytest.mark.slow
def test_a_spacy_model_that_is_absent_is_told_and_not_fetched() -> None:
    pytest.importorskip("presidio_analyzer", reason="Presidio is an extra.")
    with pytest.raises(MissingToolError, match="no spaCy model"):
        load_enricher("presidio").build(tools=TOOLS, settings={"model": "en_core_web_none"})
