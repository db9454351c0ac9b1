"""The command on plain files: shapes of preferences, what it prints, and files that cannot be used."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.curation.enriched import word_embedder
from tests.paths import SHARED_DATA


def write(folder: Path, *records) -> Path:
    path = folder / "pairs.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def explained(path: Path, **options):
    out = StringIO()
    call_command("explain_preferences", path, "--json", stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def said(role: str, content) -> dict:
    return {"role": role, "content": content}


def pair(at: int, *, longer: bool = True, **more) -> dict:
    long, short = "a much longer answer than the other", "a short one"
    chosen, rejected = (long, short) if longer else (short, long)
    return {"prompt": f"question {at}", "chosen": chosen, "rejected": rejected, **more}


def test_each_factor_has_tau_interval_and_pairs_and_length_its_alarm(tmp_path) -> None:
    report = explained(write(tmp_path, *[pair(at) for at in range(40)]))
    assert report["factors"]["characters"]["tau"] == 1.0
    assert report["factors"]["characters"]["pairs"] == 40
    assert report["factors"]["characters"]["interval"][0] > 0.7
    assert report["alarm"] is True
    assert report["length"]["predicts"] == 1.0


def test_strings_messages_and_whole_conversations_read_alike(tmp_path) -> None:
    question, long, short = "question 1", *(pair(1)[name] for name in ("chosen", "rejected"))
    as_messages = {
        "prompt": [said("user", question)],
        "chosen": [said("assistant", long)],
        "rejected": [said("assistant", [{"type": "text", "text": short}])],
    }
    whole = {
        "chosen": [said("user", question), said("assistant", long)],
        "rejected": [said("user", question), said("assistant", short)],
    }
    reports = [explained(write(tmp_path, record, pair(2))) for record in (pair(1), as_messages, whole)]
    assert reports[0] == reports[1] == reports[2]


def test_lines_that_hold_no_preference_are_counted_by_reason(tmp_path) -> None:
    same = {"prompt": "p", "chosen": "x", "rejected": "x"}
    report = explained(write(tmp_path, pair(1), same, {"prompt": "p"}, "{broken", "[1, 2]", pair(2)))
    assert report["pairs"] == 2
    assert sum(report["left_out"].values()) == 4
    assert report["left_out"]["both answers are the same text"] == 1


def test_groups_stand_apart(tmp_path) -> None:
    records = [pair(at, group="people", longer=at % 2 == 0) for at in range(6)]
    records += [pair(at, group="judge") for at in range(6)]
    groups = explained(write(tmp_path, *records))["groups"]
    assert groups["people"]["factors"]["characters"]["tau"] == 0.0
    assert groups["judge"]["factors"]["characters"]["tau"] == 1.0


def test_factors_of_a_file_of_its_own_are_weighed_too(tmp_path) -> None:
    records = [pair(at, factors={"fluency": [at % 3, 1]}) for at in range(6)]
    assert explained(write(tmp_path, *records))["factors"]["fluency"]["pairs"] == 6


def test_discordant_lines_are_named(tmp_path) -> None:
    report = explained(write(tmp_path, pair(1), pair(2), pair(3, longer=False)))
    assert report["discordant"]["characters"] == [3]


@pytest.mark.parametrize("content", [[{"prompt": "p"}], ["not json at all"]])
def test_a_file_without_preferences_is_refused_in_a_sentence(tmp_path, content) -> None:
    with pytest.raises(CommandError, match="nothing to explain") as caught:
        call_command("explain_preferences", write(tmp_path, *content), stdout=StringIO())
    assert caught.value.returncode == 2


def test_an_empty_file_is_refused_in_a_sentence(tmp_path) -> None:
    (tmp_path / "pairs.jsonl").touch()
    with pytest.raises(CommandError, match="is empty, so there is nothing to explain"):
        call_command("explain_preferences", tmp_path / "pairs.jsonl", stdout=StringIO())


def test_it_tells_people_in_lines(tmp_path) -> None:
    out = StringIO()
    call_command("explain_preferences", write(tmp_path, *[pair(at) for at in range(30)]), stdout=out)
    assert "Length alone predicts 100.0% of 30 labels" in out.getvalue()


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="needs the shared data beside the checkout")
def test_helpful_dialogues_prefer_longer_answers(tmp_path) -> None:
    rows = (SHARED_DATA / "dove" / "val_conditional_pref.jsonl").read_text(encoding="utf-8").splitlines()
    names = {"i_chosen": "prompt", "r_chosen": "chosen", "r_reject": "rejected"}
    records = [{names[key]: value for key, value in json.loads(row).items() if key in names} for row in rows]
    report = explained(write(tmp_path, *records))
    assert report["pairs"] == 363
    assert report["length"]["predicts"] == pytest.approx(0.649, abs=0.001)


def test_an_embedder_adds_its_factors_beside_those_of_the_file(tmp_path, settings) -> None:
    lines = [
        {
            "prompt": f"where is river {at}",
            "chosen": f"The river {at} is where it is.",
            "rejected": "No idea. Ask again.",
            "factors": {"helpfulness": [2, 1]},
        }
        for at in range(3)
    ]
    with word_embedder(settings):
        factors = explained(write(tmp_path, *lines), embed=True)["factors"]
    assert factors["embedded_similarity"]["tau"] == factors["helpfulness"]["tau"] == 1.0
    assert factors["embedded_similarity"]["meaning"] == "nearness in meaning to the prompt"
    assert factors["redundancy"]["pairs"] == 0
