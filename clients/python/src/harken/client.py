"""One project of a Harken installation."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from harken.connection import Connection
from harken.errors import HarkenError
from harken.jobs import Job
from harken.versions import Version

DEFAULT_URL = "http://127.0.0.1:8000"


class Harken:
    """A project, opened by a token; a context manager closes the connection.

    `url` and `token` are read from HARKEN_URL and HARKEN_TOKEN where they are not given. Raises HarkenError for
    whatever is not done, in the server's words.
    """

    def __init__(
        self,
        url: str = "",
        *,
        project: str,
        token: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        secret = token or os.environ.get("HARKEN_TOKEN", "")
        if not secret:
            raise HarkenError(
                "Give a token, or set HARKEN_TOKEN. It is made on the project's page API tokens."
            )
        address = url or os.environ.get("HARKEN_URL", DEFAULT_URL)
        self._connection = Connection(address, token=secret, project=project, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def import_file(
        self,
        path: str | Path,
        *,
        format: str = "auto",  # noqa: A002
        licence: str = "",
        consent: str = "",
        wait: bool = False,
        progress: bool = True,
    ) -> Job:
        """Send a file and have it imported; with `wait`, return when it is read. The job's result counts records."""
        place = Path(path)
        fields = {"format": format, "licence": licence, "consent": consent}
        with place.open("rb") as file:
            batch = self._connection.send("POST", "/imports", data=fields, files={"file": (place.name, file)})
        job = Job(self._connection, batch["job"])
        return job.wait(progress=progress) if wait else job

    def push(self, content: str | bytes, *, format: str, key: str = "") -> dict[str, Any]:  # noqa: A002
        """Send traces or chats to be stored at once; the same key, or the same content, again changes nothing."""
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        return dict(self._connection.send("POST", f"/push/{format}", content=content, headers=headers))

    def imports(self) -> Iterator[dict[str, Any]]:
        """Yield the imports, newest first."""
        return self._connection.pages("/imports", key="before")

    def conversations(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """Yield the conversations that the filters leave (language, model, tags, …), newest first, without text."""
        return self._connection.pages("/conversations", key="before", **filters)

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation with its turns."""
        return dict(self._connection.get(f"/conversations/{conversation_id}"))

    def search(self, question: str, *, by: str = "words", **filters: Any) -> list[dict[str, Any]]:
        """Return the messages that a search by "words", by "text" or by "meaning" finds, at most 100."""
        return list(self._connection.get("/conversations/search", q=question, by=by, **filters)["items"])

    def datasets(self) -> list[dict[str, Any]]:
        """Return the datasets by name."""
        return list(self._connection.get("/datasets"))

    def versions(self, dataset: str) -> list[Version]:
        """Return the frozen versions of a dataset, newest first."""
        return [
            Version(self._connection, facts)
            for facts in self._connection.get(f"/datasets/{dataset}/versions")
        ]

    def version(self, name: str) -> Version:
        """Return the version that `name@number` names."""
        dataset, _at, _number = name.partition("@")
        found = [version for version in self.versions(dataset) if version.facts["name"] == name]
        if not found:
            raise HarkenError(f"There is no version {name}.", status=404)
        return found[0]

    def freeze(
        self, dataset: str, *, recipe: Mapping[str, Any] | None = None, progress: bool = True
    ) -> Version:
        """Freeze the next version of a dataset, made where it is new; a recipe given replaces the one it had."""
        self._connection.send("PUT", f"/datasets/{dataset}", json={"recipe": recipe})
        state = self._connection.send("POST", f"/datasets/{dataset}/versions")
        result = Job(self._connection, state).wait(progress=progress).result
        return self.version(f"{result['dataset']}@{result['version']}")
