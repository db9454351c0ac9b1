"""The connection: one token, one project, errors in sentences."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from harken.errors import HarkenError

# A server that restarts is back within this; only reading is tried again.
TRIES = 4
PAUSE_SECONDS = 0.5
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Connection:
    """Sends requests of one project and reads their answers."""

    def __init__(
        self, url: str, *, token: str, project: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.project = project
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/projects/{project}",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=TIMEOUT,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what the server answers to a question; it is asked again where no answer came."""
        wanted = {name: value for name, value in parameters.items() if value is not None}
        for number in range(TRIES):
            try:
                return self._ask("GET", path, params=wanted)
            except HarkenError as error:
                if number == TRIES - 1 or error.status not in (0, 502, 503, 504):
                    raise
                time.sleep(PAUSE_SECONDS * 2**number)
        raise AssertionError("the last try returns or raises")

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Have something done, once."""
        return self._ask(method, path, **options)

    def pages(self, path: str, *, key: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Yield every element of a list, page after page."""
        following: str | None = None
        while True:
            page = self.get(path, **{**parameters, key: following})
            yield from page["items"]
            following = page["next"]
            if following is None:
                return

    def stream(self, path: str, *, start: int) -> Any:
        """Open a file from a byte on."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        return self._http.stream("GET", path, headers=headers)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise HarkenError(f"The server did not answer: {error}.") from error
        if response.is_success:
            return response.json()
        raise HarkenError(sentence_of(response), status=response.status_code)


def sentence_of(response: httpx.Response) -> str:
    """Return what the server says of a request that it did not do."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {response.status_code} {response.reason_phrase}."
