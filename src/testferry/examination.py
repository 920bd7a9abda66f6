"""``doctor``: is everything there that an upload needs? Each finding passes, or says how to cure
it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testferry.clock import SystemClock
from testferry.dialects import load
from testferry.dialects.headers import quota, service_time
from testferry.engine.client import Client, Connection
from testferry.engine.judge import Answer, judge
from testferry.engine.step import Check, Reply
from testferry.errors import TestferryError
from testferry.journal import Store
from testferry.services import service_of
from testferry.settings.files import Configuration, credentials, token
from testferry.uploads import API_PREFIX, TOKENS, Destination, address, user_of

_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class Finding(Check):
    """One line of the examination, with the exit code that it asks for where it fails."""

    exit_code: int = 5


def examine(
    where: Destination, options: Mapping[str, Any], configuration: Configuration, folder: Path
) -> Iterator[Finding]:
    """One finding after the other; the first that everything else needs ends it."""
    try:
        Store(folder).prepare()
        yield Finding("journal", passed=True, message=f"{folder} can be written")
    except TestferryError as problem:
        yield Finding(
            "journal",
            passed=False,
            message=problem.message,
            cure=problem.hint,
            exit_code=problem.exit_code,
        )
    try:
        url = address(where.type, where.name, where.url)
        yield Finding("address", passed=True, message=url)
        dialect = load(str(options.get("dialect") or where.type), configuration.dialects)
        user = user_of(where)
        secret = token(where.token_file, TOKENS.get(where.type, ("TESTFERRY_TOKEN",)), where.name)
        yield Finding(
            "token", passed=True, message=f"there is one for {user}" if user else "there is one"
        )
    except TestferryError as problem:
        yield Finding(
            "configuration",
            passed=False,
            message=problem.message,
            cure=problem.hint,
            exit_code=problem.exit_code,
        )
        return
    clock = SystemClock()
    headers = {**dialect.headers, **credentials(dialect, secret, user)}
    base = url + API_PREFIX.get(where.type, "")
    client = Client(
        Connection(base, headers, where.timeout, where.ca_bundle, where.proxy), 1, clock
    )
    steps = service_of(where.type).make(options).check()
    request, answer = next(steps), None
    while True:
        client.post(request.method, request.target, request.body, {})
        while (done := client.wait(None)) is None:
            pass
        verdict, words = judge(
            dialect, done.answer, 1, clock.wall(), random.SystemRandom().uniform, secret.hide
        )
        if not isinstance(done.answer, Answer):
            cure = "check the address, the proxy (--proxy) and the authorities (--ca-bundle)"
            yield Finding("connection", passed=False, message=words, cure=cure, exit_code=75)
            return
        if answer is None:
            tls = "over TLS" if url.startswith("https:") else "over loopback"
            yield Finding("connection", passed=True, message=f"answers {tls}")
        answer = done.answer
        try:
            request = steps.send(Reply(verdict, answer.status, answer.headers, answer.body, words))
        except StopIteration as end:
            yield from (
                Finding(one.name, one.passed, one.message, "" if one.passed else one.cure)
                for one in end.value
            )
            break
    yield from _clock_and_rate(answer, clock.wall())


def _clock_and_rate(answer: Answer, wall: float) -> Iterator[Finding]:
    theirs = service_time(answer.headers)
    if theirs is not None:
        skew = theirs - wall
        cure = "set this machine's clock: certificates and times of runs depend on it"
        yield Finding(
            "clock", abs(skew) < _SKEW, f"{abs(skew):.0f} s apart from the service's", cure
        )
    left = quota(answer.headers, wall)
    said = (
        f"{left.remaining} requests left" + (f" of {left.limit}" if left.limit else "")
        if left
        else "the service tells none"
    )
    yield Finding(
        "rate limit",
        left is None or left.remaining > 0,
        said,
        "wait, or ask who else uses the limit",
        75,
    )
