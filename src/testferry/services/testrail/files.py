"""What is known of attachments before anything is sent: where they lie, and which cannot be sent.

Fact (TestRail documentation, "Attachments"): a file holds at most 256 MB. No document names types
that it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from testferry.attachments import Folders, open_attachment
from testferry.errors import ReportProblem
from testferry.text import clean, count

LARGEST_ATTACHMENT = 256 * 1024 * 1024
Named = tuple[str, str]  # a path as the report has it, and the report's folder


@dataclass(slots=True)
class Files:
    """The attachments of an upload, each looked at once."""

    # why a file cannot be sent
    refused: dict[Named, str] = field(default_factory=dict)
    # how many lie in the working directory, and not below their report's folder
    in_working: int = 0
    working: str = ""

    def told(self) -> list[str]:
        """What people should know of them."""
        parts = []
        if self.in_working:
            files = count(self.in_working, "attachment")
            parts.append(f"{files} from the working directory, {clean(self.working)}")
        if self.refused:
            parts.append(f"{count(len(self.refused), 'attachment')} cannot be sent")
        return parts


def look_at(
    named: Iterable[Named],
    folders_of: Callable[[str], Folders],
) -> Files:
    """Open every file once, and close it again."""
    found = Files()
    for path, base in dict.fromkeys(named):
        folders = folders_of(base)
        try:
            part = open_attachment(path, folders, LARGEST_ATTACHMENT)
        except ReportProblem as problem:
            found.refused[path, base] = problem.message
            continue
        part.close()
        if part.folder == folders.working != folders.report:
            found.in_working += 1
            found.working = folders.working
    return found
