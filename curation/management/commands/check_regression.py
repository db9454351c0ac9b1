"""Say whether a newer model fails a measure more often than an older one."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from curation.domain.errors import HarkenError
from curation.domain.scoring.guards import parse_guard
from curation.models import ModelVersion, Project, ResponseSet
from curation.queries.scoring.measures import scorers_named
from curation.queries.scoring.regressions import RegressionReport, compare_models
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand

WORSE = 1


class Command(HarkenCommand):
    """Compares two models' answers of a response set, criterion by criterion."""

    help = "Compare two models' answers of a response set by a frozen measure; --gate ends with status 1 where worse."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the set, the measure and the models."""
        super().add_arguments(parser)
        parser.add_argument("response_set", help="name of the response set that both answered")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--measure", required=True, help="NAME or NAME@VERSION")
        parser.add_argument("--before", required=True, metavar="MODEL", help="the older model's name")
        parser.add_argument("--after", required=True, metavar="MODEL", help="the newer model's name")
        parser.add_argument(
            "--tolerated", type=float, default=0.0, help="how much more often it may fail, in [0, 1]"
        )
        parser.add_argument("--gate", action="store_true", help="end with exit status 1 where it is worse")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Report first, then end as a gate does."""
        super().handle(*arguments, **options)
        if options["gate"] and self._is_worse:
            message = "The newer model fails more often than is tolerated."
            raise CommandError(message, returncode=WORSE)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Compare, and remember the verdict for the gate."""
        project = ensure_project(slug=options["project"])
        guard = parse_guard(options["measure"], field="measure")
        response_set = _set_named(project, options["response_set"])
        report = compare_models(
            response_set,
            scorer=scorers_named(project, [guard])[guard],
            before=_model_named(response_set, options["before"]),
            after=_model_named(response_set, options["after"]),
            tolerated=options["tolerated"],
        )
        self._is_worse = report.is_worse
        self._report: RegressionReport = report
        return report.as_json()

    def tell(self, report: dict[str, Any]) -> None:
        """Print a line a criterion."""
        for line in report["criteria"]:
            name = line["criterion"] or "all together"
            self.stdout.write(f"{name:<32} {_said(line)}")
        if report["unscored"]:
            self.stdout.write(f"{report['unscored']} answers are not scored; `score_responses` scores them.")


def _said(line: dict[str, Any]) -> str:
    if line["interval"] is None:
        return f"undefined: both models answered {line['prompts']} scored prompts"
    low, high = line["interval"]
    return (
        f"{100 * line['difference']:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f}), "
        f"{line['prompts']} prompts: {line['verdict']}"
    )


def _set_named(project: Project, name: str) -> ResponseSet:
    found = ResponseSet.objects.for_project(project).filter(name=name, archived_at__isnull=True).first()
    if found is None:
        message = f"{project.slug} has no response set named {name}."
        raise HarkenError(message)
    return found


def _model_named(response_set: ResponseSet, name: str) -> ModelVersion:
    models = ModelVersion.objects.for_project(response_set.project).filter(name=name)
    found = models.filter(pk__in=response_set.entries.values("model_version")).order_by("-id").first()
    if found is None:
        known = response_set.entries.values_list("model_version__name", flat=True).distinct()
        message = f"No model named {name} answered {response_set.name}. Known: {', '.join(sorted(known)) or 'none'}."
        raise HarkenError(message)
    return found
