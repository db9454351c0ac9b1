"""Text that is not UTF-8: told apart from a flawed record, guessed, and read only once somebody said what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.errors import HarkenError
from curation.domain.importers.encoding_doubt import (
    encoding_doubt,
    require_certain_encoding,
    require_known_encoding,
)
from curation.domain.importers.encodings import seems_not_utf8, unmarked_utf16
from curation.domain.importers.reading import SourceError, open_source
from tests.curation.import_files import imported, spoken, write

SENTENCES = {
    "cp1252": "Wie heißen die größten Flüsse Österreichs, und wer weiß darüber Näheres?",
    "cp1251": "Как сделать запрос к базе данных? Пожалуйста, ответьте подробно.",
    "cp932": "東京の天気はどうですか。詳しく教えてください。",
    "cp949": "서울의 날씨는 어떻습니까? 자세히 알려 주세요.",
    "gb18030": "北京的天气怎么样？请详细地告诉我。",
}
LINE = '{{"messages": [{{"role": "user", "content": "{} {}"}}]}}\n'


def lines(sentence: str, *, encoding: str, count: int = 12) -> bytes:
    return "".join(LINE.format(sentence, n) for n in range(count)).encode(encoding)


@pytest.mark.parametrize("encoding", SENTENCES)
def test_the_right_encoding_is_among_the_first_offered(tmp_path, encoding):
    sentence = SENTENCES[encoding]
    candidates = encoding_doubt(open_source(write(tmp_path, lines(sentence, encoding=encoding))))
    assert any(sentence[:12] in each.sample[0] for each in candidates[:4])


@pytest.mark.parametrize("encoding", SENTENCES)
def test_a_file_is_read_in_the_encoding_that_was_said(tmp_path, encoding):
    path = write(tmp_path, lines(SENTENCES[encoding], encoding=encoding))
    source = open_source(path, encoding=encoding)
    assert SENTENCES[encoding].encode() in b"".join(source.chunks())


def test_encodings_that_read_alike_are_one_choice(tmp_path):
    candidates = encoding_doubt(open_source(write(tmp_path, lines(SENTENCES["cp1252"], encoding="cp1252"))))
    assert len({each.sample for each in candidates}) == len(candidates)
    assert candidates[0].name == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found_and_asked_about(tmp_path, encoding):
    path = write(tmp_path, lines("How are you today", encoding=encoding))
    assert [each.name for each in encoding_doubt(open_source(path))] == [encoding]
    conversations, _ = imported(path, format_name="openai_chat")
    assert spoken(conversations[3]) == [("user", "How are you today 3")]


def test_nothing_is_asked_of_a_file_that_tells_its_encoding(tmp_path):
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16", "ascii")):
        path = write(tmp_path, lines("plain words", encoding=encoding), name=f"{number}.jsonl")
        assert encoding_doubt(open_source(path)) == []


def test_one_flawed_record_makes_no_other_encoding(tmp_path):
    good = lines(SENTENCES["cp1252"], encoding="utf-8")
    assert encoding_doubt(open_source(write(tmp_path, good + b'{"x": "\xff"}\n'))) == []


def test_an_import_without_a_word_on_the_encoding_is_refused_with_the_likely_ones(tmp_path):
    source = open_source(write(tmp_path, lines(SENTENCES["cp1252"], encoding="cp1252")))
    with pytest.raises(SourceError, match=r"is not UTF-8 text.*cp1252.*--encoding"):
        require_certain_encoding(source, is_confirmed=False)
    require_certain_encoding(source, is_confirmed=True)


@pytest.mark.parametrize(
    "name", ["utf-9", "rot13", "base64", "\x00", "idna", "Punycode", "unicode_escape", "utf7"]
)
def test_an_encoding_that_text_cannot_have_is_refused(name):
    with pytest.raises(HarkenError, match="No encoding is named"):
        require_known_encoding(name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_that_is_not_in_the_encoding_that_was_said_is_refused_in_a_sentence(tmp_path, encoding):
    path = write(tmp_path, lines(SENTENCES["cp1252"], encoding="cp1252"))
    with pytest.raises(SourceError, match=f"cannot be read as {encoding}"):
        list(open_source(path, encoding=encoding).chunks())


@given(st.text(min_size=1))
def test_utf_8_is_never_taken_for_another_encoding(text):
    assert not seems_not_utf8(text.encode(errors="ignore"))


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="\x00"), min_size=8))
def test_ascii_is_never_taken_for_utf_16_and_found_when_it_is(text):
    assert unmarked_utf16(text.encode()) == ""
    assert unmarked_utf16(text.encode("utf-16-le")) == "utf-16-le"
    assert unmarked_utf16(text.encode("utf-16-be")) == "utf-16-be"
