"""The guard against answers that refer to the complaint, and the user's wish in the user's words."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.findings import Finding
from feedback_mining.domain.guard import changes_topic, corrects_request, reference_to_complaint
from feedback_mining.domain.wishes import wish_from

REJECTED = "The train leaves at nine."


@pytest.mark.parametrize(
    "answer",
    [
        "Sorry about that! The bus leaves at ten.",
        "You're right, the bus leaves at ten.",
        "I apologise for the confusion. The bus leaves at ten.",
        "As you asked, here is the bus: it leaves at ten.",
        "The bus leaves at ten, and this time I left out the train.",
        "Here is a shorter version: ten o'clock.",
        "The bus leaves at ten.\n\nIs this better?",
        "Thanks for pointing that out. Ten o'clock.",
        "Entschuldigung, der Bus fährt um zehn.",
        "Désolé, le bus part à dix heures.",
        "Tienes razón, el autobús sale a las diez.",
        "Peço desculpas, o ônibus sai às dez.",
        "Hai ragione, l'autobus parte alle dieci.",
        "Je hebt gelijk, de bus vertrekt om tien uur.",
        "क्षमा करें, बस दस बजे जाती है।",
        "أعتذر، الحافلة تغادر في العاشرة.",
        "抱歉，公交车十点出发。",
        "申し訳ありません。バスは十時に出ます。",
    ],
)
def test_an_answer_that_refers_to_the_complaint_is_recognised(answer: str) -> None:
    assert reference_to_complaint(answer, rejected=REJECTED) != ""


@pytest.mark.parametrize(
    "answer",
    [
        "The bus leaves at ten.",
        "Le bus part à dix heures.",
        "At this time of year the bus leaves at ten.",
        "The early edition was corrected by hand. " * 40
        + "I am sorry, said the printer. "
        + "He left. " * 60,
        "```\nprint('sorry')\n```",
    ],
)
def test_an_answer_that_stands_on_its_own_is_not_refused(answer: str) -> None:
    assert reference_to_complaint(answer, rejected=REJECTED) == ""


def test_an_apology_that_was_asked_for_is_no_reference() -> None:
    rejected = "Dear guest, we apologise for the noise."
    assert reference_to_complaint("Dear Ms Lee, we apologise for the loud music.", rejected=rejected) == ""


@pytest.mark.parametrize(
    "text", ["Sorry, I meant the other Paris.", "My mistake, the year was 2021.", "Mein Fehler!"]
)
def test_a_user_who_takes_the_blame_corrects_the_request(text: str) -> None:
    assert corrects_request(text)


def test_a_user_who_blames_the_answer_does_not_correct_the_request() -> None:
    assert not corrects_request("You made a mistake, I asked for the other Paris.")


@pytest.mark.parametrize(
    "text", ["Never mind. Another question: who won?", "Anderes Thema: wer hat gewonnen?"]
)
def test_another_subject_is_recognised(text: str) -> None:
    assert changes_topic(text)


def wish(text: str, *, criterion: str = "Revision", evidence: str | None = None) -> str:
    evidence = text if evidence is None else evidence
    start = text.index(evidence)
    span = (start, start + len(evidence))
    return wish_from(text, span=span, findings=[Finding(criterion, 0.9, *span)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Make it shorter, please.", "shorter"),
        ("I wanted it in French.", "in French"),
        ("No, in French please", "in French"),
        ("Can you do it again but use recursion?", "use recursion"),
        ("I said no more than fifty words.", "no more than fifty words"),
        ("Rewrite it without the second paragraph.", "without the second paragraph"),
        ("That's wrong, it was in 1815.", "it was in 1815"),
        ("Bitte kürzer.", "kürzer"),
        ("Non, en anglais s'il te plaît", "en anglais"),
        ("Use version 3.1 of the library.", "Use version 3.1 of the library"),
    ],
)
def test_a_wish_is_the_users_own_clause(text: str, expected: str) -> None:
    assert wish(text) == expected


def test_a_wish_may_stand_behind_the_complaint() -> None:
    text = "Not what I asked. The bus, please."
    assert wish(text, criterion="Ignored", evidence="Not what I asked") == "The bus"


def test_what_was_too_much_gives_way_to_what_is_wanted() -> None:
    assert (
        wish("Too formal. Make it sound like a friend.", criterion="Style", evidence="Too formal")
        == "like a friend"
    )


@pytest.mark.parametrize("text", ["That's wrong.", "Not what I asked.", "", "No!", "Wrong again?!"])
def test_a_mere_complaint_states_no_wish(text: str) -> None:
    assert wish(text, criterion="Negative_Feedback") in {"", "again"}


@given(text=st.text(max_size=200), start=st.integers(0, 50), length=st.integers(0, 50))
def test_a_wish_is_always_part_of_the_message(text: str, start: int, length: int) -> None:
    assert wish_from(text, span=(start, start + length), findings=[]) in text


@given(answer=st.text(max_size=300))
def test_an_answer_never_refers_to_a_complaint_about_itself(answer: str) -> None:
    assert reference_to_complaint(answer, rejected=answer) == ""


def test_a_message_full_of_blanks_is_read_in_no_time() -> None:
    began = perf_counter()
    for filling in (" " * 100_000, " - " * 30_000, "please " * 15_000, (" " * 600 + "x.") * 150):
        text = f"x{filling}wrong, shorter"
        at = text.index("wrong")
        wish_from(text, span=(at, at + 5), findings=[])
        wish_from(text, span=(0, len(text)), findings=[])
    assert perf_counter() - began < 2
