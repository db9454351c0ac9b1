"""Foreign keys point down, as imports do."""

from django.apps import apps

from tests.house.source import APPS

# Lower numbers carry higher ones; apps of the same number do not know each other.
FLOOR = {"curation": 0, "feedback_mining": 1, "annotation": 2, "training_jobs": 2}
# Training sees curation only: it knows nothing of where labels came from.
TRAINING_MAY_SEE = {"curation", "training_jobs"}


def relations() -> list[tuple[str, str, str]]:
    """Return (app, target app, name) of every relation between models of ours."""
    return [
        (model._meta.app_label, field.related_model._meta.app_label, f"{model.__name__}.{field.name}")
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if model._meta.app_label in APPS
        and field.is_relation
        and field.concrete
        and field.related_model
        and not isinstance(field.related_model, str)
    ]


def test_no_relation_points_upward_or_sideways() -> None:
    ours = [(app, target, name) for app, target, name in relations() if target in FLOOR]
    assert ours
    assert [name for app, target, name in ours if app != target and FLOOR[target] >= FLOOR[app]] == []


def test_training_relates_to_curation_alone() -> None:
    seen = {target for app, target, _ in relations() if app == "training_jobs"}
    assert seen <= TRAINING_MAY_SEE
