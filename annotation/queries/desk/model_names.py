"""What the models of a project are called."""

from django.core.cache import cache

from curation.models import ModelVersion

KEPT_SECONDS = 30


def model_names_of(project_id: int) -> list[str]:
    """Return the names of the project's models, each once; kept for half a minute, for every task asks."""
    key = f"annotation.model_names.{project_id}"
    names: list[str] | None = cache.get(key)
    if names is None:
        rows = ModelVersion.objects.filter(project_id=project_id).order_by("name")
        names = list(rows.values_list("name", flat=True).distinct())
        cache.set(key, names, timeout=KEPT_SECONDS)
    return names
