"""The sweep: one step that fails ends neither the others nor the sweeping."""

import pytest
from django.core.management import call_command
from django.db import OperationalError

from config.management.commands import sweep


@pytest.mark.parametrize(
    "error", [OperationalError("the database is away"), ImportError("a guest's plug-in")]
)
def test_a_step_that_fails_ends_no_other(db, monkeypatch, error):
    done = []

    def failing():
        raise error

    def working():
        done.append("swept")

    monkeypatch.setattr(sweep, "STEPS", (failing, working))
    call_command("sweep", once=True)
    assert done == ["swept"]
