"""Have a judge compare two models' answers in a response set."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, Project
from curation.services.access.people import ensure_project
from curation.services.judging.judging import run_judging
from curation.services.judging.runs import JudgeChoice, JudgePlan, open_judge_run, price_judging, two_models
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.services.evaluation import GUIDED, judge_plan, response_set_named
from feedback_mining.services.tools import endpoint_named
from language_models.judges import JUDGES


class Command(HarkenCommand):
    help = "Have a judge compare two models' answers to the prompts of a set, in both orders; prints the win rate."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the set, the judge, and through whom it is asked."""
        super().add_arguments(parser)
        parser.add_argument("set", help="name or uuid of the response set")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--judge", default=GUIDED, help=", ".join(JUDGES))
        parser.add_argument("--endpoint", required=True, help="the project's endpoint that is asked to judge")
        parser.add_argument(
            "--and-endpoint",
            action="append",
            default=[],
            metavar="NAME",
            help="a further endpoint: a juror, or the strong model of a cascade; may be given again",
        )
        parser.add_argument("--rubric", default="", help="what scores are about, for the judge rubric")
        parser.add_argument(
            "--model",
            action="append",
            default=[],
            metavar="NAME",
            help="given twice: the two models to compare, where the set has more",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what judging would cost, and ask nobody"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Judge in this process, with a progress bar; or say what judging would cost."""
        plan = _plan(ensure_project(slug=options["project"]), options)
        if options["dry_run"]:
            priced = price_judging(plan=plan)
            return {
                "pairs": priced.pairs,
                "with_checklist": priced.with_checklist,
                "left_out": dict(priced.left_out),
                **priced.expense.as_json(),
            }
        run = open_judge_run(plan=plan)
        with progress_bar("judging", unit="pairs") as listener:
            return result_of(run_judging(job_id=run.job_id or 0, listener=listener))


def _plan(project: Project, options: dict[str, Any]) -> JudgePlan:
    response_set = response_set_named(options["set"], project=project)
    return judge_plan(
        response_set=response_set,
        choice=JudgeChoice(
            judge=options["judge"],
            endpoint=_endpoint(project, options["endpoint"]),
            others=tuple(_endpoint(project, name) for name in options["and_endpoint"]),
            rubric=options["rubric"],
        ),
        models=two_models(response_set, names=options["model"]),
    )


def _endpoint(project: Project, name: str) -> ModelEndpoint:
    endpoint = endpoint_named(name, project=project)
    if endpoint is None:
        message = "A judge asks a language model. Name an endpoint of the project: --endpoint NAME."
        raise HarkenError(message)
    return endpoint
