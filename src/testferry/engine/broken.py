"""Why a connection came to nothing: in words that name the host, and whether time will mend it.

A certificate that is not trusted, a name that does not exist, a proxy that wants a password are no
outages: the same would be met for hours. A resolver that cannot answer is one.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from testferry.address import LOOPBACK
from testferry.engine.http import httpx

LATE = "no answer in time"
_NUMBER = re.compile(r"\[Errno -?\d{1,6}\] ")  # of an error of the system: the words say it
_UNANSWERED = "without sending a response"  # httpx's words
_NO_SUCH_NAME = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)
# TLS 1.3 says it only when the request has left already.
_WANTS_CERTIFICATE = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")


@dataclass(frozen=True, slots=True)
class Way:
    """The hosts on the way to a service; ``proxy`` is empty if there is none."""

    host: str
    proxy: str = ""

    @classmethod
    def to(cls, url: str, proxy: str) -> Way:
        """The way to an address, through the proxy of the user or of the environment."""
        host = urlsplit(url).hostname or ""
        if host in LOOPBACK:
            return cls(host)
        if not proxy and not proxy_bypass(host):
            known = getproxies()
            proxy = known.get(urlsplit(url).scheme) or known.get("all", "")
        if proxy and "//" not in proxy:
            proxy = f"//{proxy}"
        return cls(host, urlsplit(proxy).hostname or "")

    @property
    def first(self) -> str:
        """The host that this machine looks up itself, and how it is called."""
        return f"the proxy {self.proxy}" if self.proxy else self.host


@dataclass(frozen=True, slots=True)
class Broken:
    """What happened; ``cure`` is not empty if only the user can mend it."""

    words: str
    cure: str = ""
    unread: bool = False  # nobody has read the request, although it was on the wire


def explained(problem: httpx.HTTPError, way: Way, offered: str = "") -> Broken:
    """What an exception of httpx means; ``offered`` is what a proxy that wants a password takes."""
    for cause in _causes(problem):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, way)
        if isinstance(cause, ssl.SSLError) and (cause.reason or "") in _NO_TLS:
            words = f"{way.host} does not speak TLS at this port"
            return Broken(words, "check --url: its host and its port")
        if isinstance(cause, ssl.SSLError) and cause.reason == _WANTS_CERTIFICATE:
            words = f"{way.host} asks for a certificate of the client's, and testferry has none"
            return Broken(words, "use an address that takes a token alone", unread=True)
        if isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME:
            return _no_such_host(way)
    if isinstance(problem, httpx.ProxyError):
        return _refused_by_proxy(str(problem), way, offered)
    return Broken(_words(problem, way))


def _causes(problem: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = problem
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _untrusted(cause: ssl.SSLCertVerificationError, way: Way) -> Broken:
    words = f"the certificate of {way.host} is not trusted: {cause.verify_message}"
    cure = "--ca-bundle FILE names the authority that signed it; is --url right?"
    return Broken(words, cure)


def _no_such_host(way: Way) -> Broken:
    cure = "check --url"
    if way.proxy:
        cure = "check --proxy, or HTTPS_PROXY in the environment"
    return Broken(f"there is no host {way.first}", cure)


def _refused_by_proxy(said: str, way: Way, offered: str) -> Broken:
    words = f"the proxy {way.proxy} refuses: {said}"
    if not said.startswith("407"):
        return Broken(words)
    if offered:
        words += f" (it takes {offered})"
    return Broken(words, "check the user and the password in --proxy, or in HTTPS_PROXY")


def _words(problem: httpx.HTTPError, way: Way) -> str:
    said = _NUMBER.sub("", str(problem))
    words = f"the connection was lost ({type(problem).__name__})"
    if isinstance(problem, httpx.ReadTimeout):
        words = LATE
    elif isinstance(problem, httpx.ConnectTimeout):
        words = f"no connection to {way.first} in time"
    elif isinstance(problem, httpx.ConnectError):
        words = f"no connection to {way.first}: {said}"
    elif isinstance(problem, httpx.RemoteProtocolError) and _UNANSWERED in said:
        words = "the connection was closed without an answer"
    elif said:
        words = f"the connection was lost: {said}"
    return words
