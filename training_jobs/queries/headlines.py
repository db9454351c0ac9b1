"""What may be said of a run in one line."""

from django.utils.translation import gettext as _, gettext_noop, ngettext

from training_jobs.domain.headlines import Deciders, accuracy_title, deciders_from_counts
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
    counts = {"people": deciders.people, "total": deciders.total}
    if not deciders.total:
        return _("There are no held-out rows.")
    if deciders.people == deciders.total:
        return ngettext(
            "People decided the one held-out row.", "People decided all %(total)s held-out rows.", deciders.total
        ) % counts
    if deciders.people:
        return _("People decided %(people)s of the %(total)s held-out rows.") % counts
    if deciders.miner:
        return _(
            "No person decided any of the %(total)s held-out rows: the figure says how far the model learnt what the "
            "miner proposed, not how far people prefer its answers."
        ) % counts
    return _(
        "The source decided all %(total)s held-out rows: the figure says how far the model agrees with it, "
        "not how far people prefer its answers."
    ) % counts
