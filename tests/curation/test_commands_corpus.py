"""The commands of the corpus: their keys, their exit status, and one sentence for bad input."""

import json
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.models import Conversation, Dataset, ImportBatch, Job, Project
from curation.services.importers.undoing import open_undo
from tests.cast import make_pair
from tests.curation.import_files import chat, write, write_lines


def run(name: str, /, *arguments: Any, **options: Any) -> str:
    output = StringIO()
    call_command(name, *[str(argument) for argument in arguments], stdout=output, **options)
    return output.getvalue()


def report(name: str, /, *arguments: Any, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(name, *arguments, json=True, **options).splitlines()[-1])
    return found


def refusal(name: str, /, *arguments: Any, **options: Any) -> str:
    with pytest.raises(CommandError) as caught:
        run(name, *arguments, **options)
    assert caught.value.returncode == 2
    return str(caught.value)


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """A file of two chats and one line that is none."""
    path = write_lines(tmp_path, [chat("a", "b"), chat("c", "d")])
    path.write_text(path.read_text() + "{\n")
    return path


@pytest.fixture
def frozen(project: Project) -> Project:
    """A project with a frozen version of four rows."""
    for number in range(4):
        make_pair(project, question=f"Question {number} on topic {number}?", chosen=f"right {number}")
    report("freeze_dataset", project="shared", name="prefs")
    return project


def test_an_import_is_undone(db: None, chats: Path) -> None:
    batch = report("import_conversations", chats, project="new")["batch"]
    found = report("undo_import", project="new", batch=batch)
    assert (found["deleted"], found["kept"], found["batch"]) == (2, 0, batch)
    assert not Conversation.objects.exists()
    assert "only once" in refusal("undo_import", project="new", batch=batch)


def test_an_undo_that_was_interrupted_goes_on(db: None, chats: Path) -> None:
    batch = report("import_conversations", chats, project="new")["batch"]
    stopped = open_undo(batch=ImportBatch.objects.get(), actor=None)
    Job.objects.filter(pk=stopped.pk).update(state=Job.State.CANCELLED)
    assert report("undo_import", project="new", batch=batch)["deleted"] == 2


@pytest.mark.parametrize("batch", ["nonsense", "018f0000-0000-7000-8000-000000000000"])
def test_an_import_that_is_not_there_is_not_undone(project: Project, batch: str) -> None:
    assert "has no import" in refusal("undo_import", project="shared", batch=batch)
    assert "no project" in refusal("undo_import", project="another", batch=batch)


def test_an_import_reports_every_record(db: None, chats: Path) -> None:
    found = report("import_conversations", chats, project="new")
    assert {name: found[name] for name in ("read", "imported", "duplicates", "quarantined")} == {
        "read": 3,
        "imported": 2,
        "duplicates": 0,
        "quarantined": 1,
    }
    assert ImportBatch.objects.get(uuid=found["batch"]).project.slug == "new"
    assert found["seconds"] >= 0


def test_an_import_of_what_is_known_says_that_nothing_is_new(db: None, chats: Path) -> None:
    assert "Nothing new" not in run("import_conversations", chats, project="new")
    assert "Nothing new: all 2 readable records were known already." in run(
        "import_conversations", chats, project="new"
    )


def test_an_encoding_that_does_not_exist_is_bad_input(db: None, chats: Path) -> None:
    assert "utf-9" in refusal("import_conversations", chats, project="new", encoding="utf-9")


def test_an_import_tells_people_the_reasons_in_a_table(db: None, chats: Path) -> None:
    text = run("import_conversations", chats, project="new")
    assert "broken_json" in text
    assert "2 conversations (openai_chat)" in text


def test_licence_and_consent_go_with_the_batch(db: None, chats: Path) -> None:
    report("import_conversations", chats, project="new", licence="CC0-1.0", consent="opted in")
    batch = ImportBatch.objects.get()
    assert (batch.licence, batch.consent) == ("CC0-1.0", "opted in")


def test_a_table_is_imported_by_a_mapping_of_one_s_own(db: None, tmp_path: Path) -> None:
    table = write(tmp_path, "x,y\nWhat is it about?,It is about this.\n", name="table.csv")
    mapping = write(tmp_path, '{"prompt": "x", "response_a": "y"}', name="mapping.json")
    assert report("import_conversations", table, project="new", mapping=mapping)["imported"] == 1
    assert Conversation.objects.get().title == "What is it about?"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "jsnol"}, "No importer is named 'jsnol'. Known: "),
        ({"mapping": "absent.json"}, "cannot be read"),
        ({"licence": "x" * 200}, "120"),
    ],
)
def test_bad_options_of_an_import_end_in_a_sentence(
    db: None, chats: Path, options: dict[str, Any], words: str
) -> None:
    assert words in refusal("import_conversations", chats, project="new", **options)


def test_a_mapping_that_is_no_object_is_refused(db: None, chats: Path, tmp_path: Path) -> None:
    mapping = write(tmp_path, "[1]", name="mapping.json")
    assert "one JSON object" in refusal("import_conversations", chats, project="new", mapping=mapping)


def test_a_file_that_is_not_there_is_refused(db: None, tmp_path: Path) -> None:
    assert "There is no file" in refusal("import_conversations", tmp_path / "absent.jsonl", project="new")


def test_a_project_s_name_must_fit_an_address(db: None, chats: Path) -> None:
    assert refusal("import_conversations", chats, project="no such/name")


def test_a_freeze_reports_version_rows_splits_and_hash(frozen: Project) -> None:
    found = report("freeze_dataset", project="shared", name="prefs")
    assert (found["version"], found["rows"]) == (2, 4)
    assert sum(found["splits"].values()) == 4
    assert len(found["sha256"]) == 64


@pytest.mark.parametrize(
    ("name", "text"), [("r.yaml", "sources: [lists]\nseed: 3"), ("r.json", '{"seed": 3}')]
)
def test_a_recipe_is_read_from_yaml_and_from_json(
    frozen: Project, tmp_path: Path, name: str, text: str
) -> None:
    recipe = write(tmp_path, text, name=name)
    if "lists" in text:
        assert "no preferences yet" in refusal(
            "freeze_dataset", project="shared", name="prefs", recipe=recipe
        )
    else:
        report("freeze_dataset", project="shared", name="prefs", recipe=recipe)
    assert Dataset.objects.get().recipe["seed"] == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources: [", "line 1"),
        ("- a\n- b", "a list of fields"),
        ("colour: red", "no field colour"),
        ("sources: mined", "`sources` must be a list"),
        ("splits: {train: .nan, validation: 0, test: 0}", "`splits`"),
        ("minimum_confidence: high", "`minimum_confidence` must be a number"),
        ("seed: 1.5", "`seed` must be a whole number"),
        ("[" * 5000, "not YAML or JSON"),
        ("a" * 30_000, "at most 20,000 characters"),
        ("!!python/object/apply:os.system [true]", "not YAML or JSON"),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_is_refused(
    frozen: Project, tmp_path: Path, text: str, words: str
) -> None:
    recipe = write(tmp_path, text, name="recipe.yaml")
    assert words in refusal("freeze_dataset", project="shared", name="prefs", recipe=recipe)


def test_a_recipe_that_is_not_there_is_refused(frozen: Project, tmp_path: Path) -> None:
    words = refusal("freeze_dataset", project="shared", name="prefs", recipe=tmp_path / "absent.yaml")
    assert "cannot be opened" in words


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_an_export_reports_rows_bytes_and_hash(frozen: Project, tmp_path: Path, name: str) -> None:
    out = tmp_path / "new folder" / name
    found = report("export_dataset", "prefs@1", project="shared", out=out)
    written = {"rows": 4, "bytes": out.stat().st_size, "sha256": sha256(out.read_bytes()).hexdigest()}
    assert found == {**found, **written, "left_out": {}}
    assert found["validation"]["rows"] == 4


@pytest.mark.parametrize(
    ("version", "options", "words"),
    [
        ("prefs@9", {}, "Known: prefs@1"),
        ("prefs@1", {"format": "jsnol"}, "No exporter is named 'jsnol'. Known: "),
        ("prefs@1", {"out": "rows.docx"}, "Known endings"),
    ],
)
def test_bad_input_of_an_export_ends_in_a_sentence(
    frozen: Project, tmp_path: Path, version: str, options: dict[str, Any], words: str
) -> None:
    chosen = {"project": "shared", "out": str(tmp_path / "rows.jsonl"), **options}
    assert words in refusal("export_dataset", version, **chosen)
