"""Sending a version to a hub, where whoever runs Harken allows it: a bundle's folder as a repository of a dataset."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.exporters.validating import Validation
from curation.models import DatasetVersion, User
from curation.queries.versions.version_rows import readable_rows
from curation.services.exporters.export_files import write_folder
from curation.services.exporters.export_requests import ExportRequest, check_request
from curation.services.work.audit import record_event


class HubClient(Protocol):
    """What is asked of a hub; `huggingface_hub.HfApi` fits."""

    def create_repo(self, *, repo_id: str, repo_type: str, private: bool, exist_ok: bool, token: str) -> Any:
        """Make a repository, or find it made."""
        ...

    def repo_info(self, *, repo_id: str, repo_type: str, token: str) -> Any:
        """Return what a repository is; `private` says whether others see it."""
        ...

    def upload_folder(
        self,
        *,
        repo_id: str,
        folder_path: Path,
        repo_type: str,
        commit_message: str,
        delete_patterns: str,
        token: str,
    ) -> Any:
        """Put the files of a folder into a repository, in one commit that deletes the others that match."""
        ...


def push_version(
    *,
    version: DatasetVersion,
    wanted: ExportRequest,
    repository: str,
    token_variable: str,
    actor: User | None = None,
    client: HubClient | None = None,
) -> int:
    """Make a version's bundle the content of a private repository of a dataset; returns how many records went.

    Raises HarkenError, in a sentence, where sending is not allowed, the token is not set, the repository is public,
    or the hub refuses or does not answer.
    """
    token = _token(token_variable)
    check_request(wanted, version=version)
    with TemporaryDirectory() as name:
        folder = Path(name)
        held = write_folder(version, wanted=wanted, folder=folder, passing=iter, validation=Validation())
        if readable_rows(version, splits=wanted.wanted_splits).count() != held.read:
            raise HarkenError(
                _("A conversation was withdrawn meanwhile, so nothing was sent. Send it again.")
            )
        _send(
            client or _hub_client(), folder=folder, repository=repository, message=str(version), token=token
        )
    details = {"repository": repository, "format": wanted.format_name, "files": held.files}
    record_event(
        action="dataset.pushed", project=version.project, actor=actor, target=version, details=details
    )
    return sum(held.files.values())


def _token(variable: str) -> str:
    if not settings.HARKEN_ALLOW_HUB:
        raise HarkenError(
            _("Nothing is sent to a hub here. Whoever runs Harken sets HARKEN_ALLOW_HUB=1 to allow it.")
        )
    tokens: dict[str, str] = settings.HARKEN_HUB_TOKENS
    if variable not in tokens:
        raise HarkenError(
            _(
                "The variable %(name)s holds no token. Set one whose name begins with HARKEN_HUB_TOKEN_ and name it."
            )
            % {"name": variable[:80]}
        )
    return tokens[variable]


def _send(client: HubClient, *, folder: Path, repository: str, message: str, token: str) -> None:
    # Loaded when it is used: most installations never send anything.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    there: dict[str, Any] = {"repo_id": repository, "repo_type": "dataset", "token": token}
    try:
        client.create_repo(**there, private=True, exist_ok=True)
        # A repository that existed keeps what it is, whatever was asked for.
        if client.repo_info(**there).private is not True:
            raise HarkenError(
                _(
                    "%(repository)s can be seen by others, so nothing was sent. Make it private, or name another."
                )
                % {"repository": repository[:120]}
            )
        # What an earlier version left under other names would be read as part of this one.
        client.upload_folder(**there, folder_path=folder, commit_message=message, delete_patterns="*")
    except (HTTPError, OSError, ValueError) as error:
        # Errors of the hub's library are kinds of these; their text may hold addresses and tokens.
        raise HarkenError(
            _("The hub did not take %(repository)s (%(kind)s). Check its name, the token and the network.")
            % {"repository": repository[:120], "kind": type(error).__name__}
        ) from error


def _hub_client() -> HubClient:
    # Loaded when it is used: most installations never send anything.
    from huggingface_hub import HfApi

    client: HubClient = HfApi()
    return client
