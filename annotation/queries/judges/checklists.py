"""What the users behind pairs made plain that they want, for judges that weigh it."""

from collections.abc import Sequence
from dataclasses import replace

from curation.models import Project
from curation.queries.judging.questions import AnswerPair
from feedback_mining.queries.held_out import checklists_of_prompts
from language_models.judges import JUDGES


def with_checklists(pairs: Sequence[AnswerPair], *, project: Project, judge: str) -> list[AnswerPair]:
    """Return pairs with the wishes of each prompt's user, where the judge reads them."""
    if judge not in JUDGES or "checklist" not in JUDGES.load(judge).reads:
        return list(pairs)
    wishes = checklists_of_prompts(project, {pair.prompt for pair in pairs})
    return [replace(pair, checklist=tuple(wishes.get(pair.prompt, ()))) for pair in pairs]
