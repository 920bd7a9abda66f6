"""From REPORT arguments to results: find the files, tell their format by content, read them one
result at a time.
"""

from __future__ import annotations

from testferry.reports.find import find
from testferry.reports.formats import READERS
from testferry.reports.found import Found
from testferry.reports.read import digest, read
from testferry.reports.source import Source, Watch, close, unwatched

__all__ = [
    "READERS",
    "Found",
    "Source",
    "Watch",
    "close",
    "digest",
    "find",
    "read",
    "unwatched",
]
