"""Which addresses we may connect to: the guard against being sent inside our own network.

A URL is judged twice. `check` reads it as text (scheme, user part, odd spellings of numbers) before anything is sent;
`dial` resolves the name once, judges *every* address the resolver gave, and connects to one of those very addresses.
A name that changes its answer between the two looks gains nothing, because there is no second look.
"""

import ipaddress
import queue
import re
import socket
import threading
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

from connectors.errors import Rejected, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"^`{|}]")
_ESCAPED_CONTROL = re.compile(r"%(?:0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
"""Beside the link-local 169.254.169.254: where Alibaba, Azure, Oracle and Amazon (IPv6) serve instance metadata."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check(url: str, *, private_ok: bool = False) -> str:
    """The URL's host in ASCII, if the URL is one we may ask at all. Raises Rejected with a plain sentence otherwise.

    Only http and https, no user part, no control characters, no number that is not a canonical address. Addresses
    behind a *name* are judged by `dial`, when they are known. `private_ok` admits configured servers on our own
    network.
    """
    if not url or _FORBIDDEN.search(url):
        raise Rejected("The address is empty or holds characters no address may hold.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Rejected("The address is not a URL that can be read.") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise Rejected("Only http and https addresses are read.")
    if parts.username is not None or parts.password is not None:
        raise Rejected("The address holds a user name or password; put credentials into the settings instead.")
    if port == 0 or _ESCAPED_CONTROL.search(parts.netloc + parts.path):
        raise Rejected("The address holds control characters or a port that does not exist.")
    host = ascii_host(parts.hostname or "")
    if not private_ok:
        _refuse_inside(host)
    elif _is_number(host):
        refuse_metadata([host], host)
    return host


def ascii_host(host: str) -> str:
    """The host in lower-case ASCII (IDNA), brackets and the final dot removed. Raises Rejected where there is none."""
    plain = unicodedata.normalize("NFKC", host).rstrip(".").lower()
    if not plain.isascii():
        plain = _idna(plain)
    if ":" in plain:
        return str(_literal(plain))
    labels = plain.split(".")
    if len(plain) > 253 or not all(0 < len(label) <= 63 for label in labels):
        raise Rejected("The address has no host name, or one that is too long.")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_literal(plain))
    return plain


def _idna(host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Rejected("The host name is not a valid international name.") from error


def _literal(host: str) -> Address:
    """An address written as one. Short, octal, hexadecimal and zoned spellings are refused."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise Rejected("The host is a number but not a complete address.") from error
    if getattr(address, "scope_id", None):
        raise Rejected("The host names a network interface.")
    return address


def _refuse_inside(host: str) -> None:
    if host == "localhost" or host.endswith(".localhost"):
        raise Rejected("The address points to this machine.")
    if _is_number(host):
        refuse_private([host], host)


def _is_number(host: str) -> bool:
    return ":" in host or _NUMBER.fullmatch(host.rsplit(".", 1)[-1]) is not None


def is_public(address: Address) -> bool:
    """True for an address anybody on the internet can reach; embedded IPv4 addresses are judged as what they are."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not odd and not getattr(address, "is_site_local", False)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo


def refuse_private(addresses: list[str], host: str) -> None:
    """Raise Rejected if any of these addresses is not public: one bad address spoils all."""
    for text in addresses:
        if not is_public(ipaddress.ip_address(text.split("%", 1)[0])):
            raise Rejected(
                f"{host} leads to {text}, an address inside a private network. If this server is yours, set "
                "private_addresses = true in earshot.toml and start again."
            )


def refuse_metadata(addresses: list[str], host: str) -> None:
    """Raise Rejected for addresses no server of one's own has, where private ones are allowed (P-44)."""
    for text in addresses:
        address = ipaddress.ip_address(text.split("%", 1)[0])
        inner = _embedded(address) or address
        if inner.is_link_local or inner.is_unspecified or inner.is_multicast or inner in _METADATA:
            raise Rejected(f"{host} leads to {text}, where clouds hand out a machine's own credentials.")


def system_resolve(host: str, port: int) -> list[str]:
    """Every address the machine's resolver knows for this name, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(
    host: str, port: int, *, timeout_s: float, private_ok: bool = False, resolve: Resolve | None = None
) -> list[str]:
    """The checked addresses of a host. Raises Unavailable if it has none in time, Rejected if one is private.

    The system's resolver cannot be interrupted, so it works in a thread of its own that is left behind when it is late.
    """
    answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put((resolve or system_resolve)(host, port))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        found = answer.get(timeout=max(0.001, timeout_s))
    except queue.Empty as error:
        raise Unavailable(f"The name {host} could not be looked up in time.") from error
    if isinstance(found, Exception):
        raise Unavailable(f"The name {host} could not be looked up.") from found
    if not found:
        raise Unavailable(f"The name {host} has no address.")
    (refuse_metadata if private_ok else refuse_private)(found, host)
    return found


def dial(
    host: str, port: int, *, timeout_s: float = 10.0, private_ok: bool = False, resolve: Resolve | None = None
) -> socket.socket:
    """A TCP connection to a checked address of `host`: for clients that take a ready socket (websockets).

    `timeout_s` bounds the look-up and each attempt. Raises Unavailable when nothing answers, Rejected when an address
    is private.
    """
    failed: OSError | None = None
    name = ascii_host(host)
    for address in addresses_of(name, port, timeout_s=timeout_s, private_ok=private_ok, resolve=resolve):
        try:
            return socket.create_connection((address, port), timeout=timeout_s)
        except OSError as error:
            failed = error
    raise Unavailable(f"{name} does not take connections.") from failed
