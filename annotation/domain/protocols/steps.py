"""Splitting an answer into the steps of its reasoning, of which one may be the first that is wrong."""

import re

# A line that opens a step of its own: "Step 3:", "2.", "2)", "- ", "* ".
_OPENER = re.compile(r"\s*(?:step\s+\d+\b|\d{1,3}[.)]\s|[-*+•]\s)", re.IGNORECASE)
_FENCE = re.compile(r"\s*(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？؟])(?:\s+|(?<=[。！？]))")
# A single paragraph of fewer sentences is one step only where it has no second sentence.
LONGEST_STEP = 20_000


def steps_of(text: str) -> list[str]:
    """Split an answer at blank lines and at lines that open a step; code stays whole.

    One paragraph alone is split into its sentences. Nothing but white space is left out.
    """
    blocks = _blocks(text)
    if len(blocks) == 1 and not _FENCE.match(blocks[0]) and len(blocks[0]) <= LONGEST_STEP:
        blocks = [part for part in _SENTENCE_END.split(blocks[0]) if part.strip()]
    return [block.strip() for block in blocks]


def _blocks(text: str) -> list[str]:
    blocks: list[list[str]] = [[]]
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        begins = not fence and (not line.strip() or (_OPENER.match(line) and blocks[-1]))
        if begins:
            blocks.append([])
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        if line.strip() or fence:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks if block]
