"""What is withdrawn leaves annotation too."""

from annotation.models import AssertionResult
from annotation.services.criteria.checks import AssertionDraft, add_assertion
from annotation.services.criteria.sets import Wording, add_criterion, create_criteria_set
from curation.models import PreferencePair, Project, User
from curation.services.corpus.withdrawals import withdraw_conversation
from tests.cast import make_pair


def say(pair: PreferencePair, sentence: str) -> AssertionResult:
    criteria_set = create_criteria_set(project=pair.project, name=f"of {pair.pk}")
    criterion = add_criterion(criteria_set=criteria_set, wording=Wording(name="short", text="It is short."))
    assertion = add_assertion(criterion=criterion, draft=AssertionDraft(name="calm", check_name="no_apology"))
    return AssertionResult.objects.create(
        project=pair.project, assertion=assertion, response=pair.chosen, passed=False, sentence=sentence
    )


def test_what_an_assertion_said_of_a_withdrawn_answer_is_erased(project: Project, admin: User) -> None:
    withdrawn, kept = (make_pair(project, question=f"{name}?") for name in ("withdrawn", "kept"))
    said = [say(pair, "The check raised ValueError: words of the answer.") for pair in (withdrawn, kept)]
    withdraw_conversation(conversation=withdrawn.prompt.conversation, actor=admin)
    for result in said:
        result.refresh_from_db()
    assert [(result.passed, bool(result.sentence)) for result in said] == [(False, False), (False, True)]
