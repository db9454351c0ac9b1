"""Prompts of several turns as one text: the turns named System, User and Assistant, and a last "Assistant:"."""

import re

from curation.domain.corpus.records import MessageRecord
from curation.domain.importers.importing import RecordError
from curation.domain.work.turns import accepted_turns, text_message

_SPEAKER = re.compile(r"(?:\A|\n\n)(System|User|Assistant): ")
_ROLES = {"System": "system", "User": "user", "Assistant": "assistant"}
_ASKS = "\n\nAssistant:"


def prompt_turns(text: str) -> list[MessageRecord]:
    """Return the turns of a prompt whose speakers are named and that asks for an answer; any other is the user's.

    Writing the turns down again gives the same text, so that a dataset that comes back leaves as it came.
    """
    turns = _named_turns(text)
    return turns if len(turns) > 1 and _is_prompt(turns) else [text_message("user", text)]


def _named_turns(text: str) -> list[MessageRecord]:
    if not text.endswith(_ASKS):
        return []
    before, *marked = _SPEAKER.split(text.removesuffix(_ASKS))
    if before or not marked:
        return []
    return [
        text_message(_ROLES[speaker], words) for speaker, words in zip(marked[::2], marked[1::2], strict=True)
    ]


def _is_prompt(turns: list[MessageRecord]) -> bool:
    try:
        kept = accepted_turns(turns)
    except RecordError:
        return False
    return len(kept) == len(turns) and kept[-1].role == "user"
