"""What a person reads of their own work: answers, hours, calm words, and no ranking."""

import pytest
from django.urls import reverse

from annotation.domain.quality.shares import Share
from annotation.models import Annotation
from annotation.queries.desk.my_work import likeness_of, my_work
from annotation.services.quality.review import return_answer
from tests.annotation.test_queue_figures import judged_pairs


def people_of(queue):
    return [each.membership for each in Annotation.objects.filter(task__queue=queue).distinct("membership")]


@pytest.mark.parametrize(
    ("count", "of", "word"),
    [(0, 0, "unknown"), (9, 9, "unknown"), (8, 10, "mostly"), (6, 10, "often"), (4, 10, "seldom")],
)
def test_agreement_is_a_word_and_no_word_where_little_is_known(count, of, word):
    assert likeness_of(Share(count=count, of=of)) == word


def test_a_person_reads_their_answers_and_nobody_elses(project, client_of):
    queue = judged_pairs(project, [[True] * 12, [True] * 12, [False] * 12])
    pages = {}
    for person in people_of(queue):
        page = client_of(person.user).get(reverse("annotation:my_work", args=[project.slug]))
        pages[person] = page.content.decode()
    assert all("12 answers of yours" in page for page in pages.values())
    for person, page in pages.items():
        assert not any(other.pseudonym in page for other in pages if other != person)


def test_words_say_how_others_see_it(project):
    queue = judged_pairs(project, [[True] * 12, [True] * 12, [False] * 12])
    words = sorted(
        work.likeness for person in people_of(queue) for work in my_work(project, membership=person).queues
    )
    assert words == ["often", "often", "seldom"]


def test_what_was_sent_back_waits_here(project, researcher):
    queue = judged_pairs(project, [[True, True]])
    (person,) = people_of(queue)
    first = Annotation.objects.order_by("id").first()
    return_answer(queue=queue, annotation_uuid=first.uuid, note="Look again.", actor=researcher)
    (work,) = my_work(project, membership=person).queues
    assert (work.answers, work.returned, work.likeness) == (2, 1, "unknown")


def test_queries_do_not_grow_with_the_answers(project, django_assert_num_queries):
    queue = judged_pairs(project, [[True] * 10, [True] * 10])
    person = people_of(queue)[0]
    with django_assert_num_queries(5):
        my_work(project, membership=person)
