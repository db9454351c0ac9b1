"""Long work on the server, watched from here."""

import time
from typing import Any

from tqdm.auto import tqdm

from harken.connection import Connection
from harken.errors import JobFailedError

ASK_EVERY_SECONDS = 0.5
ENDED = ("succeeded", "failed", "cancelled")


class Job:
    """A job and how far it was when it was last asked for."""

    def __init__(self, connection: Connection, state: dict[str, Any]) -> None:
        self._connection = connection
        self.state = state

    @property
    def id(self) -> str:
        """The job's id."""
        return str(self.state["id"])

    @property
    def result(self) -> dict[str, Any]:
        """What came of it."""
        return dict(self.state["result"])

    def refresh(self) -> "Job":
        """Ask how far it is."""
        self.state = self._connection.get(f"/jobs/{self.id}")
        return self

    def cancel(self) -> "Job":
        """Ask it to stop."""
        self.state = self._connection.send("POST", f"/jobs/{self.id}/cancel")
        return self

    def wait(self, *, progress: bool = True, timeout: float | None = None) -> "Job":
        """Return when it has ended well; raises JobFailedError otherwise, TimeoutError after `timeout` seconds."""
        begun = time.monotonic()
        with tqdm(desc=str(self.state["kind"]), unit=f" {self.state['unit']}", disable=not progress) as bar:
            while self._show(bar)["state"] not in ENDED:
                if timeout is not None and time.monotonic() - begun > timeout:
                    raise TimeoutError(f"The job {self.id} has not ended within {timeout:g} s.")
                time.sleep(ASK_EVERY_SECONDS)
                self.refresh()
        if self.state["state"] != "succeeded":
            raise JobFailedError(self.state["error"] or f"The job was {self.state['state']}.")
        return self

    def _show(self, bar: Any) -> dict[str, Any]:
        bar.total = self.state["total"]
        bar.n = self.state["done"]
        bar.refresh()
        return self.state
