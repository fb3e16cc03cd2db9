"""What a proof found: one check a line, and the same as JUnit XML for the sum of a CI run."""

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Report:
    """Checks by name, each with its problem or None.

    Threads: one. Errors: a name that was added before raises ValueError.
    """

    suite: str
    checks: dict[str, str | None] = field(default_factory=dict)

    def add(self, name: str, problem: str | None) -> None:
        """Notes one check and prints it."""
        if name in self.checks:
            raise ValueError(f"{self.suite}: {name!r} was checked before")
        self.checks[name] = problem
        if problem is None:
            print(f"{self.suite}: ok: {name}", flush=True)
        else:
            print(f"{self.suite}: FAILED: {name}\n{problem}", file=sys.stderr, flush=True)

    @property
    def failed(self) -> int:
        """How many checks have a problem; a report without any check is a failure too."""
        return sum(problem is not None for problem in self.checks.values()) or not self.checks

    def xml(self) -> str:
        """The report as a JUnit file; tools/ci/sum_tests.py counts its cases."""
        root = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(root, "testsuite", name=self.suite)
        for name, problem in self.checks.items():
            case = ElementTree.SubElement(suite, "testcase", classname=self.suite, name=name)
            if problem is not None:
                ElementTree.SubElement(case, "failure", message=problem)
        return ElementTree.tostring(root, encoding="unicode")

    def close(self, xml: Path | None) -> int:
        """Writes the XML where asked, prints the sum and returns the exit code."""
        if xml is not None:
            xml.write_text(self.xml())
        print(f"{self.suite}: {len(self.checks)} checks, {int(self.failed)} failed", flush=True)
        return 1 if self.failed else 0
