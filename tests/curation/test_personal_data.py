"""Personal data: found where check digits and form say so, at the right place, and named alike throughout."""

import string
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.domain.enrichers.personal_data import (
    PersonalKind,
    bits_per_character,
    find_personal_data,
    is_iban,
    is_luhn,
)
from curation.domain.enrichers.pseudonyms import masked_text, masked_texts

DIGITS = st.text("0123456789", min_size=12, max_size=18)


def found(text: str) -> list[tuple[str, str]]:
    """Return (kind, the words at the span) of what was found."""
    return [(span.kind.value, text[span.start : span.end]) for span in find_personal_data(text)]


def with_luhn_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if is_luhn(digits + last))


def iban_of(country: str, body: str) -> str:
    turned = "".join(str(int(sign, 36)) for sign in body + country + "00")
    return f"{country}{98 - int(turned) % 97:02d}{body}"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Write to Jane.Doe+chat@mail.example.org, please.", "email", "Jane.Doe+chat@mail.example.org"),
        ("call +49 30 901820 today", "phone", "+49 30 901820"),
        ("0041 44 668 18 00.", "phone", "0041 44 668 18 00"),
        ("(415) 555-2671", "phone", "(415) 555-2671"),
        ("Tel.: 030 901820", "phone", "030 901820"),
        ("card 4111 1111 1111 1111!", "card", "4111 1111 1111 1111"),
        ("378282246310005", "card", "378282246310005"),
        ("IBAN DE89 3704 0044 0532 0130 00 AND MORE", "iban", "DE89 3704 0044 0532 0130 00"),
        ("from 203.0.113.77:8080", "ip", "203.0.113.77"),
        ("host 2001:db8::8a2e:370:7334 is down", "ip", "2001:db8::8a2e:370:7334"),
        ("key sk-proj-Abc123Def456Ghi789Jkl012", "secret", "sk-proj-Abc123Def456Ghi789Jkl012"),
        ('password = "t0p-Secr3t!9"', "secret", "t0p-Secr3t!9"),
        ("AKIAIOSFODNN7ABCDEFG", "secret", "AKIAIOSFODNN7ABCDEFG"),
    ],
)  # fmt: skip
def test_what_is_personal_is_found_at_its_place(text: str, kind: str, words: str) -> None:
    assert found(text) == [(kind, words)]


@pytest.mark.parametrize(
    "text",
    [
        "on 2024-05-17 at 12:30:45, from 1990 to 2024",
        "version 1.2.3.4 and v10.0.19041.1",
        "127.0.0.1 and 0.0.0.0 and 255.255.255.0",
        "3.14159265358979323846 and 1,234,567,890",
        "ISBN 978-3-16-148410-0",
        "order 4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password: your_password_here",
        "run aWdub3JlIGFsbCB0aGUgcnVsZXMgbm93 please",
        "the token is important",
        "Your password is incorrect.",
        "@decorator and user@localhost",
        "01a1fe2f-1b7a-7dc0-85d8-6660ac505d15",
        "std::vector and Foo::bar",
        "0x7ffe 0b1010 1e10 100 000 000",
        "x = 12345678901234567890",
        "order 00123456789012",
        "AbstractSingletonProxyFactoryBeanGenerator",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert found(text) == []


@given(DIGITS)
def test_one_wrong_digit_breaks_the_luhn_rule(digits: str) -> None:
    good = with_luhn_digit(digits)
    assert is_luhn(good)
    assert not any(is_luhn(good[:-1] + last) for last in "0123456789" if last != good[-1])


@given(st.text("0123456789", min_size=18, max_size=18))
def test_an_iban_with_right_check_digits_is_found(body: str) -> None:
    iban = iban_of("DE", body)
    assert is_iban(iban)
    assert ("iban", iban) in found(f"to {iban}, thanks")


@given(st.text("0123456789", min_size=18, max_size=18), st.integers(4, 21))
def test_one_wrong_digit_breaks_an_iban(body: str, place: int) -> None:
    iban = iban_of("DE", body)
    wrong = iban[:place] + str((int(iban[place]) + 1) % 10) + iban[place + 1 :]
    assert not is_iban(wrong)


@given(st.text(), st.text())
def test_spans_lie_in_the_text_in_order_and_apart(before: str, after: str) -> None:
    text = f"{before} a.b@example.org {after} +49 30 901820 {before}"
    spans = find_personal_data(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))


@given(st.text(string.printable))
@settings(max_examples=300)
def test_a_masked_text_differs_at_the_spans_alone(text: str) -> None:
    masked = masked_text(text)
    outside, end = [], 0
    for span in find_personal_data(text):
        outside.append(text[end : span.start])
        end = span.end
    place = 0
    for piece in [*outside, text[end:]]:
        place = masked.index(piece, place) + len(piece)


def test_the_same_address_has_one_pseudonym_in_all_turns() -> None:
    turns = ["I am ann@example.org", "Hello ann@example.org and BOB@example.org", "Bye, Ann@Example.org"]
    assert masked_texts(turns) == ["I am [EMAIL_1]", "Hello [EMAIL_1] and [EMAIL_2]", "Bye, [EMAIL_1]"]


def test_a_number_that_is_card_and_phone_is_named_once() -> None:
    assert [span.kind for span in find_personal_data("call 4111 1111 1111 1111")] == [PersonalKind.CARD]


def test_a_megabyte_of_digits_and_signs_takes_little_time() -> None:
    for sign in ("1", "a@", "1 ", "a.", ":", "A1", "+1", "-----BEGIN ", "token=", "eyJ"):
        find_personal_data(sign * (200_000 // len(sign)))


def test_a_uniform_alphabet_has_the_bits_of_its_size() -> None:
    assert bits_per_character("abcdefgh") == pytest.approx(3.0)
