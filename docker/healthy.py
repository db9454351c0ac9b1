"""Says by its exit status whether a service of this container answers: `python docker/healthy.py web|embedder`."""

import os
import socket
import sys
from http.client import HTTPConnection
from pathlib import Path

SECONDS = 5


def web_answers() -> bool:
    """Ask /healthz as the proxy would: over HTTPS, under the first name that Harken is known by."""
    host = os.environ["HARKEN_ALLOWED_HOSTS"].split(",")[0]
    connection = HTTPConnection("127.0.0.1", 8000, timeout=SECONDS)
    connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def embedder_answers() -> bool:
    """Connect to the embedder's socket: it listens only once its model is loaded."""
    path = os.environ.get("HARKEN_EMBEDDER_SOCKET") or Path(os.environ["HARKEN_VAR"], "embedder.sock")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SECONDS)
        connection.connect(str(path))
    return True


if __name__ == "__main__":
    answers = {"web": web_answers, "embedder": embedder_answers}[sys.argv[1]]
    try:
        sys.exit(0 if answers() else 1)
    except OSError as error:
        sys.stderr.write(f"No answer: {error}\n")
        sys.exit(1)
