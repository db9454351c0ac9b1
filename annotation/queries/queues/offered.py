"""What a project has to fill a queue with, by the names that a queue's source keeps."""

from django.utils.translation import gettext as _

from curation.models import DatasetVersion, PreferencePair, Project, ResponseSet
from curation.queries.writing.generation import response_sets
from curation.services.writing.set_pairs import BEGINNING as SET
from curation.services.writing.set_pairs import set_recipe

# Of a response set, only the pairs of what models wrote: without the logged answer.
ONLY_WRITTEN = "+written"
MOST_VERSIONS = 20


def offered_sources(project: Project) -> list[tuple[str, str]]:
    """Return (name, words) of the recipes, response sets and dataset versions of a project."""
    return [*_recipes(project), *_sets(project), *_versions(project)]


def _recipes(project: Project) -> list[tuple[str, str]]:
    pairs = PreferencePair.objects.for_project(project).exclude(recipe="").exclude(recipe__startswith=SET)
    names = pairs.order_by("recipe").values_list("recipe", flat=True).distinct()
    return [(f"recipe:{name}", _("pairs of the recipe %(name)s") % {"name": name}) for name in names]


def _sets(project: Project) -> list[tuple[str, str]]:
    return [choice for each in response_sets(project) for choice in _of_set(each)]


def _of_set(response_set: ResponseSet) -> list[tuple[str, str]]:
    """Return a set twice: with the logged answers, and what models wrote alone, as base against tuned."""
    name, title = set_recipe(response_set.uuid), {"name": response_set.name}
    if response_set.purpose == ResponseSet.Purpose.EVALUATION:
        alone = _("blind evaluation of %(name)s: model against model") % title
    else:
        alone = _("answers of %(name)s, without the logged ones") % title
    return [(name, _("answers of %(name)s") % title), (name + ONLY_WRITTEN, alone)]


def _versions(project: Project) -> list[tuple[str, str]]:
    frozen = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    newest = frozen.select_related("dataset").order_by("-id")[:MOST_VERSIONS]
    return [(f"version:{each.uuid}", _("dataset version %(name)s") % {"name": each}) for each in newest]
