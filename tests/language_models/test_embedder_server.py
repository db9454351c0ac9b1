import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from language_models.embedders import EmbedderUnavailableError, frames
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.local import LocalEmbedder
from language_models.embedders.server import listen
from tests.language_models.embedder_process import running_server


@pytest.fixture(scope="module")
def server_path() -> Iterator[Path]:
    with running_server() as (path, _):
        yield path


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harken-") as folder:
        yield Path(folder)


def ask_raw(path: Path, content: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(content)
        return connection.recv(4096)


def test_vectors_over_the_socket_are_those_of_the_model(server_path: Path) -> None:
    texts = ["Please answer in French.", "No, that is wrong."]
    np.testing.assert_allclose(
        SocketEmbedder(server_path).embed(texts), LocalEmbedder().embed(texts), atol=1e-5
    )


def test_health_names_model_dimension_and_type(server_path: Path) -> None:
    health = SocketEmbedder(server_path).health()
    assert (health["model_name"], health["dimension"], health["dtype"]) == (
        "all-MiniLM-L6-v2",
        384,
        "float32",
    )


def test_only_the_owner_may_open_the_socket(server_path: Path) -> None:
    assert stat.S_IMODE(server_path.stat().st_mode) == 0o600


def test_many_callers_at_once_each_get_their_own_vectors(server_path: Path) -> None:
    embedder = SocketEmbedder(server_path)
    texts = [f"question {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        together = np.concatenate(list(threads.map(lambda text: embedder.embed([text]), texts)))
    np.testing.assert_allclose(together, embedder.embed(texts), atol=1e-5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xff\xff\xff", b"above the limit"),
        (b"\x00\x00\x00\x03abc", b"does not hold JSON"),
        (b"\x00\x00\x00\x02[]", b"not an object"),
        (frames.pack({"texts": "one"}), b"A request is"),
        (frames.pack({"texts": [1]}), b"A request is"),
        (frames.pack({"texts": ["x"] * 257}), b"may hold 256 texts"),
    ],
)
def test_nonsense_is_answered_with_a_sentence_and_the_server_lives_on(
    server_path: Path, content: bytes, words: bytes
) -> None:
    assert words in ask_raw(server_path, content)
    assert len(SocketEmbedder(server_path).embed(["still there"])) == 1


def test_a_client_that_leaves_in_the_middle_does_no_harm(server_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server_path))
        connection.sendall(b"\x00\x00\x10\x00half")
    assert len(SocketEmbedder(server_path).embed(["still there"])) == 1


def test_a_second_server_on_the_same_socket_is_refused(server_path: Path) -> None:
    with pytest.raises(EmbedderUnavailableError, match=r"listens on .* already"):
        listen(server_path)


def test_sigterm_ends_the_server_cleanly_and_removes_the_socket() -> None:
    with running_server() as (path, server):
        idle = socket.socket(socket.AF_UNIX)
        idle.connect(str(path))
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
        assert not path.exists()
        idle.close()


def test_without_a_server_the_sentence_names_the_command(short_folder: Path) -> None:
    path = short_folder / "none.sock"
    with pytest.raises(EmbedderUnavailableError) as refusal:
        SocketEmbedder(path).embed(["x"])
    assert f"python -m language_models.embedders.server --socket {path}" in str(refusal.value)


def test_a_server_that_hangs_is_given_up(short_folder: Path) -> None:
    with listen(short_folder / "mute.sock"), pytest.raises(EmbedderUnavailableError, match="timed out"):
        SocketEmbedder(short_folder / "mute.sock", reply_seconds=0.2).embed(["x"])


def test_the_socket_of_a_dead_server_is_replaced(short_folder: Path) -> None:
    path = short_folder / "stale.sock"
    listen(path).close()
    with listen(path):
        assert path.is_socket()


def test_a_file_in_the_way_is_left_alone(short_folder: Path) -> None:
    path = short_folder / "notes.txt"
    path.write_text("mine")
    with pytest.raises(EmbedderUnavailableError, match="is no socket"):
        listen(path)
    assert path.read_text() == "mine"


def test_a_path_that_the_system_cannot_bind_is_refused_in_words(short_folder: Path) -> None:
    with pytest.raises(EmbedderUnavailableError, match="Name a shorter one"):
        listen(short_folder / ("x" * 120))


def test_a_folder_without_a_model_ends_the_server_with_a_sentence(short_folder: Path) -> None:
    command = [sys.executable, "-m", "language_models.embedders.server", "--model", str(short_folder)]
    ended = subprocess.run(
        [*command, "--socket", str(short_folder / "s")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "There are no weights" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_client_and_the_package_import_no_torch() -> None:
    modules = "language_models.embedders.client, language_models.embedders.local"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"
