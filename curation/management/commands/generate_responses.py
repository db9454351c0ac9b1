"""Have models answer the prompts of a project."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, Project
from curation.queries.writing.generation import endpoints_of, newest_prompts
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from curation.services.writing.answering import run_generation
from curation.services.writing.generation import GenerationPlan, open_generation
from language_models.chat.contract import SamplingSettings


class Command(HarkenCommand):
    """Makes a response set."""

    help = "Have endpoints answer the last question of the newest conversations, as a response set."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the prompts, the endpoints and the settings."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--name", required=True, help="what the set is called")
        parser.add_argument(
            "--endpoint", required=True, action="append", metavar="NAME", help="may be given several times"
        )
        parser.add_argument("--prompts", type=int, default=100, metavar="N", help="at most; default 100")
        parser.add_argument("--answers", type=int, default=1, metavar="K", help="of each endpoint; default 1")
        parser.add_argument("--temperature", type=float, default=1.0)
        parser.add_argument("--max-tokens", type=int, default=1024)
        parser.add_argument("--seed", type=int, default=7)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Ask in this process, with a progress bar."""
        project = ensure_project(slug=options["project"])
        plan = GenerationPlan(
            name=options["name"],
            prompts=newest_prompts(project, limit=max(0, options["prompts"])),
            writers=_named(project, options["endpoint"]),
            answers=options["answers"],
            settings=SamplingSettings(temperature=options["temperature"], max_tokens=options["max_tokens"]),
            seed=options["seed"],
        )
        with progress_bar("answers", unit="answers") as listener:
            response_set = open_generation(project=project, plan=plan)
            return result_of(run_generation(job_id=response_set.job_id or 0, listener=listener))


def _named(project: Project, names: list[str]) -> list[ModelEndpoint]:
    known = {endpoint.name: endpoint for endpoint in endpoints_of(project)}
    missing = [name for name in names if name not in known]
    if missing:
        raise HarkenError(
            f"{project.slug} has no endpoint named {', '.join(missing)}. Known: {', '.join(sorted(known)) or 'none'}."
            " Endpoints are added on the page Models."
        )
    return [known[name] for name in dict.fromkeys(names)]
