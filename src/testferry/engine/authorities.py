"""Whom TLS trusts: the authorities of the operating system, and those that the user adds."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

from testferry.errors import UsageProblem

# They add to the usual ones, as other tools read them; httpx does not know them.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# Words of the user's, heeded by httpx: then its own list is what they replace.
_SAID = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# Systems that are asked about each certificate, by truststore. Elsewhere it would read the
# system's files anew for each connection (22 ms), as we do once.
_ASKED = ("darwin", "win32")
# Where Linux and BSD keep them, if the OpenSSL that Python brings looks elsewhere.
_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)


def usual(listed: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Trust whom the operating system trusts. ``listed`` makes the context of those that come with
    httpx, for a system that has none of its own (a small container). Raises OSError if what the
    environment names cannot be read.
    """
    if any(map(os.environ.get, _SAID)):
        return listed()
    if sys.platform in _ASKED:
        return _asked() or listed()
    return _of_files() or listed()


def _asked() -> ssl.SSLContext | None:
    try:
        import truststore  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context


def _of_files() -> ssl.SSLContext | None:
    context = ssl.create_default_context()
    if _knows_any(context):
        return context
    for file in filter(os.path.isfile, _FILES):
        context.load_verify_locations(cafile=file)
        if _knows_any(context):
            return context
    return None


def _knows_any(context: ssl.SSLContext) -> bool:
    """Whether somebody is trusted: read already, or in a folder where each is looked up by name."""
    folder = ssl.get_default_verify_paths().capath or ""  # empty if there is no such folder
    if folder and any(name.endswith(".0") for name in os.listdir(folder)):
        return True
    return context.cert_store_stats()["x509_ca"] > 0


def trust(context: ssl.SSLContext, own: str) -> None:
    """Trust the user's own authorities too, and those of the environment. Raises UsageProblem if
    they cannot be read.
    """
    for bundle in dict.fromkeys((own, *map(os.environ.get, VARIABLES))):
        if bundle:
            _add(context, bundle)


def _add(context: ssl.SSLContext, bundle: str) -> None:
    try:
        if Path(bundle).is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ssl.SSLError) as problem:
        raise UsageProblem(
            f"the CA bundle {bundle} cannot be used: {problem}",
            "name a PEM file",
        ) from None
