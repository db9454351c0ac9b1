"""Tables whose columns are a format's fields: lists in cells are parsed as literals, and texts stay texts."""

import csv
import json

import pytest

from curation.domain.corpus.records import Refusal, RefusalReason
from curation.domain.importers.reading import open_source
from curation.importers import detect_format, read_conversations
from tests.curation.format_samples import BATTLE, LMSYS, SPOKEN, TURNS, ULTRAFEEDBACK, WILDCHAT, answer
from tests.curation.import_files import spoken


def table(folder, record, *, written=repr):
    path = folder / "rows.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(record)
        writer.writerow(
            written(value) if isinstance(value, list | dict) else value for value in record.values()
        )
    return path


def read(path):
    return next(iter(read_conversations(open_source(path), name=detect_format(path).name)))


@pytest.mark.parametrize("written", [repr, json.dumps], ids=["python", "json"])
@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("openai_chat", {"id": "1", "messages": SPOKEN}),
        ("openai_chat", {"id": "1", "conversation": SPOKEN}),
        ("sharegpt", {"id": "1", "conversations": TURNS}),
        ("wildchat", WILDCHAT),
        ("lmsys_chat", LMSYS),
        ("trl_preference", {"prompt": SPOKEN[:1], "chosen": answer("a"), "rejected": answer("b")}),
        ("trl_unpaired", {"prompt": SPOKEN[:1], "completion": answer("a"), "label": True}),
    ],
)
def test_lists_in_cells_are_the_messages_that_they_say(tmp_path, name, record, written):
    path = table(tmp_path, record, written=written)
    assert detect_format(path).name == name
    assert spoken(read(path)) == [("user", "q"), ("assistant", "a")]


def test_a_battle_and_its_judgements_may_stand_in_cells(tmp_path):
    assert spoken(read(table(tmp_path, BATTLE)))[-1] == ("assistant", "second")
    assert spoken(read(table(tmp_path, ULTRAFEEDBACK)))[-1] == ("assistant", "good")


@pytest.mark.parametrize("said", ["true", "[1, 2]", "['a']", "{}", "None", "5"])
def test_an_answer_that_looks_like_a_value_stays_the_text_that_it_is(tmp_path, said):
    path = table(tmp_path, {"prompt": "q", "chosen": said, "rejected": "b"})
    assert spoken(read(path)) == [("user", "q"), ("assistant", said)]


def test_nothing_in_a_cell_is_run(tmp_path):
    path = table(tmp_path, {"id": "1", "messages": "[__import__('os').abort()]"})
    refused = next(iter(read_conversations(open_source(path), name="openai_chat")))
    assert isinstance(refused, Refusal)
    assert refused.reason is RefusalReason.WRONG_TYPE


def test_a_cell_that_we_guarded_comes_back_as_it_was(tmp_path):
    ours = {"prompt": "'=1+1", "chosen": "''quoted'", "rejected": "'-b", "split": "train"}
    chat = read(table(tmp_path, ours))
    assert spoken(chat) == [("user", "=1+1"), ("assistant", "'quoted'")]
    assert chat.reply_groups[0].replies[1].text == "-b"


def test_a_cell_of_another_table_keeps_its_apostrophe(tmp_path):
    theirs = {"prompt": "'=1+1", "chosen": "a", "rejected": "b"}
    assert spoken(read(table(tmp_path, theirs)))[0] == ("user", "'=1+1")
