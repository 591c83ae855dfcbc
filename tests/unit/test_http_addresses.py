"""We connect only to addresses that were checked: all of them, every time."""

import ipaddress
import socket

import pytest

from connectors.addresses import addresses_of, ascii_host, check, dial, is_public
from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from tests.fault.server import FaultServer, whole


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//example.com/",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
        "http://",
        "http://user@example.com/",
        "http://example.com\\@10.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: x",
        "http://example.com/%0D%0AHost:%20x",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://" + "a" * 64 + ".com/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://db.localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd12::1]/",
        "http://10.1.2.3/",
        "http://100.64.0.1/",
        "http://169.254.169.254/",
        "http://192.168.0.1./",
        "http://224.0.0.251/",
        "http://0.0.0.0/",
    ],
)
def test_an_address_that_leads_inside_or_nowhere_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        check(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/?u=http://127.0.0.1/", "example.com"),
        ("https://EXAMPLE.com.:443/%2e%2e/", "example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("https://[2606:4700::1111]/", "2606:4700::1111"),
        ("https://my_host.example/", "my_host.example"),
    ],
)
def test_an_address_on_the_open_web_is_read(url: str, host: str) -> None:
    assert check(url) == host


def test_a_configured_server_may_be_at_home() -> None:
    assert check("http://127.0.0.1:8080/feed", private_ok=True) == "127.0.0.1"
    with pytest.raises(Rejected):
        check("http://127.1/", private_ok=True)


@pytest.mark.parametrize("text", ["192.0.2.1", "198.18.0.1", "255.255.255.255", "::", "fec0::1", "ff02::1", "::7f00:1"])
def test_reserved_addresses_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


def test_an_unfinished_name_is_no_host() -> None:
    with pytest.raises(Rejected):
        ascii_host("a..b")


def test_one_private_address_among_many_spoils_all() -> None:
    with pytest.raises(Rejected, match="private network"):
        dial("a.test", 80, resolve=lambda host, port: ["93.184.216.34", "10.0.0.5"])
    with pytest.raises(Rejected, match="private network"):
        Http(resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"]).get("http://a.test/")


def test_we_connect_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time gains nothing: there is no second time."""
    looks: list[str] = []

    def rebind(host: str, port: int) -> list[str]:
        looks.append(host)
        return ["93.184.216.34"] if len(looks) == 1 else ["127.0.0.1"]

    reached: list[str] = []

    def connect(address: tuple[str, int], *rest: object, **more: object) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unavailable):
        Http(resolve=rebind).get("http://rebind.test/")
    assert (looks, reached) == (["rebind.test"], ["93.184.216.34"])


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with FaultServer(whole(200, b'"ok"')) as server:
        door = Http(private_ok=True, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
        answer = door.get(f"http://shop.test:{server.port}/")
        door.close()
    assert answer.json() == "ok"
    assert server.seen[0].headers["host"] == f"shop.test:{server.port}"


def test_a_name_without_an_address_is_tried_later() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(Unavailable, match="looked up"):
        Http(resolve=nowhere).get("https://nowhere.test/?token=s3cret")
    with pytest.raises(Unavailable, match="no address"):
        Http(resolve=lambda host, port: []).get("https://nowhere.test/")


def test_a_socket_for_others_is_checked_too() -> None:
    with FaultServer(whole()) as server, dial("127.0.0.1", server.port, private_ok=True) as connection:
        assert connection.getpeername()[1] == server.port
    with pytest.raises(Unavailable):
        dial("127.0.0.1", server.port, private_ok=True)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1",
                "::ffff:169.254.169.254", "0.0.0.0"],
)  # fmt: skip
def test_a_cloud_s_own_door_is_refused_even_where_private_servers_are_allowed(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Rejected, match="credentials"):
        check(f"http://{host}/latest/meta-data", private_ok=True)
    with pytest.raises(Rejected, match="credentials"):
        addresses_of(
            "inner.example", 80, timeout_s=5, private_ok=True, resolve=lambda _host, _port: ["10.0.0.1", address]
        )


def test_a_server_of_one_s_own_is_reached_where_private_servers_are_allowed() -> None:
    there = addresses_of("in.example", 80, timeout_s=5, private_ok=True, resolve=lambda *_: ["10.0.0.1"])
    assert there == ["10.0.0.1"]
