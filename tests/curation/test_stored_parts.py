"""System messages, tool calls and pictures come out of the corpus as they went in."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from curation.domain.corpus.records import parts_from_json
from curation.domain.exporters.chat_messages import chat_messages
from curation.domain.exporters.dataset_rows import Turn
from curation.domain.importers.pictures import clean_picture
from curation.models import Attachment, Message, Project
from curation.queries.importers.attachments import served_file
from curation.services.importers.imports import open_import, run_import
from tests.curation.import_files import write_lines
from tests.curation.platform_files import PIXEL


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep what a test stores in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


def take(project: Project, folder: Path, messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Import a chat and return its stored messages as they are exported."""
    path = write_lines(folder, [{"messages": messages}], name=f"{Message.objects.count()}.jsonl")
    run_import(job_id=open_import(project=project, paths=[path], format_name="openai_chat").pk)
    stored = Message.objects.order_by("position")
    turns = tuple(Turn(row.role, row.text, parts_from_json(row.parts)) for row in stored)
    return chat_messages(turns, attachment=kept_bytes)


def kept_bytes(sha256: str) -> bytes | None:
    served = served_file(Attachment.objects.get(sha256=sha256))
    return served.file.read() if served else None


def test_what_interfaces_send_survives(project: Project, tmp_path: Path) -> None:
    picture = clean_picture(base64.b64decode(PIXEL))
    assert picture is not None
    url = f"data:image/png;base64,{base64.b64encode(picture.content).decode()}"
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "clock", "arguments": json.dumps({"zone": "UTC"}, separators=(",", ":"))},
    }
    messages = [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "When?"}, {"type": "image_url", "image_url": {"url": url}}],
        },
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"},
        {"role": "assistant", "content": "At noon."},
    ]
    assert take(project, tmp_path, messages) == messages
