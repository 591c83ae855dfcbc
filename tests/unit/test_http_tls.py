"""Certificates count: a stranger's is refused, and a pinned address still has to show the name that was asked."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import transport
from connectors.errors import Unavailable
from connectors.http import Http

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for shop.test, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ["-subj", "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def port(papers: tuple[Path, Path]) -> Iterator[int]:
    """A server that answers {} over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*papers)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    with context.wrap_socket(peer, server_side=True) as safe:
                        safe.recv(65536)
                        safe.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
                except OSError:
                    continue  # the client refused us: that is the test

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    server.join(5)


def door() -> Http:
    return Http(private_ok=True, deadline_s=5, resolve=lambda host, port: ["127.0.0.1"])


@pytest.fixture
def _fresh_certificates() -> Iterator[None]:
    transport._certificates.cache_clear()
    yield
    transport._certificates.cache_clear()


@pytest.mark.usefixtures("_fresh_certificates")
def test_a_certificate_nobody_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(Unavailable):
        door().get(f"https://shop.test:{port}/")


@pytest.mark.usefixtures("_fresh_certificates")
def test_a_pinned_address_must_show_the_name_that_was_asked(
    port: int, papers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(papers[0]))
    client = door()
    assert client.get_json(f"https://shop.test:{port}/") == {}
    with pytest.raises(Unavailable):
        client.get(f"https://other.test:{port}/")
    client.close()
