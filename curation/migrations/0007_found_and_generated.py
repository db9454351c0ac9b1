"""Tables of attachments, of finding (tags, vectors, words, views) and of generated answers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
import pgvector.django.halfvec
import pgvector.django.indexes
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0006_conversation_filters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sha256", models.CharField(max_length=64)),
                ("kept_sha256", models.CharField(blank=True, max_length=64)),
                ("media_type", models.CharField(max_length=100)),
                ("byte_size", models.BigIntegerField()),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("file", models.CharField(blank=True, max_length=255)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Enrichment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=60)),
                ("settings", models.JSONField(default=dict)),
                ("done_through", models.BigIntegerField(default=0)),
                ("conversation_count", models.BigIntegerField(default=0)),
                ("finding_count", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MessageAttachment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="MessageEmbedding",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("model", models.CharField(max_length=80)),
                ("vector", pgvector.django.halfvec.HalfVectorField(dimensions=384)),
            ],
        ),
        migrations.CreateModel(
            name="MessageWords",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("document", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name="ModelCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("request_hash", models.CharField(max_length=80)),
                ("purpose", models.CharField(max_length=40)),
                ("prompt_tokens", models.PositiveIntegerField(default=0)),
                ("completion_tokens", models.PositiveIntegerField(default=0)),
                ("cost", models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True)),
                ("seconds", models.FloatField(default=0.0)),
                ("reply", models.JSONField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ModelEndpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.SlugField(max_length=60, verbose_name="name")),
                ("base_url", models.CharField(max_length=300, verbose_name="address")),
                ("model", models.CharField(max_length=200, verbose_name="model")),
                (
                    "key_variable",
                    models.CharField(blank=True, max_length=80, verbose_name="variable that holds the key"),
                ),
                ("prompt_price", models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True)),
                (
                    "completion_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("parallel_requests", models.PositiveSmallIntegerField(default=4)),
                ("budget", models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ResponseSet",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("curation", "curation"), ("evaluation", "evaluation")],
                        default="curation",
                        max_length=12,
                    ),
                ),
                ("settings", models.JSONField(default=dict)),
                ("answers_per_prompt", models.PositiveSmallIntegerField(default=1)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ResponseSetEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("seed", models.BigIntegerField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("given", "given"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("error_sentence", models.TextField(blank=True)),
                ("prompt_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("completion_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("cost", models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120)),
                ("filters", models.JSONField(default=dict)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=60)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("enrichment", "found by an enrichment"),
                            ("person", "given by a person"),
                            ("source", "given by the source"),
                        ],
                        max_length=12,
                    ),
                ),
                ("detail", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120)),
                ("words", models.JSONField(default=list)),
                ("message_count", models.PositiveIntegerField(default=0)),
                ("conversation_count", models.PositiveIntegerField(default=0)),
                ("cohesion", models.FloatField(blank=True, null=True)),
                ("is_thin", models.BooleanField(default=False)),
                ("centre", pgvector.django.halfvec.HalfVectorField(dimensions=384)),
                ("x", models.FloatField(blank=True, null=True)),
                ("y", models.FloatField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="prefix",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="datasetrow",
            name="is_tie",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="datasetrow",
            name="ranked_list",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.rankedlist",
            ),
        ),
        migrations.AddField(
            model_name="datasetrow",
            name="rejected_prompt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.prompt",
            ),
        ),
        migrations.AddField(
            model_name="datasetrow",
            name="strength",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="datasetrowtext",
            name="rejected_prompt",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="commercial_use",
            field=models.CharField(
                choices=[("unknown", "not known"), ("allowed", "allowed"), ("forbidden", "forbidden")],
                default="unknown",
                max_length=9,
                verbose_name="commercial use",
            ),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undone_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="commercial_use",
            field=models.CharField(
                choices=[("unknown", "not known"), ("allowed", "allowed"), ("forbidden", "forbidden")],
                default="unknown",
                max_length=9,
                verbose_name="commercial use",
            ),
        ),
        migrations.AddField(
            model_name="preferencepair",
            name="is_candidate",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="datasetrow",
            name="chosen",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.response",
            ),
        ),
        migrations.AlterField(
            model_name="datasetrow",
            name="rejected",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.response",
            ),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="terms",
            field=models.CharField(blank=True, max_length=200, verbose_name="terms"),
        ),
        migrations.AddConstraint(
            model_name="datasetrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("chosen__isnull", False), ("rejected__isnull", False), _connector="OR"),
                name="datasetrow_has_a_side",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="enrichment",
            name="job",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="curation.job",
            ),
        ),
        migrations.AddField(
            model_name="enrichment",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="messageattachment",
            name="attachment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="carriers", to="curation.attachment"
            ),
        ),
        migrations.AddField(
            model_name="messageattachment",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="curation.message"
            ),
        ),
        migrations.AddField(
            model_name="messageattachment",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="messageembedding",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.conversation",
            ),
        ),
        migrations.AddField(
            model_name="messageembedding",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="embeddings", to="curation.message"
            ),
        ),
        migrations.AddField(
            model_name="messageembedding",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="messagewords",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.conversation",
            ),
        ),
        migrations.AddField(
            model_name="messagewords",
            name="message",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="words", to="curation.message"
            ),
        ),
        migrations.AddField(
            model_name="messagewords",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="modelcall",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="model_version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="endpoints",
                to="curation.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="modelcall",
            name="endpoint",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calls",
                to="curation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="responseset",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="responseset",
            name="job",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="response_set",
                to="curation.job",
            ),
        ),
        migrations.AddField(
            model_name="responseset",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="endpoint",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="model_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="curation.modelversion"
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="prompt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.prompt"
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="response",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="set_entries",
                to="curation.response",
            ),
        ),
        migrations.AddField(
            model_name="responsesetentry",
            name="response_set",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="curation.responseset",
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tags",
                to="curation.conversation",
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="message",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tags",
                to="curation.message",
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AddField(
            model_name="messageembedding",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="embeddings",
                to="curation.topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("project", "sha256"), name="attachment_once"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(("withdrawn_at__isnull", True), ("file", ""), _connector="OR"),
                name="attachment_withdrawn_has_no_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrichment",
            constraint=models.UniqueConstraint(fields=("project", "name", "version"), name="enrichment_once"),
        ),
        migrations.AddConstraint(
            model_name="messageattachment",
            constraint=models.UniqueConstraint(
                fields=("message", "attachment"), name="messageattachment_once"
            ),
        ),
        migrations.AddIndex(
            model_name="messagewords",
            index=models.Index(fields=["conversation"], name="messagewords_conversation"),
        ),
        migrations.AddIndex(
            model_name="messagewords",
            index=django.contrib.postgres.indexes.GinIndex(fields=["document"], name="messagewords_document"),
        ),
        migrations.AddConstraint(
            model_name="modelendpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("project", "name"),
                name="modelendpoint_name_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("parallel_requests__gte", 1)), name="modelendpoint_asks_at_least_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelcall",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "request_hash"), name="modelcall_once_per_request"
            ),
        ),
        migrations.AddConstraint(
            model_name="responseset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("project", "name"),
                name="responseset_name_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="responseset",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["curation", "evaluation"])),
                name="responseset_purpose_known",
            ),
        ),
        migrations.AddIndex(
            model_name="responsesetentry",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["response_set", "id"],
                name="responsesetentry_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="responsesetentry",
            constraint=models.UniqueConstraint(
                fields=("response_set", "prompt", "model_version", "number"), name="responsesetentry_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="responsesetentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "given"), _negated=True), ("response__isnull", False), _connector="OR"
                ),
                name="responsesetentry_given_has_response",
            ),
        ),
        migrations.AddConstraint(
            model_name="responsesetentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "given", "refused", "failed"])),
                name="responsesetentry_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("project", "name"),
                name="savedview_name_unique",
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(fields=["project", "name", "-conversation"], name="tag_by_name"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                fields=("conversation", "name", "message"), name="tag_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="messageembedding",
            index=models.Index(fields=["conversation"], name="messageembedding_conversation"),
        ),
        migrations.AddIndex(
            model_name="messageembedding",
            index=pgvector.django.indexes.HnswIndex(
                ef_construction=64,
                fields=["vector"],
                m=16,
                name="messageembedding_near",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="messageembedding",
            constraint=models.UniqueConstraint(fields=("message", "model"), name="messageembedding_once"),
        ),
    ]
