"""The summary that Failsafe writes beside its reports (`failsafe-summary.xml`).

It repeats their counts, and is passed over for that. Only a run that broke off (the forked JVM
crashed, its time was up) says more there: its class has no report, and all others may be green.
Facts from its writer, FailsafeSummaryXmlUtils of 2.22.3: `failureMessage` is nil unless there was
an exception; `timeout="true"`; `result` is 255 for failing tests as for a crash.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from testferry.model import Detail, ReportSummary, Result
from testferry.reports.xmldocument import Event, Start
from testferry.reports.xmltext import all_text
from testferry.text import first_line

ROOT = "failsafe-summary"


def broke_off(event: Event, summary: ReportSummary) -> Iterator[Result]:
    """Yield a failing result if an element of the summary says that the run broke off."""
    why = ""
    match event:
        case Start(attributes={"timeout": "true"}):
            why = "its time was up"
        case ET.Element() as message:
            why = all_text(message)
    if why:
        yield summary.stand_in(
            "the run [failsafe]",
            "the run broke off",
            Detail(
                "error",
                first_line(why),
                "",
                why,
            ),
        )
