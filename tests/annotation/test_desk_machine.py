"""Whatever people do at the desk, in whatever order: no task beyond its overlap, none lost, none stuck, none twice."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from uuid6 import uuid7

from annotation.models import Annotation, Lease, Queue, Task
from annotation.queries.desk.cards import standing_judgements
from annotation.services.desk.judgements import skip_task, submit_judgement, undo_last
from annotation.services.desk.leases import (
    MOST_LEASES,
    end_expired_leases,
    lease_next_task,
    prefetch_task,
    release_lease,
)
from annotation.services.queues.overlap import change_overlap
from annotation.services.queues.retirement import put_task_back
from annotation.services.queues.setup import QueueRules, create_queue, fill_queue, set_queue_state
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Comparison, Membership
from tests.cast import make_member, make_pair, make_project

PEOPLE = 4
MOST = 3
people = st.integers(0, PEOPLE - 1)
choices = st.sampled_from(["a", "b", "tie", "both_bad"])
policies = st.sampled_from(
    [
        QueueRules(overlap=1),
        QueueRules(overlap=2, retire_after=2, order="random"),
        QueueRules(overlap=2, overlap_policy="disagreement", most_overlap=MOST, overlap_bound=1),
        QueueRules(overlap=1, overlap_policy="confident", most_overlap=MOST, overlap_bound=0.8),
    ]
)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Desk(RuleBasedStateMachine):
    """A queue, a few people, and a researcher who meddles."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = undone()
        self.scene.__enter__()
        self.project = make_project(f"scene-{uuid7()}")
        self.researcher = make_member(self.project, Role.RESEARCHER)
        self.people = [self.join() for _ in range(PEOPLE)]
        self.given: list[tuple[Lease, Membership]] = []
        self.standing: dict[tuple[int, int], int] = {}
        self.passed_on: set[tuple[int, int]] = set()

    def join(self) -> Membership:
        return Membership.objects.get(user=make_member(self.project, Role.ANNOTATOR))

    @initialize(rules=policies, pairs=st.integers(1, 3))
    def open_queue(self, rules: QueueRules, pairs: int) -> None:
        for _ in range(pairs):
            make_pair(self.project)
        self.queue = create_queue(
            project=self.project, name="scene", protocol="pairwise", source={"pairs": "mined"}, rules=rules
        )

    @rule(person=people)
    def lease(self, person: int) -> None:
        self.note(lease_next_task(queue=self.fresh(), membership=self.people[person]), person)

    @rule(person=people)
    def prefetch(self, person: int) -> None:
        self.note(prefetch_task(queue=self.fresh(), membership=self.people[person]), person)

    def note(self, lease: Lease | None, person: int) -> None:
        """Note what somebody was given: never what they judged or passed on."""
        if lease is not None:
            key = (lease.task_id, self.people[person].pk)
            assert key not in self.standing
            assert key not in self.passed_on
            self.given.append((lease, self.people[person]))

    @precondition(lambda self: self.given)
    @rule(which=st.integers(0, 10**6), choice=choices, is_doubled=st.booleans())
    def submit(self, which: int, choice: str, is_doubled: bool) -> None:
        """Answer under any lease that was ever given, also one that ran out long ago."""
        lease, person = self.given[which % len(self.given)]
        sent = {"lease": Lease.objects.get(pk=lease.pk), "membership": person, "idempotency_key": uuid7()}
        with suppress(HarkenError):
            judged = submit_judgement(payload={"choice": [choice]}, **sent)
            assert (lease.task_id, person.pk) not in self.standing
            self.standing[lease.task_id, person.pk] = judged.pk
            self.passed_on.discard((lease.task_id, person.pk))
            if is_doubled:
                assert submit_judgement(payload={"choice": [choice]}, **sent) == judged

    @precondition(lambda self: self.given)
    @rule(which=st.integers(0, 10**6))
    def skip(self, which: int) -> None:
        lease, person = self.given[which % len(self.given)]
        key = (lease.task_id, person.pk)
        with suppress(HarkenError):
            found = Lease.objects.get(pk=lease.pk)
            skip_task(lease=found, membership=person, reason="unclear", idempotency_key=uuid7())
            assert key not in self.standing
            self.passed_on.add(key)

    @rule(person=people)
    def undo(self, person: int) -> None:
        member = self.people[person]
        mine = {task: pk for (task, who), pk in self.standing.items() if who == member.pk}
        lease = undo_last(queue=self.fresh(), membership=member, idempotency_key=uuid7())
        assert (lease is None) is (not mine)
        if lease is not None:
            assert lease.task_id == max(mine, key=lambda task: mine[task])
            del self.standing[lease.task_id, member.pk]
            self.given.append((lease, member))

    @precondition(lambda self: self.given)
    @rule(which=st.integers(0, 10**6), is_swept=st.booleans())
    def expire(self, which: int, is_swept: bool) -> None:
        lease, _person = self.given[which % len(self.given)]
        past = timezone.now() - timedelta(seconds=1)
        Lease.objects.filter(pk=lease.pk, ended_at__isnull=True).update(expires_at=past)
        if is_swept:
            end_expired_leases(now=timezone.now())

    @precondition(lambda self: self.given)
    @rule(which=st.integers(0, 10**6))
    def release(self, which: int) -> None:
        lease, _person = self.given[which % len(self.given)]
        release_lease(queue=self.fresh(), lease_uuid=lease.uuid, actor=self.researcher)

    @rule()
    def requeue(self) -> None:
        for task in Task.objects.filter(queue=self.queue, retired_at__isnull=False):
            put_task_back(task=task, actor=self.researcher)

    @rule(overlap=st.integers(1, MOST))
    def ask_more_or_fewer(self, overlap: int) -> None:
        queue = self.fresh()
        change_overlap(queue=queue, overlap=overlap)
        queue.most_overlap = MOST if queue.most_overlap else None
        queue.save()

    @rule()
    def fill(self) -> None:
        make_pair(self.project)
        fill_queue(queue=self.fresh())

    @rule()
    def pause_or_open(self) -> None:
        queue = self.fresh()
        state = Queue.State.OPEN if queue.state == Queue.State.PAUSED else Queue.State.PAUSED
        set_queue_state(queue=queue, state=state, actor=self.researcher)

    def fresh(self) -> Queue:
        return Queue.objects.get(pk=self.queue.pk)

    @invariant()
    def every_slot_is_somewhere(self) -> None:
        active = Count("leases", filter=Q(leases__ended_at__isnull=True), distinct=True)
        for task in Task.objects.filter(queue__project=self.project).annotate(active=active):
            judged = sum(key[0] == task.pk for key in self.standing)
            held = task.active  # type: ignore[attr-defined]
            assert task.open_slots + held + judged == task.wanted
            assert task.wanted <= MOST

    @invariant()
    def what_was_judged_stands(self) -> None:
        found = standing_judgements().filter(project=self.project).values_list("pk", flat=True)
        assert set(found) == set(self.standing.values())
        verdicts = Comparison.objects.filter(project=self.project, retracted_at__isnull=True)
        assert verdicts.count() == len(self.standing)

    @invariant()
    def nobody_holds_too_much(self) -> None:
        active = Lease.objects.filter(project=self.project, ended_at__isnull=True)
        held = list(active.values_list("membership_id", "task_id"))
        assert len(held) == len(set(held))
        for person in self.people:
            assert sum(who == person.pk for who, _task in held) <= MOST_LEASES

    @invariant()
    def revisions_count_up(self) -> None:
        acts = Annotation.objects.filter(project=self.project)
        keys = list(acts.values_list("task_id", "membership_id", "round", "revision"))
        assert len(keys) == len(set(keys))

    def teardown(self) -> None:
        try:
            if hasattr(self, "queue"):
                self.drain()
            connection.check_constraints()
        finally:
            self.scene.__exit__(None, None, None)

    def drain(self) -> None:
        """With time and enough people everything is judged that was wanted, and nothing more."""
        self.requeue()
        Queue.objects.filter(pk=self.queue.pk).update(state=Queue.State.OPEN)
        later = timezone.now() + timedelta(days=1)
        for _ in range(MOST):
            newcomer = self.join()
            while lease := lease_next_task(queue=self.fresh(), membership=newcomer, now=later):
                key = uuid7()
                payload = {"choice": ["a"]}
                judged = submit_judgement(
                    lease=lease, membership=newcomer, payload=payload, idempotency_key=key
                )
                self.standing[lease.task_id, newcomer.pk] = judged.pk
        self.every_slot_is_somewhere()
        assert not Task.objects.filter(queue=self.queue, open_slots__gt=0).exists()


@pytest.mark.usefixtures("db")
def test_whatever_people_do_no_task_is_lost_stuck_or_judged_too_often():
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            # Shrinking replays hundreds of scenes against the database: ask for it by hand.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
