"""What a gate asks and found, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.domain.figures import Undefined
from annotation.domain.judges.gates import Gate, Requirement
from annotation.queries.judges.probation import OnProbation


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLine:
    """One thing that a gate asks, as a row of a table."""

    words: str
    found: str
    needed: str
    is_met: bool
    reason: str = ""


def requirement_lines(gate: Gate) -> list[RequirementLine]:
    """Return a gate as rows."""
    return [_line(each) for each in gate.requirements]


def refusal_sentence(earned: OnProbation) -> str:
    """Return why a judge may not label, and what happens to the pairs."""
    return " ".join(
        [
            _("This judge may not label: %(reasons)s.") % {"reasons": "; ".join(refusal_reasons(earned))},
            _("Its pairs stay with people."),
        ]
    )


def refusal_reasons(earned: OnProbation) -> Sequence[str]:
    """Return why a judge may not label, each as a clause."""
    if earned.labelling is None:
        return [_("its validation has not ended")]
    if not earned.is_current:
        return [_("the words that it is asked with changed since it was validated; validate it again")]
    if not earned.is_newest:
        return [_("a later validation of the same judge counts; look at that one")]
    return [_unmet(each) for each in earned.labelling.requirements if not each.is_met]


def _unmet(each: Requirement) -> str:
    line = _line(each)
    said = _("%(what)s: %(found)s, and %(needed)s is asked")
    return said % {"what": line.words, "found": line.found, "needed": line.needed}


def rule_words(name: str) -> str:
    """Return a rule without a model in words."""
    return {
        "always_first": _("always the first"),
        "longer_wins": _("the longer one"),
        "exact_match": _("the one that is the reference"),
        "contains": _("the one that contains the reference"),
        "longer_scores_higher": _("the longer, the higher"),
    }.get(name, name)


def _line(each: Requirement) -> RequirementLine:
    is_share = each.name in ("sure", "question_repeated", "reference")
    is_count = each.name in ("pairs", "sides", "systems", "rated", "levels")
    form = "{:.0%}" if is_share else "{:.0f}" if is_count else "{:.2f}"
    is_undefined = isinstance(each.found, Undefined)
    needed = form.format(each.needed)
    return RequirementLine(
        words=_words(each),
        found=_("undefined") if is_undefined else form.format(each.found),
        needed=_("more than %(figure)s") % {"figure": needed}
        if each.beats
        else _("at least %(figure)s") % {"figure": needed},
        is_met=each.is_met,
        # What is compared with rules is kappa, whose own line gives the reason.
        reason=str(each.found) if is_undefined and not each.beats else "",
    )


def _words(each: Requirement) -> str:
    if each.beats:
        return _("κ, against the rule “%(rule)s”") % {"rule": rule_words(each.beats)}
    return {
        "pairs": _("pairs decided by people and judge"),
        "sides": _("sides that people chose"),
        "rated": _("answers that people rated and the judge scored"),
        "levels": _("different ratings that people gave"),
        "weighted_kappa": _("weighted κ with people"),
        "cohen_kappa": _("Cohen's κ with people"),
        "scott_pi": _("Scott's π with people"),
        "sure": _("control “Sure.” judged right"),
        "question_repeated": _("control “the question repeated” judged right"),
        "reference": _("control “the reference itself” judged right"),
        "systems": _("models in the slice"),
        "rank_correlation": _("rank correlation of the models"),
    }.get(each.name, each.name)
