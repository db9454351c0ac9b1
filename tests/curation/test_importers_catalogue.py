"""The catalogue of importers, and how the format of a file is recognised."""

import pkgutil

import pytest

import curation.importers
from curation.domain.errors import UnknownFormatError
from curation.importers import IMPORTERS, MAPPED_FORMATS, detect_format, load_importer
from tests.curation.format_samples import SAMPLES
from tests.curation.import_files import chat, imported, write, write_lines
from tests.paths import shared_file

CASES = [(name, case) for name, cases in SAMPLES.items() for case in cases]


def test_every_module_of_the_folder_is_listed():
    modules = {module.name for module in pkgutil.iter_modules(curation.importers.__path__)}
    assert {path.split(".")[2] for path in IMPORTERS.values()} == modules


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_importer_knows_its_name_and_title(name):
    importer = load_importer(name)
    assert importer.name == name
    assert importer.title


def test_a_wrong_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownFormatError, match=r"No importer is named 'openai'\. Known: .*csv, .*hh"):
        load_importer("openai")


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_format_is_told_from_every_other_by_its_records(tmp_path, name, case):
    assert detect_format(write_lines(tmp_path, [SAMPLES[name][case]] * 3, name="x.json")).name == name


def test_every_format_of_records_has_samples():
    assert set(SAMPLES) == set(IMPORTERS) - set(MAPPED_FORMATS)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_is_recognised_can_be_read(tmp_path, name, case):
    _, refusals = imported(write_lines(tmp_path, [SAMPLES[name][case]]), format_name=name)
    assert refusals == []


def test_a_table_is_recognised_by_its_columns(tmp_path):
    detection = detect_format(write(tmp_path, "prompt,response\nHow are you?,Quite well.\n", name="x.csv"))
    assert (detection.name, detection.confidence) == ("csv", 0.9)
    assert detection.why == "It is a table with the columns prompt, response, as in CSV table."


def test_a_first_record_that_is_broken_does_not_hide_the_format(tmp_path):
    path = write_lines(tmp_path, [chat("q", "a")])
    path.write_text('{"messages": [NaN\n' + "x" * 100_000 + "\n" + path.read_text())
    assert detect_format(path).name == "openai_chat"


def test_a_huge_first_line_does_not_hide_the_format(tmp_path):
    path = write_lines(tmp_path, [chat("x" * (20 << 20)), chat("q", "a")])
    assert detect_format(path).name == "openai_chat"


@pytest.mark.parametrize("content", ['{"name": "x"}\n', "just some words\n", "[1, 2, 3]"])
def test_an_unknown_format_says_what_was_seen_and_what_is_known(tmp_path, content):
    with pytest.raises(UnknownFormatError, match=r"known are .*csv, .*openai_chat, .*sharegpt"):
        detect_format(write(tmp_path, content))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("oasst1/en-validation.jsonl", "oasst"),
        ("ifllm/query_logs_a.csv", "csv"),
        ("sharegpt_shape/dummy_conversation.json", "sharegpt"),
    ],
)
def test_real_files_are_recognised(path, name):
    assert detect_format(shared_file(path)).name == name
