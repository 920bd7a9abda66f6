"""What an upload is, apart from its submissions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from testferry.journal.rows import VERSION


@dataclass(frozen=True, slots=True)
class Header:
    """What an upload is, apart from its submissions. No secrets.

    One record, because it is one row that is written once and never changes.
    """

    upload_id: str
    # as the user calls it: a service, or a name from the configuration
    target: str
    # of the service
    type: str
    url: str
    # what makes the same command on the same reports the same upload
    fingerprint: str
    # what we write into what we create, so that we find it again
    marker: str
    # seconds since the epoch
    created: float
    # the service's options as the upload was planned with them
    options: dict[str, object] = field(default_factory=dict)
    # proof that this user's testferry wrote the address
    sealed: str = ""
    # rate and share as the user gave them
    speed: dict[str, object] = field(default_factory=dict)
    # where to: service, address, project, run … never how
    place: dict[str, object] = field(default_factory=dict)
    # the CI job's attempt that it was made in, empty outside CI
    attempt: str = ""
    # the CI job, whichever attempt it is, and which one it is; 0 where nothing counts them
    job: str = ""
    number: int = 0
    # the reports: [real path, mtime in seconds since the epoch, digest] each
    sources: list[list[object]] = field(default_factory=list)
    # of each command that carried it on with equal reports: its attempt and its sources
    carried_on: list[list[Any]] = field(default_factory=list)
    # statuses whose results are not sent
    excluded: list[str] = field(default_factory=list)
    # of the journal as it was planned: what was sent by then followed that version's rules
    version: int = VERSION


def fingerprint(*parts: object) -> str:
    """Give one word for an upload: the same command on the same reports gives the same word."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
