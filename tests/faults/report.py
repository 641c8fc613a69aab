"""What a failing seed says of itself, and what many seeds come to. Plain text."""

import re
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.installation import Installation
from tests.faults.seed import Result


def story(result: Result) -> str:
    """The seed, what its clients and faults did, what is wrong, and how to see it again."""
    plan = result.plan
    faults = ", ".join(f"{fault.kind} after {fault.after}" for fault in plan.faults)
    wrong = [f"  {text}" for text in result.wrong]
    return "\n".join(
        [
            f"Seed {plan.seed}: {plan.clients} clients, {plan.workers} workers, {len(plan.steps)} steps",
            f"Faults: {faults}",
            "Trace (milliseconds, who, what became of it):",
            *_short(result.memory.trace),
            f"Wrong with seed {plan.seed}:",
            *wrong,
            f"Again: make soak SEEDS=1 FIRST={plan.seed}, with KEEP=1 to keep its data folder",
        ]
    )


def kept(installation: Installation, result: Result) -> str:
    """Where everything of a seed is left."""
    return f"Kept: {installation.parent} (company {result.company}; server.err, data/postgres.log)"


def _short(trace: list[str]) -> list[str]:
    """The trace without the repetition of clients that wait for a server to come back."""
    lines: list[str] = []
    waited = 0
    for line in trace:
        if re.search(r": NotSent \(", line):
            waited += 1
            continue
        if waited:
            lines.append(f"{'':6} {'':>6} ({waited} times nobody was there)")
            waited = 0
        lines.append(line)
    return lines


@dataclass
class Tally:
    """What many seeds come to."""

    seeds: int = 0
    failed: list[int] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count a seed."""
        self.seeds += 1
        self.requests += result.memory.requests
        self.outcomes += result.memory.outcomes()
        self.faults += result.memory.faults
        if result.wrong:
            self.failed.append(result.plan.seed)

    def line(self, of: int, seconds: float) -> str:
        """How far it is."""
        asked = self.requests.total() - self.requests["NotSent"]
        told = ", ".join(
            f"{self.outcomes[name]} {name}" for name in ("acknowledged", "refused", "unknown")
        )
        return (
            f"{self.seeds} of {of} seeds in {seconds:.0f} s: {asked} requests, documents {told},"
            f" {self.faults.total()} faults, {len(self.failed)} failed"
        )

    def summary(self) -> str:
        """Everything counted."""
        return "\n".join(
            [
                f"requests   {_counts(self.requests)}",
                f"documents  {_counts(self.outcomes)}",
                f"faults     {_counts(self.faults)}",
                f"failed     {', '.join(map(str, sorted(self.failed))) or 'none'}",
            ]
        )


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.most_common())
