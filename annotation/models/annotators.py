"""Models that answer as annotators of their own kind: never a person, never counted with people."""

from __future__ import annotations

from django.db import models

from curation.models import Membership, ProjectQuerySet, ProjectRow


class ModelAnnotator(ProjectRow):
    """A model that answers under the protocols of queues.

    Its membership gives it a pseudonym, and nobody can sign in under it.
    """

    name = models.CharField(max_length=120)
    # What it was asked with: endpoint, model, temperature, prompt.
    configuration = models.JSONField(default=dict, blank=True)
    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="model_annotator")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="modelannotator_name_unique")]

    def __str__(self) -> str:
        return self.name
