"""Choose prompts that nothing was trained on, and have models answer them as an evaluation set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, Project
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from curation.services.writing.answering import run_generation
from curation.services.writing.generation import estimated_cost, open_generation
from feedback_mining.services.held_out import CLUSTERS, PER_CLUSTER, choose_held_out, held_out_plan
from feedback_mining.services.tools import endpoint_named
from language_models.chat.contract import SamplingSettings
from language_models.embedders.process import running_embedder


class Command(HarkenCommand):
    help = (
        "Choose requests whose users made wishes plain, spread over what users ask by clusters and held out of every "
        "train split, and have endpoints answer them as an evaluation set."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how many prompts are chosen, and who answers them."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--clusters", type=int, default=CLUSTERS, metavar="K", help=f"default {CLUSTERS}")
        parser.add_argument(
            "--per-cluster",
            type=int,
            default=PER_CLUSTER,
            metavar="N",
            help=f"prompts nearest to each centre; default {PER_CLUSTER}",
        )
        parser.add_argument("--name", default="held out", help="what the set is called; default: held out")
        parser.add_argument(
            "--endpoint", required=True, action="append", metavar="NAME", help="may be given several times"
        )
        parser.add_argument("--temperature", type=float, default=0.7)
        parser.add_argument("--max-tokens", type=int, default=1024)
        parser.add_argument("--dry-run", action="store_true", help="choose and price, and ask nobody")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Choose, then ask in this process, with a progress bar."""
        project = ensure_project(slug=options["project"])
        writers = _named(project, options["endpoint"])
        with running_embedder(Path(settings.HARKEN_EMBEDDER_SOCKET)):
            choice = choose_held_out(
                project=project, clusters=options["clusters"], per_cluster=options["per_cluster"]
            )
        plan = held_out_plan(
            name=options["name"],
            choice=choice,
            writers=writers,
            settings=SamplingSettings(temperature=options["temperature"], max_tokens=options["max_tokens"]),
        )
        chosen = {
            "candidates": choice.candidates,
            "chosen": len(choice.messages),
            "clusters": len(choice.sizes),
            "left_out": dict(choice.left_out),
        }
        if options["dry_run"]:
            tokens, cost = estimated_cost(plan)
            return {**chosen, "answers": plan.entry_count, "tokens": tokens, "cost": cost}
        with progress_bar("answers", unit="answers") as listener:
            response_set = open_generation(project=project, plan=plan)
            return chosen | result_of(run_generation(job_id=response_set.job_id or 0, listener=listener))


def _named(project: Project, names: Sequence[str]) -> list[ModelEndpoint]:
    found = [endpoint_named(name, project=project) for name in dict.fromkeys(names)]
    if None in found:
        message = "An endpoint has a name. Give one of the project's: --endpoint NAME."
        raise HarkenError(message)
    return [endpoint for endpoint in found if endpoint is not None]
