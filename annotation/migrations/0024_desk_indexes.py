"""Only indexes that the desk uses: with others beside them the server looks at every task of a queue for the next."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0023_ways_of_asking"),
        ("curation", "0032_sealed_endpoint_keys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="annotation",
            name="membership",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.membership",
            ),
        ),
        migrations.AlterField(
            model_name="annotation",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="annotations",
                to="annotation.task",
            ),
        ),
        migrations.AlterField(
            model_name="lease",
            name="membership",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="curation.membership",
            ),
        ),
        migrations.AlterField(
            model_name="lease",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="leases",
                to="annotation.task",
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="queue",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tasks",
                to="annotation.queue",
            ),
        ),
        migrations.AlterField(
            model_name="taskresponse",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="asked",
                to="annotation.task",
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["membership"], name="lease_in_hand"
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(fields=["task", "membership", "-id"], name="lease_of_person"),
        ),
    ]
