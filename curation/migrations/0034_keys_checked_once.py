"""Keys of judgements that a composite key says already: each was checked twice."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0033_scores_of_judges"),
    ]

    operations = [
        migrations.AlterField(
            model_name="comparison",
            name="pair",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="comparisons",
                to="curation.preferencepair",
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="project",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.project",
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="response_a",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.response",
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="response_b",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.response",
            ),
        ),
    ]
