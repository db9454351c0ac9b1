"""Small files for importers, and what comes out of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curation.domain.corpus.records import ConversationRecord, Refusal
from curation.domain.importers.reading import Limits, Source, members_of, open_source
from curation.importers import read_conversations


def write(folder: Path, content: str | bytes, *, name: str = "chats.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_lines(folder: Path, records: Iterable[Any], *, name: str = "chats.jsonl") -> Path:
    return write(folder, "".join(json.dumps(record) + "\n" for record in records), name=name)


def sources_in(path: Path) -> list[Source]:
    """Open a file, and a ZIP archive as one source for each of its members, as an import does."""
    return [open_source(path, name=name, member=member) for name, member in members_of(path)]


def imported(
    path: Path, *, format_name: str, limits: Limits | None = None, **options: Any
) -> tuple[list[ConversationRecord], list[Refusal]]:
    records = list(read_conversations(open_source(path, limits=limits), name=format_name, **options))
    conversations = [record for record in records if isinstance(record, ConversationRecord)]
    return conversations, [record for record in records if isinstance(record, Refusal)]


def chat(*contents: str, **fields: Any) -> dict[str, Any]:
    """Return an OpenAI chat whose messages are by turns the user's and the assistant's."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": content} for at, content in enumerate(contents)]
    return {"messages": messages, **fields}


def spoken(conversation: ConversationRecord) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in conversation.messages]
