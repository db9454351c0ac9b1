"""The rules that the database itself holds, whatever the code above it does."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from curation.models import AuditEvent, Conversation, Message, Project, ProjectRow, SourceUser
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.work.audit import record_event
from tests.cast import make_conversation, make_pair, make_project

PROJECT_MODELS = [model for model in apps.get_models() if issubclass(model, ProjectRow)]
RELATIONS = [
    (model._meta.db_table, field.column)
    for model in PROJECT_MODELS
    for field in model._meta.concrete_fields
    if field.is_relation and field.name != "project" and issubclass(field.related_model, ProjectRow)
]


def columns_of_composite_keys(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]"
            " WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND array_length(c.conkey, 1) = 2",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "column"), RELATIONS, ids=[".".join(relation) for relation in RELATIONS])
def test_every_relation_between_rows_of_projects_stays_within_one(table, column):
    assert column in columns_of_composite_keys(table)


def test_a_message_cannot_belong_to_another_project_s_conversation(project):
    stranger = make_conversation(make_project("other"), [("user", "Hello?")])
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.create(project=project, conversation=stranger, position=9, role="user", text="x")
        connection.check_constraints()


def test_the_app_s_role_owns_no_table(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, count(*) FROM pg_tables WHERE tableowner = current_user GROUP BY 1"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == settings.DATABASES["default"]["USER"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE stranger (id int)",
        "ALTER TABLE curation_datasetrow DISABLE TRIGGER ALL",
        "DROP TABLE curation_auditevent",
        "SET session_replication_role = replica",
        "SET ROLE harken_owner",
    ],
)
def test_the_app_s_role_cannot_step_over_the_guards(db, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE curation_auditevent SET action = 'x'",
        "DELETE FROM curation_auditevent",
        "TRUNCATE curation_auditevent",
    ],
)
@pytest.mark.parametrize("unlocked", ["off", "on"])
def test_the_audit_trail_is_only_ever_added_to(project, statement, unlocked):
    record_event(action="test.done", project=project)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL harken.unlocked = '{unlocked}'")
        cursor.execute(statement)


def test_a_purge_removes_a_project_with_its_frozen_versions_and_keeps_the_audit(project):
    make_pair(project)
    freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    kept = make_conversation(make_project("kept"), [("user", "Hello?")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT harken_purge_project(%s)", [project.pk])
    connection.check_constraints()
    assert not Project.objects.filter(pk=project.pk).exists()
    assert AuditEvent.objects.filter(project_uuid=project.uuid).exists()
    assert Conversation.objects.get() == kept


def test_the_same_text_from_two_known_users_is_two_conversations(project):
    one, other = (SourceUser.objects.create(project=project, pseudonym=name) for name in "ab")
    first = make_conversation(project, [("user", "Hello?")])
    for user in (one, other):
        Conversation.objects.create(
            project=project, batch=first.batch, content_hash=first.content_hash, source_user=user
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Conversation.objects.create(project=project, batch=first.batch, content_hash=first.content_hash)


@pytest.mark.parametrize("model", PROJECT_MODELS, ids=lambda model: model._meta.label)
def test_ids_in_addresses_are_uuid7(model):
    assert model._meta.get_field("uuid").get_default().version == 7


def test_times_are_stored_with_their_zone(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type = 'timestamp without time zone'"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("value", ["'NaN'", "'Infinity'", "'-Infinity'"])
def test_a_score_that_is_no_number_is_refused(project, value):
    message = make_conversation(project, [("user", "Hello?")]).messages.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO curation_scorer (uuid, created_at, project_id, name, version, kind, specification)"
            " VALUES (gen_random_uuid(), now(), %s, 's', '1', 'source', '{}') RETURNING id",
            [project.pk],
        )
        scorer = cursor.fetchone()[0]
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                "INSERT INTO curation_score (uuid, created_at, project_id, scorer_id, message_id, value)"
                f" VALUES (gen_random_uuid(), now(), %s, %s, %s, {value})",
                [project.pk, scorer, message.pk],
            )
