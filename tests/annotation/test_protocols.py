"""What every protocol keeps: settings, refusals in sentences, and conclusions that no side changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.protocol import AnswerError, Asked, Conclusions, Entry, Reads
from annotation.protocols import PROTOCOLS, load_protocol
from annotation.protocols.attributes import ATTRIBUTES, HELPSTEER2
from annotation.protocols.critique import CRITIQUE
from annotation.protocols.first_wrong_step import FIRST_WRONG_STEP
from annotation.protocols.joint import JOINT
from annotation.protocols.ordered_criteria import ORDERED_CRITERIA
from annotation.protocols.pairwise import PAIRWISE
from annotation.protocols.ranking import RANKING
from annotation.protocols.rate_and_rank import RATE_AND_RANK
from annotation.protocols.rating import RATING
from annotation.protocols.signal_review import SIGNAL_REVIEW

ANSWERS = {Reads.ANSWER: 1, Reads.PAIR: 2, Reads.JOINT_PAIR: 2, Reads.ANSWERS: 3, Reads.MESSAGE: 0}


def asked_by(protocol, *, shown=None, settings=None, text="First this. Then that.") -> Asked:
    names = tuple("xyz"[: ANSWERS[protocol.reads]]) if shown is None else shown
    return Asked(shown=names, settings=protocol.settings(settings or {}), texts=dict.fromkeys(names, text))


def ticked(protocol) -> dict[str, list[str]]:
    return {field.name: ["1"] for field in protocol.fields if field.entry is Entry.CHECK}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_known_by_its_own_name(name):
    assert load_protocol(name).name == name


@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_empty_form_is_refused_with_a_sentence(name):
    protocol = load_protocol(name)
    with pytest.raises(AnswerError, match=r"\."):
        protocol.parse({}, asked_by(protocol))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_two_choices_share_a_key(name):
    protocol = load_protocol(name)
    settings = protocol.settings(ticked(protocol))
    material = protocol.material(["one", "two"], settings)
    keys = [choice.key for choice in [*protocol.choices(settings), *material.get("reasons", ())]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_settings_that_a_form_proposes_are_the_ones_that_a_queue_has_without_a_form(name):
    protocol = load_protocol(name)
    proposed = {field.name: [field.default] for field in protocol.fields if field.default}
    assert protocol.settings(proposed) == protocol.settings({})


@pytest.mark.parametrize("name", PROTOCOLS)
@given(payload=st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=3), max_size=6))
def test_a_form_of_rubbish_is_read_or_refused_with_a_sentence(name, payload):
    protocol = load_protocol(name)
    asked = asked_by(protocol)
    wild = {**payload, "choice": ["a"], "place-x": ["²"], "scale-0": ["٣"], "step": ["²"], "spans": ["٣-٤"]}
    for each in (payload, wild):
        try:
            protocol.conclude(protocol.parse(each, asked), asked)
        except AnswerError as error:
            assert str(error).endswith(".")  # noqa: PT017 - a form may be read, too


GIVEN = {
    "pairwise": [{"choice": ["b"], "strength": ["2"], "reason": ["safety"]}, {"choice": ["tie"]}],
    "rating": [{"choice": ["3"]}],
    "attributes": [{f"scale-{number}": [str(4 - number)] for number in range(5)}],
    "ranking": [{"place-x": ["2"], "place-y": ["1"], "place-z": ["2"]}, {"unrankable": ["1"]}],
    "rate_and_rank": [
        {
            f"{field}-{name}": [str(number)]
            for number, name in enumerate("xyz", 1)
            for field in ("rating", "place")
        }
    ],
    "joint": [{"choice": ["both_bad"]}],
    "critique": [
        {"verdict": ["bad"], "fix": ["This.\nThat."], "spans": ["0-3 5-9"], "correction": ["So."]},
        {"verdict": ["good"]},
    ],
    "first_wrong_step": [{"step": ["2"]}, {"step": ["none"]}],
    "ordered_criteria": [
        {"criterion-0": ["same"], "criterion-1": ["b"]},
        {f"criterion-{number}": ["same"] for number in range(7)},
    ],
    "signal_review": [
        {"claim-Revision": ["corrected"], "rather-Revision": ["Style"], "claim-Ignored": ["rejected"]},
        {"missed": ["Ignored", "Style"]},
        {"nothing": ["1"]},
    ],
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_stored_answer_is_given_again_by_its_form(name):
    protocol = load_protocol(name)
    asked = asked_by(protocol, settings=ticked(protocol))
    for payload in GIVEN[name]:
        answer = protocol.parse(payload, asked)
        assert protocol.parse(protocol.form_of(answer, asked), asked) == answer


def test_an_unknown_protocol_is_refused_with_the_known_names():
    with pytest.raises(LookupError, match="pairwise"):
        load_protocol("dueling")


def test_a_pairwise_verdict_is_of_the_answers_and_not_of_the_sides():
    answer = PAIRWISE.parse({"choice": ["b"]}, Asked(shown=("x", "y")))
    (preference,) = PAIRWISE.conclude(answer, Asked(shown=("x", "y"))).preferences
    assert (preference.first, preference.second, preference.outcome) == ("x", "y", "b")


@pytest.mark.parametrize(
    ("choice", "strength", "kept"),
    [
        ("a", "3", 3),
        ("b", "2", -2),
        ("b", "-2", -2),
        ("tie", "3", 0),
        ("both_bad", "1", None),
        ("a", "", None),
    ],
)
def test_a_strength_has_the_sign_of_the_side_that_is_better(choice, strength, kept):
    asked = asked_by(PAIRWISE, settings={"strength": ["1"], "reasons": ["1"]})
    payload = {"choice": [choice], "strength": [strength], "reason": ["style"]}
    answer = PAIRWISE.parse(payload, asked)
    (preference,) = PAIRWISE.conclude(answer, asked).preferences
    assert (preference.strength, answer["reason"]) == (kept, "style")


def test_a_strength_that_nobody_asked_for_is_not_kept():
    assert PAIRWISE.parse({"choice": ["a"], "strength": ["3"], "reason": ["x"]}, asked_by(PAIRWISE)) == {
        "choice": "a"
    }


@pytest.mark.parametrize("wrong", [{"strength": ["4"]}, {"reason": ["taste"]}])
def test_a_strength_or_a_reason_that_is_none_is_refused(wrong):
    asked = asked_by(PAIRWISE, settings={"strength": ["1"], "reasons": ["1"]})
    with pytest.raises(AnswerError, match="Choose"):
        PAIRWISE.parse({"choice": ["a"], **wrong}, asked)


def test_a_rating_off_the_scale_is_refused():
    for value in ("0", "8", "4.5", "seven", ""):
        with pytest.raises(AnswerError, match="1 to 7"):
            RATING.parse({"choice": [value]}, Asked(shown=("x",)))


def test_a_rating_is_of_the_answer_that_was_shown():
    answer = RATING.parse({"choice": ["6"]}, Asked(shown=("x",)))
    concluded: Conclusions = RATING.conclude(answer, Asked(shown=("x",)))
    assert [(rating.response, rating.value) for rating in concluded.ratings] == [("x", 6.0)]


def test_attributes_are_the_five_of_helpsteer2_unless_a_queue_has_a_rubric():
    asked = asked_by(ATTRIBUTES)
    answer = ATTRIBUTES.parse({f"scale-{number}": [str(number % 5)] for number in range(5)}, asked)
    ratings = ATTRIBUTES.conclude(answer, asked).ratings
    assert [rating.attribute for rating in ratings] == [scale.name for scale in HELPSTEER2]
    assert [rating.value for rating in ratings] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("value", ["5", "-1", "2.0", "", "٣"])
def test_an_attribute_off_its_scale_is_refused_with_its_name(value):
    sent = {f"scale-{number}": ["1"] for number in range(5)}
    with pytest.raises(AnswerError, match=r"coherence\. Choose a whole number from 0 to 4"):
        ATTRIBUTES.parse({**sent, "scale-2": [value]}, asked_by(ATTRIBUTES))


def test_a_ranking_with_a_tie_is_published_as_each_of_its_preferences():
    asked = asked_by(RANKING)
    answer = RANKING.parse({"place-x": ["2"], "place-y": ["1"], "place-z": ["2"]}, asked)
    concluded = RANKING.conclude(answer, asked)
    assert concluded.places == {"x": 2, "y": 1, "z": 2}
    assert [(each.first, each.second, each.outcome) for each in concluded.preferences] == [
        ("x", "y", "b"),
        ("x", "z", "tie"),
        ("y", "z", "a"),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"place-z": []}, "has no place yet"),
        ({"place-z": ["4"]}, "whole number from 1 to 3"),
        ({"place-z": ["0"]}, "whole number from 1 to 3"),
        ({"place-z": ["2", "3"]}, "twice"),
        ({"place-w": ["1"]}, "not asked about"),
    ],
)
def test_a_ranking_with_a_missing_doubled_or_foreign_answer_is_refused(wrong, sentence):
    sent = {"place-x": ["1"], "place-y": ["2"], "place-z": ["3"], **wrong}
    with pytest.raises(AnswerError, match=sentence):
        RANKING.parse(sent, asked_by(RANKING))


def test_a_ranking_says_whether_anything_was_moved():
    def moved(*places: str) -> bool:
        sent = {f"place-{name}": [place] for name, place in zip("xyz", places, strict=True)}
        return RANKING.parse(sent, asked_by(RANKING))["moved"]

    assert [moved("1", "2", "3"), moved("1", "1", "2"), moved("2", "1", "3")] == [False, True, True]


def test_answers_that_cannot_be_ranked_prefer_nothing():
    answer = RANKING.parse({"unrankable": ["on"], "place-x": ["9"]}, asked_by(RANKING))
    assert RANKING.conclude(answer, asked_by(RANKING)) == Conclusions()


def test_ratings_beside_a_ranking_decide_nothing_of_it():
    asked = asked_by(RATE_AND_RANK)
    sent = {"rating-x": ["7"], "rating-y": ["1"], "rating-z": ["4"]}
    places = {"place-x": ["3"], "place-y": ["1"], "place-z": ["2"]}
    concluded = RATE_AND_RANK.conclude(RATE_AND_RANK.parse({**sent, **places}, asked), asked)
    assert [rating.value for rating in concluded.ratings] == [7, 1, 4]
    assert concluded.places == {"x": 3, "y": 1, "z": 2}


def test_a_missing_rating_beside_a_ranking_is_refused():
    sent = {f"place-{name}": [str(place)] for place, name in enumerate("xyz", start=1)}
    with pytest.raises(AnswerError, match="has no rating yet"):
        RATE_AND_RANK.parse(sent, asked_by(RATE_AND_RANK))


def test_a_joint_verdict_is_of_two_exchanges():
    asked = asked_by(JOINT)
    (preference,) = JOINT.conclude(JOINT.parse({"choice": ["both_bad"]}, asked), asked).preferences
    assert (preference.first, preference.second, preference.outcome) == ("x", "y", "both_bad")


def test_a_critique_keeps_steps_spans_and_the_correction():
    asked = asked_by(CRITIQUE, text="Paris is in Italy.\r\nYes.")
    sent = {
        "verdict": ["bad"],
        "fix": [" Name the country. \r\n\r\n Drop the yes. "],
        "spans": ["12-17 9-12"],
        "correction": ["Paris is in France."],
    }
    answer = CRITIQUE.parse(sent, asked)
    assert answer == {
        "verdict": "bad",
        "spans": [[9, 17]],
        "fix": "Name the country.\nDrop the yes.",
        "correction": "Paris is in France.",
    }
    concluded = CRITIQUE.conclude(answer, asked)
    assert [(each.response, each.text) for each in concluded.corrections] == [("x", "Paris is in France.")]
    assert [rating.value for rating in concluded.ratings] == [0.0]


def test_an_answer_that_was_left_as_it_is_corrects_nothing():
    sent = {"verdict": ["good"], "correction": ["First this. Then that.\n"]}
    assert CRITIQUE.conclude(CRITIQUE.parse(sent, asked_by(CRITIQUE)), asked_by(CRITIQUE)).corrections == ()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"verdict": ["bad"]}, "what to fix"),
        ({"verdict": ["bad"], "fix": ["x"], "spans": ["5-99"]}, "does not lie in the answer"),
        ({"verdict": ["bad"], "fix": ["x"], "spans": ["5-5"]}, "does not lie in the answer"),
        ({"verdict": ["bad"], "fix": ["x"], "spans": ["one"]}, "does not lie in the answer"),
        ({"verdict": ["bad"], "fix": ["x" * 300_001]}, "Shorten it"),
        ({"verdict": ["fine"]}, "good, bad"),
    ],
)
def test_a_critique_that_says_nothing_or_too_much_is_refused(sent, sentence):
    with pytest.raises(AnswerError, match=sentence):
        CRITIQUE.parse(sent, asked_by(CRITIQUE))


def test_a_critique_of_200_kilobytes_is_kept():
    answer = CRITIQUE.parse({"verdict": ["bad"], "fix": ["x" * 200_000]}, asked_by(CRITIQUE))
    assert len(answer["fix"]) == 200_000


@pytest.mark.parametrize(("step", "share"), [("1", 0.0), ("2", 0.5), ("none", 1.0)])
def test_the_steps_before_the_first_wrong_one_are_right(step, share):
    asked = asked_by(FIRST_WRONG_STEP)
    answer = FIRST_WRONG_STEP.parse({"step": [step]}, asked)
    assert answer["steps"] == 2
    assert [rating.value for rating in FIRST_WRONG_STEP.conclude(answer, asked).ratings] == [share]


@pytest.mark.parametrize("step", ["0", "3", "1.5", "last", "²"])
def test_a_step_that_the_answer_does_not_have_is_refused(step):
    with pytest.raises(AnswerError, match="a step from 1 to 2"):
        FIRST_WRONG_STEP.parse({"step": [step]}, asked_by(FIRST_WRONG_STEP))


def test_the_first_criterion_with_a_difference_decides_and_is_stored():
    asked = asked_by(ORDERED_CRITERIA, settings={"criteria": ["truth: is it right?\nform"]})
    sent = {"criterion-0": ["same"], "criterion-1": ["b"]}
    answer = ORDERED_CRITERIA.parse(sent, asked)
    assert answer == {"choice": "b", "deciding_criterion": "form"}
    assert ORDERED_CRITERIA.parse({"criterion-0": ["a"], "criterion-1": ["b"]}, asked) == {
        "choice": "a",
        "deciding_criterion": "truth",
    }


def test_answers_that_no_criterion_tells_apart_tie():
    asked = asked_by(ORDERED_CRITERIA, settings={"criteria": ["truth\nform"]})
    answer = ORDERED_CRITERIA.parse({"criterion-0": ["same"], "criterion-1": ["same"]}, asked)
    assert answer == {"choice": "tie", "deciding_criterion": ""}


def test_a_criterion_before_the_one_that_decides_has_to_be_answered():
    asked = asked_by(ORDERED_CRITERIA, settings={"criteria": ["truth\nform"]})
    with pytest.raises(AnswerError, match="truth"):
        ORDERED_CRITERIA.parse({"criterion-1": ["a"]}, asked)


@pytest.mark.parametrize("criteria", ["truth\ntruth", ": is it right?", "\n".join(map(str, range(30)))])
def test_criteria_that_are_doubled_nameless_or_too_many_are_refused_for_their_field(criteria):
    with pytest.raises(AnswerError) as refusal:
        ORDERED_CRITERIA.settings({"criteria": [criteria]})
    assert refusal.value.field == "criteria"


def test_a_review_of_signals_has_a_verdict_on_each_claim():
    asked = asked_by(SIGNAL_REVIEW)
    sent = {
        "claimed": ["Negative_Feedback", "Revision"],
        "claim-Negative_Feedback": ["confirmed"],
        "claim-Revision": ["corrected"],
        "rather-Revision": ["Factual_Error"],
        "missed": ["Style"],
    }
    answer = SIGNAL_REVIEW.parse(sent, asked)
    found = SIGNAL_REVIEW.conclude(answer, asked).findings
    assert [(each.verdict, each.criterion, each.corrected) for each in found] == [
        ("confirmed", "Negative_Feedback", ""),
        ("corrected", "Revision", "Factual_Error"),
        ("missed", "Style", ""),
    ]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"claimed": ["Revision"]}, "no verdict on Revision"),
        ({"claim-Revision": ["maybe"]}, "Choose one of"),
        ({"claim-Revision": ["corrected"]}, "what Revision is rather"),
        ({"claim-Nonsense": ["confirmed"]}, "No criterion is named"),
        ({"missed": ["Nonsense"]}, "No criterion is named"),
    ],
)
def test_a_review_of_signals_that_leaves_something_open_is_refused(sent, sentence):
    with pytest.raises(AnswerError, match=sentence):
        SIGNAL_REVIEW.parse(sent, asked_by(SIGNAL_REVIEW))


def test_a_message_may_hold_no_feedback_at_all():
    answer = SIGNAL_REVIEW.parse({"nothing": ["1"]}, asked_by(SIGNAL_REVIEW))
    (finding,) = SIGNAL_REVIEW.conclude(answer, asked_by(SIGNAL_REVIEW)).findings
    assert finding.verdict == "nothing"
