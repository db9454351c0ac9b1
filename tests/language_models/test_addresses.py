"""Where connections go: a name that points to a link-local address is refused when it is connected to, not before."""

import httpcore2
import pytest

from language_models.chat.addresses import AddressRefusedError, CheckedBackend, addresses_of, require_address
from language_models.chat.contract import ChatRequest, ChatUnavailableError
from language_models.chat.openai_client import OpenAIChatClient
from tests.language_models.chat_server import running_chat_server

ASKED = ChatRequest(messages=({"role": "user", "content": "Hello"},))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "::ffff:0:0",
        "::",
        "224.0.0.1",
        "240.0.0.1",
    ],
)
def test_an_address_where_no_model_stands_is_refused_behind_any_name(address: str) -> None:
    with pytest.raises(AddressRefusedError, match=r"The name models\.example points to"):
        require_address(address, host="models.example")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.5", "fd00::1", "203.0.113.9"])
def test_a_private_host_is_allowed_by_its_name(address: str) -> None:
    require_address(address, host="gpu-box.internal")


@pytest.mark.parametrize(("host", "address"), [("169.254.7.7", "169.254.7.7"), ("[fe80::1]", "fe80::1")])
def test_an_address_that_is_named_itself_is_allowed(host: str, address: str) -> None:
    require_address(address, host=host)


def test_a_name_that_points_elsewhere_later_is_refused_when_it_is_connected_to() -> None:
    with running_chat_server() as server:
        port = server.http.server_address[1]
        pointing = iter([["127.0.0.1"], ["169.254.169.254"]])
        client = OpenAIChatClient(
            base_url=f"http://models.example:{port}/v1",
            model="good",
            retries=0,
            resolve=lambda _host, _port: next(pointing),
        )
        assert client.complete(ASKED).text.startswith("You said: Hello")
        client._client.close()
        again = OpenAIChatClient(
            base_url=f"http://models.example:{port}/v1",
            model="good",
            retries=0,
            resolve=lambda _host, _port: next(pointing),
        )
        with pytest.raises(ChatUnavailableError, match="no model is asked"):
            again.complete(ASKED)
        assert len(server.asked) == 1


def test_one_refused_address_among_several_refuses_the_name() -> None:
    backend = CheckedBackend(resolve=lambda _host, _port: ["127.0.0.1", "169.254.169.254"])
    with pytest.raises(AddressRefusedError):
        backend.connect_tcp("models.example", 9)


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with running_chat_server() as server:
        port = server.http.server_address[1]
        backend = CheckedBackend(resolve=lambda _host, _port: ["127.0.0.9", "127.0.0.1"])
        backend.connect_tcp("models.example", port, timeout=5).close()


def test_a_name_that_nobody_knows_is_no_connection() -> None:
    with pytest.raises(httpcore2.ConnectError):
        addresses_of("no-such-host.invalid", 80)
