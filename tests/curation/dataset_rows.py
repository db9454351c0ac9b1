"""Dataset rows for tests of exporters: one of every kind, and many that Hypothesis draws."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

from hypothesis import strategies as st

from curation.domain.corpus.records import ToolCallPart, ToolResultPart
from curation.domain.exporters.dataset_rows import (
    DatasetRowRecord,
    SideRecord,
    StepLabel,
    Turn,
    Turns,
    VoteRecord,
)


def said(text: str) -> Turns:
    return (Turn("assistant", text),)


def asked(*texts: str) -> Turns:
    """Return a prompt whose turns are by turns the user's and the assistant's."""
    return tuple(Turn(("user", "assistant")[at % 2], text) for at, text in enumerate(texts))


VOTES = (
    VoteRecord(
        annotator="calm-heron",
        value="chosen",
        protocol="pair",
        order_shown="a_rejected",
        strength=2,
        decided_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        guideline_version="2",
    ),
    VoteRecord(annotator="brisk-otter", value="tie", protocol="pair", order_shown="a_chosen"),
)
ROW = DatasetRowRecord(
    id="018f-1",
    prompt=(Turn("system", "Be brief."), Turn("user", "Why is the sky blue?")),
    chosen=said("It scatters blue light, mostly naïvely."),
    rejected=said("Paint."),
    decided_by="people",
    source="demo",
    split="train",
    score=0.9,
    strength=2.0,
    conversation_id="c1",
    language="en",
    votes=VOTES,
)
TIE = replace(ROW, id="tie", is_tie=True)
GOOD_ALONE = replace(ROW, id="good", rejected=(), conversation_id="c2", prompt=asked("And the sea?"))
BAD_ALONE = replace(
    ROW,
    id="bad",
    chosen=(),
    rejected=said("Ink."),
    rejected_about=SideRecord(judgement="It is not ink."),
    conversation_id="c3",
    prompt=asked("And rivers?"),
)
JOINT = replace(ROW, id="joint", rejected_prompt=asked("Why is grass green?"), rejected=said("Envy."))
CALL = ToolCallPart(call_id="call_1", name="look_up", arguments={"city": "Würzburg", "days": 2})
TOOLS = replace(
    ROW,
    id="tools",
    prompt=(
        *asked("What is the weather?"),
        Turn("assistant", "", (CALL,)),
        Turn("tool", "rain", (ToolResultPart(call_id="call_1", content="rain"),)),
    ),
    conversation_id="c4",
)
RATED = replace(
    ROW,
    id="rated",
    prompt=asked("Sum 2 and 2."),
    chosen=said("2 + 2\n= 4"),
    rejected=said("5"),
    conversation_id="c5",
    chosen_about=SideRecord(
        response_id="r1",
        model="model-a",
        scores={"reward": 1.5, "length": 9.0},
        attributes={"helpfulness": 4, "correctness": 4, "coherence": 3.5},
        steps=(StepLabel(text="2 + 2\n", is_correct=True), StepLabel(text="= 4", is_correct=True)),
    ),
    rejected_about=SideRecord(
        response_id="r2", model="model-b", scores={"reward": -1.0}, attributes={"helpfulness": 1}
    ),
)
EVERY_KIND = (ROW, TIE, GOOD_ALONE, BAD_ALONE, JOINT, TOOLS, RATED)


def list_rows(
    texts: tuple[str, ...] = ("best", "good", "poor"), *, list_id: str = "list-1"
) -> list[DatasetRowRecord]:
    """Return every pair of a ranked list."""
    return [
        replace(
            ROW,
            id=f"{list_id}-{better}{worse}",
            prompt=asked("Which tea?"),
            chosen=said(texts[better]),
            rejected=said(texts[worse]),
            chosen_about=SideRecord(response_id=f"{list_id}/{better}", rank=better),
            rejected_about=SideRecord(response_id=f"{list_id}/{worse}", rank=worse),
            list_id=list_id,
            conversation_id=list_id,
        )
        for better, worse in combinations(range(len(texts)), 2)
    ]


def many_rows(count: int) -> Iterator[DatasetRowRecord]:
    """Yield pairs of one conversation each."""
    for number in range(count):
        yield replace(
            ROW,
            id=f"r{number}",
            prompt=asked(f"Question {number}?"),
            chosen=said(f"Answer number {number}, which is good."),
            rejected=said(f"Answer number {number}, which is bad."),
            conversation_id=f"c{number}",
        )


# What PostgreSQL and UTF-8 can hold, and what no importer cleans away.
texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))


@st.composite
def drawn_rows(draw: st.DrawFn) -> list[DatasetRowRecord]:
    """Draw pairs with distinct sides, in conversations of their own."""
    rows = []
    for number in range(draw(st.integers(1, 5))):
        sides = draw(st.lists(texts, min_size=2, max_size=2, unique_by=lambda text: text.strip()))
        prompt = asked(*draw(st.sampled_from([1, 3]).flatmap(lambda count: st.tuples(*[texts] * count))))
        if draw(st.booleans()):
            prompt = (Turn("system", draw(texts)), *prompt)
        rows.append(
            replace(
                ROW,
                id=f"row-{number}",
                prompt=prompt,
                chosen=said(sides[0]),
                rejected=said(sides[1]),
                decided_by=draw(st.sampled_from(["people", "imported"])),
                conversation_id=f"c{number}",
            )
        )
    return rows
