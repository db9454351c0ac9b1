"""Publishing what the checks of a frozen set said: the set's value of each answer, and each criterion's."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from curation.domain.scoring.check_sets import value_of
from curation.models import Scorer
from curation.queries.scoring.measures import parts_of_measure
from curation.services.corpus.preferences import publish_scorer, publish_scores


@transaction.atomic
def publish_verdicts(*, scorer: Scorer, verdicts: Mapping[int, Sequence[bool | None]]) -> int:
    """Publish by answer what each check of the set said, in the set's order; returns how many answers were scored."""
    values = {response: value_of(said) for response, said in verdicts.items()}
    publish_scores(scorer=scorer, target="response", values=values)
    for name, specification, places in parts_of_measure(scorer).values():
        part = publish_scorer(
            project=scorer.project,
            name=name,
            version=scorer.version,
            kind=Scorer.Kind.CHECKS,
            specification=specification,
        )
        own = {response: value_of([said[place] for place in places]) for response, said in verdicts.items()}
        publish_scores(scorer=part, target="response", values=own)
    return len(values)
