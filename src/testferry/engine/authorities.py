"""Whom TLS trusts besides the usual authorities."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from testferry.errors import UsageProblem

# They add to the usual ones, as other tools read them; httpx does not know them.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def trust(context: ssl.SSLContext, own: str) -> None:
    """Trust the user's own authorities too, and those of the environment. Raises UsageProblem if
    they cannot be read.
    """
    for bundle in (own, *map(os.environ.get, VARIABLES)):
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
