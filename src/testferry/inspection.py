"""Reports read and nothing sent: what they hold, the failed tests and the slowest."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from testferry import reports
from testferry.events import NamedResult
from testferry.ingest import Ingest
from testferry.model import ReportSummary, Result, Tally
from testferry.settings.options import Reading

SLOWEST = 5


@dataclass(slots=True)
class Inspection:
    """Iterate over it once: the results come, and its fields are filled on the way."""

    arguments: Sequence[str]
    reading: Reading = field(default_factory=Reading)
    output: str = ""  # a file that is written meanwhile is no report
    tests: Tally = field(default_factory=Tally)
    summaries: list[ReportSummary] = field(default_factory=list)
    failed: list[NamedResult] = field(default_factory=list)
    slowest: list[Result] = field(default_factory=list)
    # where ids of the service's cases stand -> how many tests name one there
    ids: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Result]:
        arguments = list(self.arguments)
        if self.output:
            arguments.append(f"!{glob.escape(self.output)}")
        found = reports.find(arguments)
        reading = self.reading
        ingest = Ingest(
            found.take(),
            reading.format,
            reading.merged or "all",
            reading.normalise_names,
        )
        try:
            floor = 0.0
            for result in ingest:
                if result.elapsed and result.elapsed > floor:
                    floor = self._keep(result)
                # nearly no test names a case
                if ("C" in result.name or result.properties) and (cases := result.named_cases):
                    self.ids.update({case.where for case in cases})
                yield result
        finally:
            found.close()
        self.summaries = [*ingest.summaries, *found.summaries()]
        self.failed = ingest.failed
        self.tests = ingest.tests

    def _keep(self, result: Result) -> float:
        """Keep one of the slowest; return what the next one has to be slower than."""
        self.slowest.append(result)
        self.slowest.sort(key=_elapsed, reverse=True)
        del self.slowest[SLOWEST:]
        if len(self.slowest) < SLOWEST:
            return 0.0
        return _elapsed(self.slowest[-1])


def _elapsed(result: Result) -> float:
    return result.elapsed or 0.0
