"""What the tests of runs share."""

from pathlib import Path

import pytest
from pytest_django import Settings

from curation.models import DatasetVersion, Project
from tests import cast
from tests.training_jobs.run_setup import make_base_model, make_version


@pytest.fixture
def artifacts(settings: Settings, tmp_path: Path) -> Path:
    """An artifact folder of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def base_model(artifacts: Path) -> str:
    """A folder that passes for a model."""
    return make_base_model(artifacts / "models" / "stand-in")


@pytest.fixture
def version(project: Project, artifacts: Path) -> DatasetVersion:
    """A frozen version of the shared project."""
    return make_version(project, train=6, validation=2, test=2)


@pytest.fixture
def committed_version(committed_db: None, artifacts: Path) -> DatasetVersion:
    """A frozen version that other threads and processes see."""
    return make_version(cast.make_project("shared"), train=6, validation=2, test=2)
