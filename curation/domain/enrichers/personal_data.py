"""Personal data and secrets in a text, by patterns whose check digits and form are verified, each with its span.

What is found: e-mail addresses, telephone numbers, payment cards, IBANs, IP addresses, and keys. Names, addresses
and birthdays are not: they take a model of the language (the enricher `presidio`).
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from curation.domain.enrichers.encoded_text import Encoding, decoded


class PersonalKind(StrEnum):
    """What was found. Where findings overlap, the kind that stands first here wins."""

    SECRET = "secret"  # noqa: S105 - a kind of finding
    IBAN = "iban"
    CARD = "card"
    EMAIL = "email"
    IP = "ip"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalSpan:
    """A place of personal data in a text; `value` is its normalised form, for telling same from different."""

    kind: PersonalKind
    start: int
    end: int
    value: str


# Every pattern has bounded repeats and a fixed beginning, so that a megabyte of hostile text costs linear time.
_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9_][\w.+%'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}"
    r"(?![\w-])",
    re.ASCII,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(
    r"(?<![0-9A-Za-z.,_/-])(?<![A-Z]{2}[0-9]{2} )[2-6][0-9](?:[ -]?[0-9]){11,17}(?![0-9A-Za-z_-])(?![.,][0-9])"
)
_IPV4 = re.compile(r"(?<![0-9A-Za-z.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z-])(?!\.[0-9])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?![0-9A-Za-z:])")
# International: a plus, or 00 with a divider later on, since numbers of orders begin with zeros too.
# American: groups of 3, 3 and 4 digits with dividers.
_PHONE_INTERNATIONAL = re.compile(
    r"(?<![0-9A-Za-z+/.-])(?:\+|(?<![0-9] )00(?=[1-9]))[ ]?[0-9](?:[ ()./-]{0,2}[0-9]){7,14}(?![0-9A-Za-z])"
)
_PHONE_AMERICAN = re.compile(
    r"(?<![0-9A-Za-z+/.-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4}(?![0-9A-Za-z-])"
)
# Any other number counts where a word before it says that it is a telephone's.
_PHONE_NAMED = re.compile(
    r"\b(?:tel(?:ephone|efon|éfono|\.)?|phone|mobile|mobil|cell|fax|handy|call(?: me)?(?: at| on)?|whatsapp|portable)"
    r"(?: ?(?:no|nr|number|nummer)\.?)?[ :#]{1,3}(?P<number>\(?0?[0-9](?:[ ()./-]{0,2}[0-9]){5,13})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_KNOWN_KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{20,200}|(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,120}|"
    r"glpat-[A-Za-z0-9_-]{20,60}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|xox[abprs]-[A-Za-z0-9-]{10,200}|"
    r"hf_[A-Za-z0-9]{30,60}|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,120}|npm_[A-Za-z0-9]{36}|"
    r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}"
    r")(?![A-Za-z0-9])"
)
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]{20,10000}?"
    r"-----END [A-Z ]{0,22}PRIVATE KEY-----"
)
_NAMED_KEY = re.compile(
    r"(?:api[_-]?key|access[_-]?key|secret(?:[_-]?key)?|auth[_-]?token|token|passwor[dt]|passwd|pwd)"
    r"[\"']?\s{0,3}(?:[:=]|is\b)\s{0,3}[\"'`]?(?P<key>[^\s\"'`,;<>{}()]{8,200})",
    re.IGNORECASE,
)
_LOOSE_KEY = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9_-]{32,128}(?![A-Za-z0-9+/=_.-])")

_BEFORE_VERSION = re.compile(r"(?:\bv|\bver\.?|version|release|build|==|>=|<=|~=) ?$", re.IGNORECASE)

# Lengths of IBANs by country, from the registry of ISO 13616.
_IBAN_LENGTHS = {
    code: int(length)
    for length, codes in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL FK", "19": "MK SI", "20": "AT BA EE KZ LT LU XK MN",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HN HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU YE", "31": "MT SC",
        "32": "LC", "33": "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
_DIGIT = re.compile(r"[0-9]")
# Bits a character. English prose has about 4 over 27 letters, but no upper case and digits among them.
_NAMED_KEY_BITS = 2.75
_LOOSE_KEY_BITS = 4.0
_PLACEHOLDERS = re.compile(
    r"your|example|placeholder|xxx|\*{3}|\.{3}|changeme|<|\$\{|env|os\.|none|null", re.IGNORECASE
)


def find_personal_data(text: str) -> list[PersonalSpan]:
    """Return what was found in order of place; spans do not overlap."""
    # Everything but an address of e-mail has a digit in it, and most messages have none.
    finders = _FINDERS if _DIGIT.search(text) else (_emails,)
    found = [span for find in finders for span in find(text)]
    order = list(PersonalKind)
    found.sort(key=lambda span: (order.index(span.kind), span.start, -span.end))
    kept: list[PersonalSpan] = []
    taken: set[int] = set()
    for span in found:
        # Whole texts are long and findings few, so their characters are remembered rather than compared.
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def is_luhn(digits: str) -> bool:
    """Say whether the last digit checks the others, by the rule of ISO/IEC 7812."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_iban(compact: str) -> bool:
    """Say whether an IBAN without spaces has its country's length and a right remainder modulo 97 (ISO 13616)."""
    if len(compact) != _IBAN_LENGTHS.get(compact[:2]):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def bits_per_character(text: str) -> float:
    """Return the Shannon entropy of a text's characters."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts) if text else 0.0


def _emails(text: str) -> Iterator[PersonalSpan]:
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        if ".." not in match.group():
            yield _span(PersonalKind.EMAIL, match, match.group().lower())


def _ibans(text: str) -> Iterator[PersonalSpan]:
    for match in _IBAN.finditer(text):
        found = _iban_at(text, match)
        if found is not None:
            yield found


def _iban_at(text: str, match: re.Match[str]) -> PersonalSpan | None:
    """Cut what the pattern took to the length of the country: words in capitals may follow the number."""
    length, taken = _IBAN_LENGTHS.get(match.group()[:2], 0), 0
    for place in range(match.start(), match.end()):
        taken += text[place] not in " -"
        if taken == length:
            compact = _compact(text[match.start() : place + 1])
            ends_there = not text[place + 1 : place + 2].isalnum()
            if ends_there and is_iban(compact):
                return PersonalSpan(kind=PersonalKind.IBAN, start=match.start(), end=place + 1, value=compact)
            return None
    return None


def _cards(text: str) -> Iterator[PersonalSpan]:
    for match in _CARD.finditer(text):
        digits = _compact(match.group())
        if (
            13 <= len(digits) <= 19
            and len(set(digits)) > 1
            and _is_grouped(match.group())
            and is_luhn(digits)
        ):
            yield _span(PersonalKind.CARD, match, digits)


def _is_grouped(number: str) -> bool:
    """Say whether digits stand together, or in groups as on a card; a column of figures is none."""
    groups = [len(group) for group in re.split(r"[ -]", number)]
    return (
        len(groups) == 1
        or groups[:-1] == [4] * (len(groups) - 1)
        or groups == [4, 6, 5]
        or groups == [4, 6, 4]
    )


def _addresses(text: str) -> Iterator[PersonalSpan]:
    for match in (*_IPV4.finditer(text), *_IPV6.finditer(text)):
        address = _address_of(match.group())
        if address is not None and not _is_version(text, match.start()):
            yield _span(PersonalKind.IP, match, str(address))


def _address_of(written: str) -> IPv4Address | IPv6Address | None:
    """Return the address, or None for what is none, or names nobody: loopback, unspecified, multicast, a netmask."""
    if written.count(":") == 1 or written.startswith("255."):
        return None
    try:
        address = ip_address(written)
    except ValueError:
        return None
    names_nobody = address.is_loopback or address.is_unspecified or address.is_multicast
    return None if names_nobody or (address.version == 4 and written.startswith("0.")) else address


def _is_version(text: str, start: int) -> bool:
    """Say whether the words before four numbers make them a version."""
    return _BEFORE_VERSION.search(text[max(0, start - 10) : start]) is not None


def _phones(text: str) -> Iterator[PersonalSpan]:
    for match in (*_PHONE_INTERNATIONAL.finditer(text), *_PHONE_AMERICAN.finditer(text)):
        digits = re.sub(r"[^0-9]", "", match.group())
        if len(set(digits)) > 2 and not (match.group().isdigit() and digits.startswith("00")):
            yield _span(PersonalKind.PHONE, match, digits.removeprefix("00"))
    for match in _PHONE_NAMED.finditer(text):
        start, end = match.span("number")
        digits = re.sub(r"[^0-9]", "", match.group("number"))
        yield PersonalSpan(kind=PersonalKind.PHONE, start=start, end=end, value=digits)


def _secrets(text: str) -> Iterator[PersonalSpan]:
    for match in (*_KNOWN_KEYS.finditer(text), *_KEY_BLOCK.finditer(text)):
        yield _span(PersonalKind.SECRET, match, match.group())
    for match in _NAMED_KEY.finditer(text) if _names_a_key(text) else ():
        start, end = match.span("key")
        if _is_key(match.group("key"), bits=_NAMED_KEY_BITS):
            yield PersonalSpan(kind=PersonalKind.SECRET, start=start, end=end, value=match.group("key"))
    for match in _LOOSE_KEY.finditer(text):
        if _is_loose_key(match.group()):
            yield _span(PersonalKind.SECRET, match, match.group())


def _names_a_key(text: str) -> bool:
    """Say at once whether a word for a key occurs at all: the pattern itself is slow."""
    lowered = text.lower()
    return any(word in lowered for word in ("key", "token", "secret", "passw", "pwd"))


def _is_key(written: str, *, bits: float) -> bool:
    """Say whether it is as irregular as a key: digits among other signs, and no placeholder."""
    has_digits = any(sign.isdigit() for sign in written) and not written.isdigit()
    return has_digits and not _PLACEHOLDERS.search(written) and bits_per_character(written) >= bits


def _is_loose_key(written: str) -> bool:
    """Say whether it is a key although nothing names it one; text in base64 is none."""
    is_irregular = _is_mixed(written) and _is_key(written, bits=_LOOSE_KEY_BITS)
    return is_irregular and decoded(written, encoding=Encoding.BASE64) is None


def _is_mixed(written: str) -> bool:
    """Say whether small and capital letters and several digits are mixed; hashes in hexadecimal are not."""
    digits = sum(sign.isdigit() for sign in written)
    return digits >= 4 and any(sign.islower() for sign in written) and sum(s.isupper() for s in written) >= 4


def _span(kind: PersonalKind, match: re.Match[str], value: str) -> PersonalSpan:
    return PersonalSpan(kind=kind, start=match.start(), end=match.end(), value=value)


def _compact(written: str) -> str:
    return written.replace(" ", "").replace("-", "")


_FINDERS: tuple[Callable[[str], Iterator[PersonalSpan]], ...] = (
    _secrets,
    _ibans,
    _cards,
    _emails,
    _addresses,
    _phones,
)
