"""What may be said of a run in one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from curation.domain.versions.deciders import Deciders, accuracy_title, deciders_from_counts
from training_jobs.domain.headlines import interval_text, percent
from training_jobs.models import Evaluation

TITLES = [
    gettext_noop("preference accuracy"),
    gettext_noop("agreement with the miner"),
    gettext_noop("agreement with the miner and the source"),
    gettext_noop("agreement with the source"),
]


def deciders_of(evaluation: Evaluation) -> Deciders:
    """Return who decided the rows that a run was evaluated on."""
    slices = evaluation.report.get("by", {}).get("decided_by", {})
    return deciders_from_counts({name: entry["n"] for name, entry in slices.items()})


def title_of(evaluation: Evaluation) -> str:
    """Return the name that the evaluation's accuracy deserves, in the reader's language."""
    return _(accuracy_title(deciders_of(evaluation)))


def deciders_sentence(deciders: Deciders) -> str:
    """Say in one sentence who decided the held-out rows."""
    counts = {"people": deciders.people, "judge": deciders.judge, "total": deciders.total}
    if not deciders.total:
        return _("There are no held-out rows.")
    if deciders.people == deciders.total:
        return (
            ngettext(
                "People decided the one held-out row.",
                "People decided all %(total)s held-out rows.",
                deciders.total,
            )
            % counts
        )
    if deciders.people:
        return _("People decided %(people)s of the %(total)s held-out rows.") % counts
    if deciders.judge:
        return (
            _(
                "No person decided any of the %(total)s held-out rows; a judge decided %(judge)s: the figure says how "
                "far the model agrees with it, not how far people prefer its answers."
            )
            % counts
        )
    if deciders.miner:
        return (
            _(
                "No person decided any of the %(total)s held-out rows: the figure says how far the model learnt "
                "what the miner proposed, not how far people prefer its answers."
            )
            % counts
        )
    return (
        _(
            "The source decided all %(total)s held-out rows: the figure says how far the model agrees with it, "
            "not how far people prefer its answers."
        )
        % counts
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one figure of a run, called what it is."""

    title: str
    share: str
    interval: str
    pair_count: int
    who_decided: str


def headline_of(evaluation: Evaluation) -> Headline:
    """Return what may be said of an evaluation in one line."""
    return Headline(
        title=title_of(evaluation),
        share=percent(evaluation.preference_accuracy),
        interval=interval_text(evaluation.interval_low, evaluation.interval_high),
        pair_count=evaluation.pair_count,
        who_decided=deciders_sentence(deciders_of(evaluation)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of the evaluation's table: a share of the held-out pairs, and what it is a share of."""

    words: str
    explanation: str
    share: float
    interval: str = ""

    @property
    def share_text(self) -> str:
        """The share as people read it."""
        return percent(self.share)


def comparisons_of(evaluation: Evaluation) -> list[Comparison]:
    """Return the headline beside what it must be read against: the base model, and the length of the answers."""
    report = evaluation.report
    return [
        Comparison(
            words=_("Training raised the chosen answer more than the rejected one"),
            explanation=_("Measured against the base model; untrained, this is one half by definition."),
            share=report["preference_accuracy"],
            interval=interval_text(*report["interval"]),
        ),
        Comparison(
            words=_("The trained model finds the chosen answer more probable"),
            explanation=_("Sums of log-probabilities favour short answers, before training and after."),
            share=report["policy_ranking"],
            interval=interval_text(*report.get("policy_ranking_interval", (None, None))),
        ),
        Comparison(
            words=_("The base model finds the chosen answer more probable"),
            explanation=_("The same measure before training."),
            share=report["base"]["preference_accuracy"],
            interval=interval_text(*report["base"]["interval"]),
        ),
        Comparison(
            words=_("The longer answer is the chosen one"),
            explanation=_("What a model would reach that only counts words."),
            share=report["longer_wins"],
        ),
        *_slices(report["by"]["decided_by"]),
    ]


DECIDED_BY = {
    "people": gettext_noop("Rows decided by people alone"),
    "miner": gettext_noop("Rows decided by the miner alone"),
    "imported": gettext_noop("Rows decided by the source alone"),
    "judge": gettext_noop("Rows decided by a judge alone"),
}


def _slices(by_decider: Mapping[str, Mapping[str, Any]]) -> list[Comparison]:
    """Return the headline for each kind of decider, where there are several."""
    if len(by_decider) < 2:
        return []
    return [
        Comparison(
            words=_(DECIDED_BY.get(name, "Rows decided by others alone")),
            explanation=f"n = {found['n']}",
            share=found["preference_accuracy"],
            interval=interval_text(*found["interval"]),
        )
        for name, found in by_decider.items()
    ]
