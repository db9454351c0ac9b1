"""Bundles: the rows of each split with the votes behind them, the manifest, the card and the sums."""

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from pyarrow import parquet

from curation.domain.errors import HarkenError
from curation.domain.exporters.dataset_rows import VoteRecord, side_as_json, vote_as_json
from curation.models import DatasetRow, DatasetRowText, DatasetVersion, Job, Project, User
from curation.queries.versions.version_rows import version_rows
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import export_to_path, open_export, run_export
from tests.curation.dataset_rows import RATED, VOTES
from tests.curation.test_export_validating import make_tokenizer
from tests.training_jobs.run_setup import make_version

BUNDLE = ExportRequest(is_bundle=True)


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep files of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    settings.HARKEN_TOKENIZERS = tmp_path / "tokenizers"
    return tmp_path / "artifacts"


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """A version of six training rows and two to test with."""
    return make_version(project, train=6, validation=0, test=2)


def bundle_of(version: DatasetVersion, wanted: ExportRequest = BUNDLE) -> tuple[Job, ZipFile]:
    job = run_export(job_id=open_export(version=version, actor=None, wanted=wanted).pk)
    assert job is not None
    assert job.state == Job.State.SUCCEEDED, job.error_sentence
    with default_storage.open(job.result["file"]) as file:
        return job, ZipFile(BytesIO(file.read()))


def voted(project: Project) -> DatasetVersion:
    """A version of one row that two people voted on, frozen as recipes freeze it."""
    version = make_version(project, train=0, validation=0, test=0)
    source = make_version(project, train=1, validation=0, test=0).rows.get()
    open_version = DatasetVersion.objects.create(
        project=project, dataset=version.dataset, number=9, split_counts={"train": 1}, row_count=1
    )
    values = {
        "votes": [vote_as_json(vote) for vote in VOTES],
        "chosen": side_as_json(RATED.chosen_about),
        "language": "en",
    }
    row = DatasetRow.objects.create(
        project=project,
        version=open_version,
        position=0,
        split="train",
        prompt=source.prompt,
        chosen=source.chosen,
        rejected=source.rejected,
        decided_by="people",
        source="x",
        group="1",
        values=values,
        strength=2.0,
        sha256="0" * 64,
    )
    text = source.snapshot
    DatasetRowText.objects.create(
        project=project, row=row, prompt=text.prompt, chosen=text.chosen, rejected=text.rejected
    )
    return open_version


def frozen(version: DatasetVersion) -> DatasetVersion:
    version.frozen_at = version.created_at
    version.content_hash = "h1:x"
    version.save()
    return version


def test_a_bundle_holds_a_file_for_each_split_and_the_papers(version: DatasetVersion) -> None:
    job, archive = bundle_of(version)
    assert archive.namelist() == [
        "README.md",
        "SHA256SUMS",
        "manifest.json",
        "test.jsonl",
        "train.jsonl",
        "votes.parquet",
    ]
    assert len(archive.read("train.jsonl").splitlines()) == 6
    assert job.result["file_name"].endswith(".zip")
    assert (job.result["rows"], job.result["read"]) == (8, 8)


def test_the_sums_are_those_of_the_files(version: DatasetVersion) -> None:
    _job, archive = bundle_of(version)
    lines = [line.partition("  ") for line in archive.read("SHA256SUMS").decode().splitlines()]
    sums = {name: sha256sum for sha256sum, _space, name in lines}
    assert sums == {
        name: sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "SHA256SUMS"
    }


def test_a_bundle_written_again_has_the_same_bytes(version: DatasetVersion, tmp_path: Path) -> None:
    first, second = (
        export_to_path(version=version, wanted=BUNDLE, path=tmp_path / name / "b.zip").result
        for name in ("one", "two")
    )
    assert first.sha256 == second.sha256


def loaded(archive: ZipFile, folder: Path, *config: str) -> dict[str, int]:
    """Return split → rows of an unpacked bundle, as `datasets` finds them."""
    datasets = pytest.importorskip("datasets")
    archive.extractall(folder / "bundle")
    found = datasets.load_dataset(str(folder / "bundle"), *config, cache_dir=str(folder / "cache"))
    return {split: rows.num_rows for split, rows in found.items()}


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_datasets_loads_the_splits_of_an_unpacked_bundle(
    version: DatasetVersion, tmp_path: Path, ending: str
) -> None:
    _job, archive = bundle_of(version, ExportRequest(ending=ending, is_bundle=True))
    assert loaded(archive, tmp_path) == {"train": 6, "test": 2}


def test_datasets_loads_the_votes_of_an_unpacked_bundle(project: Project, tmp_path: Path) -> None:
    wanted = ExportRequest(ending=".parquet", is_bundle=True)
    _job, archive = bundle_of(frozen(voted(project)), wanted)
    assert loaded(archive, tmp_path, "votes") == {"train": 2}


def test_votes_lie_beside_their_row_as_they_were_given(project: Project) -> None:
    version = frozen(voted(project))
    job, archive = bundle_of(version)
    votes = parquet.read_table(BytesIO(archive.read("votes.parquet"))).to_pylist()
    row = json.loads(archive.read("train.jsonl"))
    assert job.result["votes"] == 2
    assert {vote["row_id"] for vote in votes} == {row["id"]}
    first = votes[0]
    assert (first["annotator"], first["value"], first["order_shown"]) == (
        "calm-heron",
        "chosen",
        "a_rejected",
    )
    assert (first["decided_at"], first["strength"]) == (VOTES[0].decided_at, 2.0)


def test_a_row_comes_back_with_what_was_frozen_beside_its_text(project: Project) -> None:
    (row,) = version_rows(frozen(voted(project)))
    assert row.votes == VOTES
    assert row.chosen_about == RATED.chosen_about
    assert (row.language, row.strength) == ("en", 2.0)
    assert row.rejected_about.response_id


def test_a_vote_keeps_everything_in_its_stored_form() -> None:
    from curation.domain.exporters.dataset_rows import vote_from_json

    for vote in (*VOTES, VoteRecord(annotator="a", value="b")):
        assert vote_from_json(json.loads(json.dumps(vote_as_json(vote)))) == vote


def test_the_manifest_says_what_was_left_out_and_how_the_rows_fared(version: DatasetVersion) -> None:
    _job, archive = bundle_of(version, ExportRequest(format_name="stepwise", is_bundle=True))
    export = json.loads(archive.read("manifest.json"))["export"]
    assert export["left_out"] == {"no_steps": 16}
    assert export["validation"]["rows"] == 8


def test_an_archive_inside_a_bundle_holds_all_splits(version: DatasetVersion) -> None:
    wanted = ExportRequest(format_name="llama_factory", ending=".zip", is_bundle=True)
    _job, archive = bundle_of(version, wanted)
    inner = ZipFile(BytesIO(archive.read("rows.zip")))
    assert "polite_dpo_test.jsonl" in inner.namelist()


# Splits and checks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (ExportRequest(), 8),
        (ExportRequest(splits=("test",)), 2),
        (ExportRequest(format_name="openai_chat"), 6),
        (ExportRequest(format_name="openai_chat", splits=("train", "test")), 8),
    ],
)
def test_a_format_that_names_no_split_takes_the_training_rows_unless_asked(
    version: DatasetVersion, tmp_path: Path, wanted: ExportRequest, rows: int
) -> None:
    written = export_to_path(version=version, wanted=wanted, path=tmp_path / "rows.jsonl")
    assert written.result.rows == rows


def test_an_export_is_checked_with_the_tokenizer_that_is_named(
    version: DatasetVersion, tmp_path: Path
) -> None:
    make_tokenizer(tmp_path / "tokenizers" / "small")
    wanted = ExportRequest(tokenizer="small", max_tokens=5)
    job = run_export(job_id=open_export(version=version, actor=None, wanted=wanted).pk)
    assert job is not None
    found = job.result["validation"]
    assert (found["tokenizer"], found["faulty"], found["over_length"]) == ("small", 0, 8)


@pytest.mark.parametrize("name", ["large", "../tokenizers/small", "/etc"])
def test_a_tokenizer_that_is_not_offered_is_refused(
    version: DatasetVersion, tmp_path: Path, name: str
) -> None:
    make_tokenizer(tmp_path / "tokenizers" / "small")
    with pytest.raises(HarkenError, match=r"no tokenizer named.*Known: small"):
        open_export(version=version, actor=None, wanted=ExportRequest(tokenizer=name))


def test_a_split_that_nobody_knows_is_refused(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match="no split named dev"):
        open_export(version=version, actor=None, wanted=ExportRequest(splits=("dev",)))


def test_a_withdrawal_deletes_a_bundle_and_what_a_killed_worker_left_of_one(
    version: DatasetVersion, admin: User, artifacts: Path, django_capture_on_commit_callbacks: Any
) -> None:
    job, _archive = bundle_of(version)
    left = artifacts / "exports" / f".{job.uuid}-0.zip.half"
    left.mkdir()
    (left / "train.jsonl").write_text("half of it")
    row = version.rows.first()
    assert row is not None
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_conversation(conversation=row.prompt.conversation, actor=admin)
    assert list((artifacts / "exports").iterdir()) == []
