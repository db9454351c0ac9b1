"""Drafts: who decides where sources say different things of the same answers, and what stays together."""

from django.urls import reverse

from curation.models import Comparison, Conversation, Scorer, SourceUser
from curation.services.corpus.preferences import publish_pair, publish_scorer, publish_scores
from tests.cast import make_pair
from tests.curation.test_versions import SUBJECTS, freeze, judge, make_pairs


def test_what_another_recipe_proposes_of_judged_answers_is_left_out(project):
    pairs = make_pairs(project)
    judge(pairs[0], "both_bad")
    judge(pairs[1], "b")
    for pair in pairs[:2]:
        publish_pair(chosen=pair.chosen, rejected=pair.rejected, origin=pair.origin, recipe="another")
    version = freeze(project)
    assert version.manifest["dropped"] == {"people_both_bad": 1, "people_decided_otherwise": 2}


def test_values_of_an_older_version_of_a_scorer_make_no_pairs(project):
    pairs = make_pairs(project, SUBJECTS[:2])
    old, new = (
        publish_scorer(project=project, name="quality", version=version, kind=Scorer.Kind.CHECKS)
        for version in ("1", "2")
    )
    worse = {pair.chosen_id: 0.1 for pair in pairs} | {pair.rejected_id: 0.9 for pair in pairs}
    publish_scores(scorer=old, target="response", values=worse)
    publish_scores(scorer=new, target="response", values={pairs[0].chosen_id: 0.9, pairs[0].rejected_id: 0.1})
    version = freeze(project, sources=["ratings"], scorers=["quality"])
    assert [(row.chosen, row.rejected) for row in version.rows.all()] == [
        (pairs[0].chosen, pairs[0].rejected)
    ]


def test_a_strength_is_that_of_the_blind_votes_that_won(project):
    pair = make_pair(project)
    for outcome, strength, saw_signal in (("a", 1, False), ("a", 3, True), ("a", 2, False), ("b", 3, False)):
        judge(pair, outcome, strength=strength, saw_signal=saw_signal)
    assert freeze(project).rows.get().strength == 1.5


def test_a_joint_pair_is_in_the_split_of_either_side_s_user(project):
    one, other, later, *_ = make_pairs(project)
    writer = SourceUser.objects.create(project=project, pseudonym="u2")
    for pair in (other, later):
        Conversation.objects.filter(pk=pair.prompt.conversation_id).update(source_user=writer)
    Comparison.objects.create(
        project=project,
        response_a=one.chosen,
        response_b=other.rejected,
        outcome="a",
        source="source_person",
        source_name="arena",
    )
    groups = {row.chosen_id: row.group for row in freeze(project).rows.all()}
    assert groups[one.chosen_id] == groups[later.chosen_id]
    assert len(set(groups.values())) == len(SUBJECTS) - 2


def test_a_preview_says_why_nothing_could_be_held_out(project, researcher, client_of):
    pairs = make_pairs(project)
    writer = SourceUser.objects.create(project=project, pseudonym="u1")
    others = Conversation.objects.exclude(pk=pairs[-1].prompt.conversation_id)
    others.update(source_user=writer)
    judge(pairs[0])
    address = reverse("curation:recipe_preview", args=[project.slug])
    fields = {"sources": ["mined"], "train": "0.8", "validation": "0.1", "test": "0.1"}
    shown = client_of(researcher).post(address, fields, headers={"HX-Request": "true"}).content.decode()
    assert "The test split is empty" in shown


def test_a_log_of_one_user_has_held_out_rows(project):
    pairs = make_pairs(project)
    Conversation.objects.update(source_user=SourceUser.objects.create(project=project, pseudonym="u1"))
    judge(pairs[0])
    version = freeze(project)
    assert [row.chosen for row in version.rows.filter(split="test")] == [pairs[0].chosen]
    assert version.rows.filter(split="train").exists()
