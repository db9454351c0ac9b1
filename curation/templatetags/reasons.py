"""Why records were refused and rows left out, in words; the codes stay in manifests and files."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from curation.domain.corpus.records import RefusalReason

register = template.Library()

REFUSED = {
    RefusalReason.BROKEN_JSON: _("broken JSON"),
    RefusalReason.NOT_A_NUMBER: _("no number"),
    RefusalReason.TOO_LARGE: _("too large"),
    RefusalReason.TOO_DEEP: _("nested too deep"),
    RefusalReason.NOT_UTF8: _("not in UTF-8"),
    RefusalReason.DUPLICATE_KEY: _("a key twice"),
    RefusalReason.WRONG_TYPE: _("a value of the wrong type"),
    RefusalReason.MISSING_FIELD: _("a field is missing"),
    RefusalReason.NO_MESSAGES: _("no messages"),
    RefusalReason.UNKNOWN_ROLE: _("an unknown role"),
    RefusalReason.EMPTY_MESSAGE: _("an empty message"),
    RefusalReason.ROLES_OUT_OF_ORDER: _("roles out of order"),
    RefusalReason.DELETED: _("deleted by the source"),
    RefusalReason.BELOW_DELETED: _("an answer to a deleted message"),
    RefusalReason.PARENT_MISSING: _("its parent is missing"),
    RefusalReason.BELOW_MISSING: _("below a missing message"),
    RefusalReason.BELOW_REFUSED: _("below a refused message"),
    RefusalReason.REPEATED_ID: _("an id that came with another text"),
    RefusalReason.PARENT_CYCLE: _("parents in a circle"),
    RefusalReason.SIDES_DISAGREE: _("sides with different prompts"),
    RefusalReason.EQUAL_SIDES: _("both sides are equal"),
    RefusalReason.BROKEN_ROW: _("a broken row"),
    RefusalReason.BROKEN_ARCHIVE: _("a broken archive"),
    RefusalReason.UNREADABLE_FILE: _("a file that cannot be read"),
    RefusalReason.UNREADABLE_RECORD: _("a record that cannot be read"),
    RefusalReason.WITHDRAWN: _("goes on from a withdrawn conversation"),
}
LEFT_OUT = {
    "people_undecided": _("people were undecided"),
    "people_both_bad": _("people found both answers bad"),
    "people_decided_otherwise": _("people decided otherwise"),
    "candidate_not_judged": _("nobody judged it yet"),
    "low_confidence": _("low confidence"),
    "judge_tie": _("the judge says that both are equal"),
    "source_tie": _("the source says that both are equal"),
    "source_undecided": _("the source is undecided"),
    "source_both_bad": _("the source found both answers bad"),
    "scorers_disagree": _("scorers disagree"),
    "neither_good_nor_bad": _("neither good nor bad"),
    "empty_side": _("an empty answer"),
    "equal_sides": _("both answers are equal"),
    "empty_message_in_prompt": _("an empty message in the prompt"),
    "evaluation_answer": _("an answer of an evaluation"),
    "evaluation_prompt": _("of a conversation that an evaluation asks about"),
    "outside_view": _("outside the view"),
    "other_language": _("another language"),
    "other_model": _("another model"),
    "unknown_model": _("its model is not known"),
    "tag_missing": _("without the tag asked for"),
    "low_agreement": _("too little agreement"),
    "length_ratio": _("answers of too different length"),
    "duplicate": _("a duplicate"),
    "near_duplicate": _("nearly a duplicate"),
    "in_evaluation": _("words of an evaluation set"),
    "like_evaluation": _("means what an evaluation set asks"),
    "weighs_nothing": _("weighs nothing"),
    "beside_test_rows": _("would leak out of the test split"),
}
# Codes that end in a name.
NAMED = {
    "tag_": _("tagged %s"),
    "terms_of_": _("terms of %s"),
    "cap_": _("beyond the most of a %s"),
    "veto_": _("fails %s"),
    "not_scored_": _("not scored by %s yet"),
    "balance_": _("balanced by %s"),
}


@register.filter
def refusal_reason(code: str) -> str | Promise:
    """Return why records were not imported, in words."""
    return REFUSED[RefusalReason(code)] if code in set(RefusalReason) else code


@register.filter
def row_reason(code: str) -> str | Promise:
    """Return why preferences did not become rows, in words."""
    if code in LEFT_OUT:
        return LEFT_OUT[code]
    for beginning, words in NAMED.items():
        if code.startswith(beginning):
            return str(words) % translate(code.removeprefix(beginning).replace("_", " "))
    return code
