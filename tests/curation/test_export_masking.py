"""Exports with pseudonyms in place of personal data: all texts of a row, and only once everything was screened."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from curation.domain.corpus.records import AttachmentPart, TextPart, ToolCallPart, ToolResultPart
from curation.domain.enrichers.masking import masked_row
from curation.domain.errors import HarkenError
from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord, Turn
from curation.models import DatasetVersion, Project
from curation.queries.enrichers.screening import unscreened_rows
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import export_to_path, open_export
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair
from tests.curation.enriched import enrich

MASKED = ExportRequest(mask_personal_data=True)
MAIL, OTHER = "ann@example.org", "bob@example.org"


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """A version of one row with an address in its prompt and in its imported answer."""
    make_pair(project, question=f"Mail {MAIL}?", chosen=f"Sent to {MAIL}.")
    return freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))


def row(**more: Any) -> DatasetRowRecord:
    texts = {"prompt": (Turn("user", MAIL),), "chosen": (Turn("assistant", OTHER),), "rejected": ()}
    return DatasetRowRecord(id="1", decided_by="people", source="s", split="train", **{**texts, **more})


def test_the_same_address_has_the_same_pseudonym_throughout_a_row() -> None:
    masked = masked_row(row(rejected=(Turn("assistant", f"{OTHER} or {MAIL}"),)))
    assert [turn.content for turn in masked.turns] == ["[EMAIL_1]", "[EMAIL_2]", "[EMAIL_2] or [EMAIL_1]"]


def test_arguments_of_tools_names_of_files_and_judgements_are_masked_too() -> None:
    parts = (
        TextPart(text=MAIL),
        ToolCallPart(call_id="1", name="send", arguments={"to": [MAIL], "n": 1}),
        ToolResultPart(call_id="1", content=f"sent to {MAIL}"),
        AttachmentPart(sha256="", media_type="text/plain", name=f"{MAIL}.txt"),
    )
    about = SideRecord(judgement=f"It names {MAIL}.")
    masked = masked_row(row(chosen=(Turn("assistant", MAIL, parts),), chosen_about=about))
    assert MAIL not in repr(masked)
    assert masked.chosen[0].parts[1] == ToolCallPart(
        call_id="1", name="send", arguments={"to": ["[EMAIL_1]"], "n": 1}
    )


def test_what_was_not_screened_is_not_exported_as_masked(version: DatasetVersion, tmp_path: Path) -> None:
    with pytest.raises(HarkenError, match="1 rows wait"):
        open_export(version=version, actor=None, wanted=MASKED)
    with pytest.raises(HarkenError, match="1 rows wait"):
        export_to_path(version=version, wanted=MASKED, path=tmp_path / "d.jsonl")
    assert unscreened_rows(version).count() == 1


def test_a_masked_file_holds_no_address_and_an_unmasked_one_does(
    project: Project, version: DatasetVersion, tmp_path: Path
) -> None:
    enrich(project, "pii")
    export_to_path(version=version, wanted=MASKED, path=tmp_path / "masked.jsonl")
    export_to_path(version=version, wanted=ExportRequest(), path=tmp_path / "plain.jsonl")
    masked, plain = ((tmp_path / f"{name}.jsonl").read_text() for name in ("masked", "plain"))
    assert MAIL not in masked
    assert "Sent to [EMAIL_1]." in masked
    assert MAIL in plain


def test_a_masked_bundle_says_so_in_its_manifest(
    project: Project, version: DatasetVersion, tmp_path: Path
) -> None:
    enrich(project, "pii")
    wanted = ExportRequest(mask_personal_data=True, is_bundle=True)
    export_to_path(version=version, wanted=wanted, path=tmp_path / "d.zip")
    with ZipFile(tmp_path / "d.zip") as bundle:
        assert json.loads(bundle.read("manifest.json"))["export"]["mask_personal_data"] is True
        assert not [name for name in bundle.namelist() if MAIL.encode() in bundle.read(name)]
