"""Rows of a dataset with pseudonyms in place of personal data, for exports that ask for it.

The same thing has the same pseudonym throughout a row. Names come in the order of the turns, so rows that begin with
the same turns, as those of one conversation do, name what is in these alike.
"""

from dataclasses import replace

from curation.domain.corpus.records import AttachmentPart, JsonValue, Part, TextPart, ToolCallPart
from curation.domain.enrichers.pseudonyms import Pseudonyms, masked_text
from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord, Turn, Turns


def masked_row(row: DatasetRowRecord) -> DatasetRowRecord:
    """Return the row with pseudonyms in all of its texts: turns, arguments of tools, names of files, judgements."""
    names = Pseudonyms()
    return replace(
        row,
        prompt=_masked_turns(row.prompt, names),
        rejected_prompt=_masked_turns(row.rejected_prompt, names),
        chosen=_masked_turns(row.chosen, names),
        rejected=_masked_turns(row.rejected, names),
        chosen_about=_masked_side(row.chosen_about, names),
        rejected_about=_masked_side(row.rejected_about, names),
    )


def _masked_turns(turns: Turns, names: Pseudonyms) -> Turns:
    return tuple(
        Turn(
            turn.role,
            masked_text(turn.content, pseudonyms=names),
            tuple(_masked_part(part, names) for part in turn.parts),
        )
        for turn in turns
    )


def _masked_part(part: Part, names: Pseudonyms) -> Part:
    if isinstance(part, TextPart):
        return replace(part, text=masked_text(part.text, pseudonyms=names))
    if isinstance(part, ToolCallPart):
        return replace(part, arguments=_masked_value(part.arguments, names))
    if isinstance(part, AttachmentPart):
        return replace(part, name=masked_text(part.name, pseudonyms=names))
    return replace(part, content=masked_text(part.content, pseudonyms=names))


def _masked_value(value: JsonValue, names: Pseudonyms) -> JsonValue:
    if isinstance(value, str):
        return masked_text(value, pseudonyms=names)
    if isinstance(value, list):
        return [_masked_value(each, names) for each in value]
    if isinstance(value, dict):
        return {key: _masked_value(each, names) for key, each in value.items()}
    return value


def _masked_side(about: SideRecord, names: Pseudonyms) -> SideRecord:
    steps = tuple(replace(step, text=masked_text(step.text, pseudonyms=names)) for step in about.steps)
    return replace(about, judgement=masked_text(about.judgement, pseudonyms=names), steps=steps)
