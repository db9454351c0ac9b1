"""What the models of a project are called."""

from curation.models import ModelVersion


def model_names_of(project_id: int) -> list[str]:
    """Return the names of the project's models, each once; one query."""
    rows = ModelVersion.objects.filter(project_id=project_id).order_by("name")
    return list(rows.values_list("name", flat=True).distinct())
