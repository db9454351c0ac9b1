"""A criteria set that was run and graded, and two models that answered a response set: scenes for the stagehand."""

from typing import Any

LONG = "Sorry, " + "well " * 30


def graded_set(*, project: str) -> dict[str, Any]:
    """Make eight pairs, a set of two criteria, run and graded, and two models' answers; returns paths and names."""
    from django.urls import reverse

    from annotation.models import Assertion
    from annotation.services.criteria.sets import GradeSheet, grade_response
    from curation.models import Membership, Project, Response
    from tests.annotation.criteria_cases import (
        POLITE,
        SHORT,
        criterion_in,
        make_assertion,
        make_set,
        run_over_responses,
    )
    from tests.cast import make_pair

    place = Project.objects.get(slug=project)
    for number in range(8):
        make_pair(place, question=f"Question {number}?", chosen=f"Yes {number}.", rejected=LONG)
    criteria_set = make_set(place, criteria=2)
    make_assertion(criterion_in(criteria_set, "c1"), SHORT, name="short")
    make_assertion(criterion_in(criteria_set, "c1"), SHORT.replace("20", "80"), name="not very long")
    make_assertion(criterion_in(criteria_set, "c2"), POLITE, name="polite")
    run_over_responses(criteria_set)
    person = Membership.objects.get(project=place, user__email="researcher@example.org")
    for answer in Response.objects.filter(project=place):
        sheet = GradeSheet(overall=answer.origin == "imported")
        grade_response(criteria_set=criteria_set, response=answer, membership=person, sheet=sheet)
    make_pair(place, question="One more?", chosen=LONG, rejected="No.")
    answered = _answered_set(place)
    return {
        "report": reverse("annotation:criteria_report", args=[project, criteria_set.uuid]),
        "answers": reverse("curation:response_set_detail", args=[project, answered]),
        "measure": f"criteria: {criteria_set.name}",
        "assertions": Assertion.objects.filter(criterion__criteria_set=criteria_set).count(),
    }


def _answered_set(project: Any) -> Any:
    """Let an older model answer shortly, and a newer one with an apology."""
    from curation.models import ModelVersion, Prompt, Response, ResponseSet, ResponseSetEntry

    made = ResponseSet.objects.create(project=project, name="before and after")
    said = {"older": "Fine.", "newer": "Sorry, no."}
    for name, text in said.items():
        model = ModelVersion.objects.create(project=project, name=name)
        for prompt in Prompt.objects.filter(project=project):
            answer = Response.objects.create(
                project=project,
                prompt=prompt,
                body=[{"type": "text", "text": text}],
                body_text=text,
                origin="generated",
                content_hash=f"h1:{name}",
                model_version=model,
            )
            ResponseSetEntry.objects.create(
                project=project,
                response_set=made,
                prompt=prompt,
                model_version=model,
                number=1,
                state="given",
                response=answer,
            )
    return made.uuid
