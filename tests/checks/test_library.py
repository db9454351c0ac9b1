"""Every check of the library on answers that pass, fail, and say nothing."""

from typing import Any

import pytest

from checks import CHECKS, ParameterError, build_check
from checks.library import no_apology, no_refusal
from checks.phrases import Phrases

FENCED = '```json\n{"a": 1}\n```'
PYTHON = "Here:\n```python\n{}\n```\n"
BULLETS = "Some things:\n- one\n* two\n• three"
NUMBERED = "1. one\n2) two"
FRENCH = "La réponse est simple : il faut redémarrer la machine."
LONG_ASK = (
    "Please write me a short poem about the sea and the wind in the early morning of a cold winter day."
)

# Parameters without which a check is refused.
NEEDED: dict[str, dict[str, Any]] = {
    "length": {"at_most": 9},
    "keywords": {"avoids": ["x"]},
    "language": {"language": "en"},
    "keyword_frequency": {"word": "x"},
    "starts_with": {"phrases": ["x"]},
    "ends_with": {"phrases": ["x"]},
    "first_word": {"word": "x"},
    "one_of": {"options": ["x", "y"]},
}
CASES: list[tuple[str, dict[str, Any], str, bool | None]] = [
    ("length", {"at_most": 3}, "one two three", True),
    ("length", {"at_most": 3}, "one two three four", False),
    ("length", {"at_least": 2}, "one", False),
    ("length", {"at_least": 1}, "  \n", False),
    ("length", {"at_least": 2, "at_most": 2}, "don't well-known", True),
    ("length", {"at_most": 5, "unit": "characters"}, " 12345 ", True),
    ("length", {"at_most": 5, "unit": "characters"}, "123456", False),
    ("length", {"at_least": 6, "at_most": 6}, "今天天气很好", True),
    ("keywords", {"contains": ["sea", "wind"]}, "The Sea. The wind!", True),
    ("keywords", {"contains": ["sea", "wind"]}, "The sea.", False),
    ("keywords", {"contains": ["sea", "wind"], "need": "any"}, "The sea.", True),
    ("keywords", {"contains": ["sea"]}, "The season", False),
    ("keywords", {"contains": ["sea"], "whole_words": False}, "The season", True),
    ("keywords", {"contains": ["C++"]}, "I like C++.", True),
    ("keywords", {"contains": ["Sea"], "match_case": True}, "the sea", False),
    ("keywords", {"avoids": ["delve into"]}, "Let us delve into it.", False),
    ("keywords", {"avoids": ["delve into"]}, "Let us look.", True),
    ("keywords", {"avoids": ["(a+)+$"]}, "aaaa", True),
    ("json", {}, '{"a": [1, null]}', True),
    ("json", {}, FENCED, True),
    ("json", {}, f"Here it is:\n{FENCED}", False),
    ("json", {"allow_fence": False}, FENCED, False),
    ("json", {}, '{"a": NaN}', False),
    ("json", {}, "{'a': 1}", False),
    ("json", {}, "[" * 100_000, False),
    ("json", {}, "9" * 10_000, False),
    ("json", {"holds": "object"}, "[]", False),
    ("json", {"holds": "list"}, "[]", True),
    ("json", {"required_keys": ["a", "b"]}, '{"a": 1}', False),
    ("json", {"holds": "object", "required_keys": ["a"]}, FENCED, True),
    ("language", {"language": "fr"}, FRENCH, True),
    ("language", {"language": "fr"}, "The answer is simple: restart the machine, then wait.", False),
    ("language", {"language": "fr"}, "Oui", None),
    ("language", {"language": "zh"}, "今天天气很好,我们去公园吧", True),
    (
        "language",
        {"language": "en"},
        "Use this code:\n```\nfor x in range(3): print(x)\n```\nand then run the file.",
        True,
    ),
    ("language", {"language": "en"}, "```\nfor x in range(3): print(x)\n```", None),
    ("format", {"form": "bullets", "at_least": 3}, BULLETS, True),
    ("format", {"form": "bullets", "at_least": 4}, BULLETS, False),
    ("format", {"form": "bullets"}, "-5 degrees * 3", False),
    ("format", {"form": "bullets"}, "```\n- x\n```", False),
    ("format", {"form": "numbered", "at_least": 2}, NUMBERED, True),
    ("format", {"form": "numbered"}, "In 1999. Later 3.5", False),
    ("format", {"form": "no_markdown"}, "Plain words, 3 * 4 = 12 - 0, a_b_c.", True),
    ("format", {"form": "no_markdown"}, "**Bold** words", False),
    ("format", {"form": "no_markdown"}, "# Title\ntext", False),
    ("format", {"form": "no_markdown"}, "See [here](https://example.org).", False),
    ("format", {"form": "code_block"}, "```\nx\n```", True),
    ("format", {"form": "code_block"}, "`x`", False),
    ("no_apology", {}, "The capital is Paris.", True),
    ("no_apology", {}, "I'm sorry, it is Paris.", False),
    ("no_apology", {}, "You are right. Sorry about that!", False),
    ("no_apology", {}, "I sincerely apologize for the confusion.", False),
    ("no_apology", {}, "My sincere apologies.", False),
    ("no_apology", {}, "I’m so sorry to hear that your dog died.", True),
    ("no_apology", {}, "It was a sorry sight.", True),
    ("no_apology", {}, "Es tut mir sehr leid, das war falsch.", False),
    ("no_apology", {}, "Je suis vraiment désolé pour cette erreur.", False),
    ("no_apology", {}, "Lo siento, tienes razón.", False),
    ("no_apology", {}, "Mi dispiace per l'errore.", False),
    ("no_apology", {}, "Desculpe pelo erro.", False),
    ("no_apology", {}, "Извините за ошибку.", False),
    ("no_apology", {}, "很抱歉，我弄错了。", False),
    ("no_apology", {}, "申し訳ありません。", False),
    ("no_apology", {}, "أنا آسف على هذا الخطأ", None),
    ("no_apology", {"opening_only": True}, "x " * 300 + "I'm sorry.", True),
    ("no_refusal", {}, "Sure, here is the plan.", True),
    ("no_refusal", {}, "I can't help with that.", False),
    ("no_refusal", {}, "I’m sorry, but I cannot provide that.", False),
    ("no_refusal", {}, "As an AI language model, I cannot do it.", False),
    ("no_refusal", {}, "I must respectfully decline.", False),
    ("no_refusal", {}, "You cannot help a cat that hides.", True),
    ("no_refusal", {}, "I can't wait to show you!", True),
    ("no_refusal", {}, "Dabei kann ich dir leider nicht helfen.", False),
    ("no_refusal", {}, "Je ne peux pas vous aider.", False),
    ("no_refusal", {}, "No puedo ayudarte con eso.", False),
    ("no_refusal", {}, "抱歉，我无法提供这些信息。", False),
    ("no_refusal", {"opening_only": False}, "x " * 300 + "I cannot help.", False),
    ("no_refusal", {}, "x " * 300 + "I cannot help.", True),
    ("no_refusal", {}, "ไม่สามารถช่วยได้", None),
    ("exclamation_marks", {}, "Fine.", True),
    ("exclamation_marks", {}, "Fine!", False),
    ("exclamation_marks", {"at_most": 1}, "Great! Use `!x` or\n```\n!!!\n```", True),
    ("exclamation_marks", {}, "好的！", False),
    ("pii", {}, "Write to support.", True),
    ("pii", {}, "Write to jo.smith+x@mail.co.uk.", False),
    ("pii", {}, "Write to you@example.com.", True),
    ("pii", {}, "Call +49 (0)30 1234567.", False),
    ("pii", {}, "Call (555) 123-4567 now", False),
    ("pii", {}, "Call 030-123-4567.", False),
    ("pii", {}, "On 2024-05-17 we had 1,234,567 visitors and 3.141592653589 of pi.", True),
    ("pii", {}, "Order 4111 1111 1111 1111.", False),
    ("pii", {"kinds": ["card"]}, "Order 4111 1111 1111 1112.", True),
    ("pii", {"kinds": ["email"]}, "Order 4111 1111 1111 1111.", True),
    ("pii", {}, "The host is 8.8.8.8.", False),
    ("pii", {}, "The host is 2606:4700:4700::1111.", False),
    ("pii", {}, "Use 127.0.0.1, 192.168.0.1 or ::1, at 12:30:45, version 1.2.3.4, 999.1.1.1", True),
    ("valid_python", {}, PYTHON.format("x = 1"), True),
    ("valid_python", {}, PYTHON.format("x = ("), False),
    ("valid_python", {}, PYTHON.format("    y = 1\n    z = 2"), True),
    ("valid_python", {}, PYTHON.format("(" * 50_000), False),
    ("valid_python", {}, PYTHON.format("x = '\x00'"), False),
    ("valid_python", {}, PYTHON.format("'\\d'"), True),
    ("valid_python", {}, "no code", None),
    ("valid_python", {"require_block": True}, "no code", False),
    ("valid_python", {}, "```js\nlet x\n```", None),
    ("valid_python", {"unnamed_blocks": True}, "```\nx = (\n```", False),
    ("valid_python", {}, PYTHON.format("x = 1\n" * 50_000), None),
    ("length", {"at_most": 2, "unit": "sentences"}, "One. Two!", True),
    ("length", {"at_most": 2, "unit": "sentences"}, "One. Two! Three?", False),
    ("length", {"at_most": 1, "unit": "sentences"}, "Dr. Smith, e.g. A. Smith, is here", True),
    ("length", {"at_least": 2, "unit": "sentences"}, "今天很好。我们走吧！", True),
    ("length", {"at_most": 2, "unit": "sentences"}, "1. First.\n2. Second.", True),
    ("length", {"at_least": 2, "unit": "paragraphs"}, "One.\n\nTwo.", True),
    ("length", {"at_least": 2, "unit": "paragraphs"}, "One.\nStill one.", False),
    ("length", {"at_least": 3, "at_most": 3, "unit": "paragraphs"}, "One.\n***\nTwo.\n\n\nThree.", True),
    ("length", {"at_most": 3, "reading": "loose"}, "Here is your answer in short:\nOne two three", True),
    ("length", {"at_most": 3}, "Here is your answer in short:\nOne two three", False),
    ("format", {"form": "bullets", "at_least": 1, "at_most": 2}, BULLETS, False),
    ("format", {"form": "headings", "at_least": 2}, "# One\ntext\n## Two", True),
    ("format", {"form": "headings"}, "#hashtag", False),
    ("format", {"form": "highlights", "at_least": 2}, "*one* and **two**", True),
    ("format", {"form": "highlights"}, "2 * 3 * 4", False),
    ("format", {"form": "title"}, "<<A title>>\nText", True),
    ("format", {"form": "title"}, "# A title\nText", True),
    ("format", {"form": "title"}, "Text", False),
    ("format", {"form": "table"}, "| a | b |\n|---|---|\n| 1 | 2 |", True),
    ("format", {"form": "table"}, "a | b", False),
    ("keywords", {"contains": ["sea"], "reading": "loose"}, "The s*ea", True),
    ("json", {"reading": "loose"}, 'Here it is:\n{"a": 1}', True),
    ("json", {}, 'Here it is:\n{"a": 1}', False),
    ("keyword_frequency", {"word": "sea", "at_least": 2}, "Sea, see the sea.", True),
    ("keyword_frequency", {"word": "sea", "at_least": 3}, "Sea, see the sea and seas.", False),
    ("keyword_frequency", {"word": "sea", "at_least": None, "at_most": 1}, "Sea and sea", False),
    ("letter_frequency", {"letter": "e", "at_least": 3}, "Every evening", True),
    ("letter_frequency", {"letter": "e", "at_least": None, "at_most": 0}, "A day at sea", False),
    ("letter_frequency", {"letter": "#", "at_least": 1}, "# x", True),
    ("starts_with", {"phrases": ["Sure", "Of course"]}, "  sure thing", True),
    ("starts_with", {"phrases": ["Sure"], "match_case": True}, "sure thing", False),
    ("starts_with", {"phrases": ["Dear"], "reading": "loose"}, "Here you are:\n**Dear** all", True),
    ("ends_with", {"phrases": ["Bye."]}, "So long. bye.\n", True),
    ("ends_with", {"phrases": ["Bye."]}, "So long.", False),
    ("quotation", {}, '"All of it."', True),
    ("quotation", {}, "„Alles.“", True),
    ("quotation", {}, 'Said "all of it."', False),
    ("quotation", {}, '"', False),
    ("first_word", {"word": "Later", "paragraph": 2, "paragraphs": 2}, "One.\n\nlater, two.", True),
    ("first_word", {"word": "Later", "paragraph": 2, "paragraphs": 3}, "One.\n\nLater, two.", False),
    ("first_word", {"word": "Later", "paragraph": 3}, "One.\n\nLater, two.", False),
    ("letter_case", {}, "all small, 3 of them", True),
    ("letter_case", {}, "Not all", False),
    ("letter_case", {"case": "upper"}, "LOUD 3!", True),
    ("letter_case", {}, "今天", None),
    ("capitals", {}, "I said no", True),
    ("capitals", {}, "I said NO", False),
    ("capitals", {"least_words": 2, "most_words": None}, "NO and YES", True),
    ("punctuation", {}, "No comma here `a, b`", True),
    ("punctuation", {}, "One, two", False),
    ("punctuation", {}, "一，二", False),
    ("punctuation", {"signs": "!?"}, "Why?", False),
    ("postscript", {}, "Text.\n\nP.S. Call me.", True),
    ("postscript", {}, "Text.\n**PS:** call me", True),
    ("postscript", {}, "P.S. alone", False),
    ("postscript", {"mark": "P.P.S"}, "Text.\nP.P.S. Call me.", True),
    ("postscript", {"mark": "P.P.S"}, "Text.\nP.S. Call me.", False),
    ("placeholders", {}, "Dear [name], see [here](https://example.org), [1] and [^2].", False),
    ("placeholders", {}, "See [here](https://example.org), [1], [x] and `[name]`.", True),
    ("placeholders", {"at_least": 2, "at_most": None}, "Dear [name] of {{town}}", True),
    ("two_answers", {}, "One.\n******\nTwo.", True),
    ("two_answers", {}, "One.\n* * * * * *\nTwo.", True),
    ("two_answers", {}, "One.\n******\none", False),
    ("two_answers", {"answers": 3}, "One.\n******\nTwo.", False),
    ("one_of", {"options": ["yes", "no"]}, "Yes.", True),
    ("one_of", {"options": ["yes", "no"]}, "Yes, of course", False),
    ("one_of", {"options": ["yes", "no"], "nothing_else": False}, "Yes, of course", True),
    ("one_of", {"options": ["yes", "no"], "nothing_else": False}, "yes and no", False),
    ("one_of", {"options": ["my answer is no", "no"], "nothing_else": False}, "My answer is no.", True),
    ("sections", {}, "Section 1\nx\n## Section 2\ny", True),
    ("sections", {}, "Section 1\nx", False),
    ("sections", {"word": "Part", "at_least": 1}, "**Part A**: x", True),
    ("citations", {}, "See https://example.org/a.", True),
    ("citations", {}, "As shown [1].", True),
    ("citations", {}, "Smith et al. (2019) say so.", True),
    ("citations", {}, "It is so (Smith, 2019).", True),
    ("citations", {}, "It is so.", False),
    ("citations", {"at_least": 2}, "See https://example.org/a and https://example.org/a.", False),
    ("citations", {"at_least": None, "at_most": 0}, "See doi 10.1000/182", False),
]
PROMPTED: list[tuple[str, dict[str, Any], str, str, bool | None]] = [
    ("language", {}, "Comment est-ce que je redémarre ma machine ?", FRENCH, True),
    ("language", {}, "How do I restart this old machine?", FRENCH, False),
    ("language", {}, "Hm?", FRENCH, None),
    ("repeats_prompt", {}, "What is a quark?", "What is a *quark*? A particle.", True),
    ("repeats_prompt", {}, "What is a quark?", "What is a quark?", False),
    ("repeats_prompt", {}, "What is a quark?", "Sure!\nWhat is a quark? A particle.", False),
    ("repeats_prompt", {"reading": "loose"}, "What is a quark?", "Sure!\nWhat is a quark? A particle.", True),
    ("repeats_prompt", {}, "?!", "A particle.", None),
    ("no_repetition_of_prompt", {}, LONG_ASK, f"You asked: “{LONG_ASK}” Here it is.", False),
    ("no_repetition_of_prompt", {}, LONG_ASK, "A poem about the sea and the wind.", True),
    ("no_repetition_of_prompt", {"words_in_a_row": 5}, LONG_ASK, "poem about the sea and the wind", False),
    ("no_repetition_of_prompt", {}, "What is the capital?", "What is the capital? Paris.", False),
    ("no_repetition_of_prompt", {}, "What is the capital?", "Paris.", True),
    ("no_repetition_of_prompt", {}, "Thanks!", "Thanks! You are welcome.", None),
    ("pii", {}, "Correct this: jo@mail.de", "It is jo@mail.de.", True),
    ("pii", {"allow_from_prompt": False}, "Correct this: jo@mail.de", "It is jo@mail.de.", False),
    ("pii", {}, "Correct this: jo@mail.de", "It is jim@mail.de.", False),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("length", {}, "needs a bound"),
    ("length", {"at_least": 5, "at_most": 3}, "at least 5 and at most 3"),
    ("length", {"at_most": -1}, "at most -1"),
    ("length", {"at_most": "ten"}, "'at_most' must be a whole number, found 'ten'"),
    ("length", {"at_most": True}, "must be a whole number"),
    (
        "length",
        {"at_most": 3, "unit": "lines"},
        "must be one of words, characters, sentences, paragraphs, found 'lines'",
    ),
    ("length", {"max": 3}, "has no parameter 'max'. It takes: at_least, at_most, unit, reading."),
    ("length", {"at_most": 3, "reading": "lax"}, "must be one of strict, loose, found 'lax'"),
    ("format", {"at_least": 3, "at_most": 2}, "at least 3 and at most 2"),
    ("keyword_frequency", {}, "Say which word"),
    ("keyword_frequency", {"word": "x", "at_least": None}, "needs a bound"),
    ("letter_frequency", {"letter": "ab"}, "must be one letter or sign"),
    ("starts_with", {}, "Say one phrase at least"),
    ("ends_with", {"phrases": [" "]}, "leave out empty ones"),
    ("first_word", {"word": "two words"}, "must be one word"),
    ("first_word", {"word": "x", "paragraph": 3, "paragraphs": 2}, "no paragraph 3 of 2"),
    ("capitals", {"most_words": None}, "needs a bound"),
    ("punctuation", {"signs": "a,"}, "must be signs of punctuation"),
    ("placeholders", {"at_most": None}, "needs a bound"),
    ("two_answers", {"answers": 1}, "must be 2 or more"),
    ("one_of", {"options": ["yes", "Yes!"]}, "two different answers"),
    ("sections", {"word": " "}, "Say which word"),
    ("citations", {"at_least": None}, "needs a bound"),
    ("keywords", {}, "Say which words"),
    ("keywords", {"contains": [" "]}, "is empty"),
    ("keywords", {"contains": "sea"}, "must be a list of texts"),
    ("keywords", {"contains": [1]}, "must be a list of texts"),
    ("json", {"holds": "list", "required_keys": ["a"]}, "A list has no keys"),
    ("json", {"allow_fence": "yes"}, "must be true or false"),
    ("language", {"language": "klingon"}, "ISO 639-1"),
    ("language", {"language": 3}, "must be a text"),
    ("format", {"form": "poem"}, "must be one of bullets"),
    ("format", {"at_least": 0}, "1 or more"),
    ("no_repetition_of_prompt", {"words_in_a_row": 1}, "4 or more"),
    ("exclamation_marks", {"at_most": -1}, "0 or more"),
    ("pii", {"kinds": ["name"]}, "some of email, phone, card, ip, found name"),
    ("pii", {"kinds": []}, "found none"),
]
SIGNS = ("\n", " ", "`", "(", "[", "*", "a", "1", "!", "@", ":", "0", "-", "+49 ", "sorry ")
MARKS = (
    "_",
    "#",
    "{",
    "<",
    "<<a",
    "[a",
    "(a ",
    "P.S",
    "p s\n",
    "1.",
    "| ",
    "*a",
    "**a ",
    "10.1/",
    "http://a",
    '"',
    "X ",
)
HOSTILE = [text * 50_000 for text in (*SIGNS, *MARKS)]


@pytest.mark.parametrize(("name", "parameters", "response", "verdict"), CASES)
def test_the_verdict_on(name: str, parameters: dict[str, Any], response: str, verdict: bool | None) -> None:
    assert build_check(name, parameters).run("What now?", response) is verdict


@pytest.mark.parametrize(("name", "parameters", "prompt", "response", "verdict"), PROMPTED)
def test_the_verdict_given_the_prompt(
    name: str, parameters: dict[str, Any], prompt: str, response: str, verdict: bool | None
) -> None:
    assert build_check(name, parameters).run(prompt, response) is verdict


@pytest.mark.parametrize(("name", "parameters", "words"), REFUSED)
def test_bad_parameters_are_refused_in_words(name: str, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        build_check(name, parameters)
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_every_check_answers_any_text(name: str) -> None:
    check = build_check(name, NEEDED.get(name))
    for text in ["", "\x00", "lone \ud800 surrogate", "👩‍👩‍👧", *HOSTILE]:
        assert check.run(text, text) in (True, False, None)


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_every_check_has_cases_that_pass_and_fail(name: str) -> None:
    verdicts = {case[-1] for case in [*CASES, *PROMPTED] if case[0] == name}
    assert {True, False} <= verdicts
    assert (None in verdicts) == bool(CHECKS.load(name).skip_sentence)


@pytest.mark.parametrize("phrases", [no_apology.PHRASES, no_refusal.PHRASES])
def test_the_quick_look_at_stems_hides_no_phrase(phrases: Phrases) -> None:
    for _, _, response, _ in CASES:
        plain = response.replace("’", "'")
        assert phrases.occur_in(plain) == (phrases.pattern.search(plain) is not None)
