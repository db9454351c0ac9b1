"""Export, import into another project, freeze and export again: the same preferences, through the real tables."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from curation.models import Project
from tests.cast import make_pair

# What each format says of a preference; ids and sources are those of the project.
SAID = ("prompt", "chosen", "rejected", "chosen_prompt", "rejected_prompt", "input", "conversations")
FORMATS = ["trl_preference", "trl_preference_text", "openai_dpo", "joint_pairs"]


def preferences(path: Path) -> list[str]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    keys = (*SAID, "preferred_output", "non_preferred_output")
    return sorted(json.dumps({key: record.get(key) for key in keys}) for record in records)


def run(command: str, *arguments: Any, **options: Any) -> None:
    call_command(command, *arguments, verbosity=0, stdout=StringIO(), stderr=StringIO(), **options)


@pytest.mark.parametrize("format_name", FORMATS)
def test_preferences_come_back_through_the_database(
    project: Project, tmp_path: Path, format_name: str, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    for number in range(5):
        make_pair(project, question=f"Was ist {number}+{number}?", chosen=f"{2 * number}", rejected="=1+1")
    files = [tmp_path / "first.jsonl", tmp_path / "again.jsonl"]
    for slug, file in zip(("shared", "other"), files, strict=True):
        run("freeze_dataset", project=slug, name="prefs")
        splits = ["train", "validation", "test"]
        run("export_dataset", "prefs@1", project=slug, format=format_name, out=file, split=splits)
        if slug == "shared":
            run("import_conversations", str(file), project="other")
    first, again = map(preferences, files)
    assert len(first) == 5
    assert again == first
