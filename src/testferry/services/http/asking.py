"""What ``doctor`` can ask without writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testferry.engine.step import Check, Checking, Reply, Request
from testferry.services.checks import unmet
from testferry.services.http.lost import in_words, opening_in_words

if TYPE_CHECKING:
    from testferry.services.http.target import Http

_UNASKED = (400, 405, 406, 411, 415, 422, 501)  # something is there, and wants another method


def examine(target: Http) -> Checking:
    """Whether anything answers where the results will go, and what becomes of a lost answer."""
    path = target.asked_path()
    reply = yield Request("GET", path)
    asked = ["GET"]
    if reply.status == 404:
        reply = yield Request("OPTIONS", path)
        asked.append("OPTIONS")
    where = f"/{path}" if path else "at the address"
    checks = [
        _answer(
            reply,
            where,
            " and ".join(asked),
            target.description.send.method,
        ),
        Check("a lost answer", passed=True, message=in_words(target)),
    ]
    opening = opening_in_words(target)
    if opening:
        checks.append(Check("a lost opening", passed=True, message=opening))
    return checks


def _answer(
    reply: Reply,
    path: str,
    asked: str,
    method: str,
) -> Check:
    said = f"{reply.status} to {asked} {path}"
    if reply.status == 404:
        words, cure = f"{said}: nothing is known to be there", "check url and send.request"
        return Check("answer", passed=False, message=words, cure=cure)
    if reply.accepted or reply.status in _UNASKED:
        words = f"{said}, which is all that can be asked without a {method}"
        return Check("answer", passed=True, message=words)
    cure = "check url and send.request"
    if reply.status in (401, 403):
        cure = "check the token, and `auth`"
    return unmet("answer", reply.verdict, f"{said}: {reply.message}", cure)
