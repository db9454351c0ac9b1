"""Every reason that a person reads is said in words."""

import re

import pytest

from curation.domain.corpus.records import RefusalReason
from curation.templatetags.reasons import refusal_reason, row_reason
from tests.paths import CHECKOUT


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refusal_is_said_in_words(reason):
    assert "_" not in str(refusal_reason(reason))
    assert str(refusal_reason(reason)) != reason


def test_each_reason_of_the_reference_is_said_in_words():
    page = (CHECKOUT / "docs/reference/dataset_recipes.md").read_text(encoding="utf-8")
    steps = page[page.index("## Steps") : page.index("## Splits")].splitlines()
    reasons = [row.rpartition(" | ")[2] for row in steps if row.startswith("|")]
    named = [code for reason in reasons for code in re.findall(r"`([a-z_]+…?)`", reason)]
    assert len(named) > 20
    assert [code for code in named if row_reason(code.replace("…", "x")) == code.replace("…", "x")] == []


def test_an_unknown_code_stays():
    assert (row_reason("new_one"), refusal_reason("new_one")) == ("new_one", "new_one")
