"""TestRail as far as an uploader can see it, this one or trcli: projects, suites, sections, cases,
runs, plans, results, files.

In memory. Errors are ``{"error": …}`` in the texts that users report (the service's documentation
and threads). This file is the wire: which call a request is, who may make it, how it is refused;
what is stored stands in ``state``, what the calls do in ``reads`` and ``writes``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl, unquote

from testferry.services.emulation import Response
from testferry.services.testrail.emulator.reads import READS
from testferry.services.testrail.emulator.state import FIELD, Call, Refused, Run, State
from testferry.services.testrail.emulator.writes import WRITES, attach

__all__ = ["FIELD", "Run", "TestrailEmulator"]

ADDRESS = "/index.php"
_CALL = re.compile(r"(?:/index\.php)?\?/api/v2/([a-z_]+)((?:/[\w-]+)*)(?:&(.*))?")
_ATTACH = "add_attachment_to_result"
_READ = "read"
_NAMES = {
    "add_run": "run",
    "add_plan_entry": "run",
    "add_results_for_cases": "append",
    "add_section": "section",
    "add_case": "case",
    _ATTACH: "attach",
    "close_run": "complete",
    "update_run": "update",
    "update_plan_entry": "update",
    "update_run_in_plan_entry": "update",
}


class TestrailEmulator(State):
    """TestRail's state and its calls (see ``Emulator``)."""

    operations: ClassVar[tuple[str, ...]] = tuple(dict.fromkeys((*_NAMES.values(), _READ)))

    def close(self) -> None:
        """Do nothing: it is all in memory."""

    # --- how it lets in, and how it refuses

    def owns(self, target: str) -> bool:
        """Say whether a request is for TestRail's one address."""
        return target.startswith(ADDRESS)

    def admits(
        self,
        headers: Mapping[str, str],
        token: str,
    ) -> bool:
        """Say whether the token is there, as the password of whatever user."""
        said = headers.get("authorization", "").removeprefix("Basic ")
        try:
            pair = base64.b64decode(said, validate=True).decode()
        except ValueError:
            return False
        return pair.rpartition(":")[2] == token

    def unauthorised(self) -> Response:
        """Refuse a request without the token."""
        return _refusal(
            401,
            "Authentication failed: invalid or missing user/password or session cookie.",
        )

    def too_many(self, limits: str, seconds: int) -> Response:
        """Refuse a request over the limits."""
        words = (
            f"API Rate Limit Exceeded - {limits} maximum allowed. Retry after {seconds} seconds."
        )
        return Response(
            429,
            {"error": words},
            {"Retry-After": str(seconds)},
        )

    def too_large(self, limit: int) -> Response:
        """Refuse a body of more than so many bytes, as a proxy before the service does."""
        return Response(413, {"message": f"The body is larger than {limit} bytes."})

    def invalid(self) -> Response:
        """Refuse a batch over something in it."""
        return _refusal(400, "Field :results contains one or more invalid results")

    # --- the wire

    def operation(self, method: str, target: str) -> str:
        """Name what a request is for."""
        match = _CALL.match(target)
        if match is None:
            return "other"
        if method == "GET":
            return _READ
        return _NAMES.get(match[1], "other")

    def handle(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> Response:
        """Apply a request and answer it."""
        match = _CALL.match(target)
        if match is None:
            return _unknown(target)
        call, rest, query = match.groups(default="")
        if call not in READS and call not in WRITES and call != _ATTACH:
            return _unknown(call)
        if (call in READS) is not (method == "GET"):
            return _refusal(405, f"{method} is not allowed for {call}")
        path = [unquote(part) for part in rest.split("/") if part]
        try:
            if call in READS:
                values = dict(parse_qsl(query, keep_blank_values=True))
                document = READS[call](self, Call(path, values, f"{call}{rest}"))
            elif call == _ATTACH:
                document = attach(self, path, body, content_type)
            else:
                document = WRITES[call](self, Call(path, _document(body)))
            return Response(200, document)
        except Refused as refused:
            return refused.response


def _refusal(status: int, words: str) -> Response:
    return Response(status, {"error": words})


def _unknown(what: str) -> Response:
    return _refusal(404, f"Unknown method '{what}'")


def _document(body: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(body or b"{}")
    except ValueError:
        raise Refused(400, "The request body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "The request body is not an object.")
    return found
