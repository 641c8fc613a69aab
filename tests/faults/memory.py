"""What the clients remember: what they asked for, what was acknowledged or refused, and what nobody told them.

A document is asked for once, under a mark of its own, however often its request is sent. A customer or product is
whatever it may be after everything asked of it: one version, or several while an answer is missing. The server may
still be busy with a request whose client has gone, so a version that was once possible stays so.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.faults.wire import Answer


class Expect(StrEnum):
    """What a request must come to, as far as its client can know."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"


@dataclass
class Document:
    """A document asked for. `loose` counts the requests sent whole that nobody answered with yes or no."""

    step: int
    path: str
    mark: str
    key: str | None
    body: bytes
    values: dict[str, Any]
    expect: Expect
    acknowledged: list[Answer] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    loose: int = 0

    @property
    def sure(self) -> bool:
        """Whether it was acknowledged."""
        return bool(self.acknowledged)

    @property
    def possible(self) -> bool:
        """Whether it may be in the books. A keyed one is asked about until somebody says."""
        return self.sure or (self.loose > 0 and not (self.key and self.refused))

    @property
    def value(self) -> Any:
        """The document as first acknowledged."""
        return self.acknowledged[0].value


@dataclass
class Entity:
    """A customer or product that clients make. `possible` are its versions; None: it is not there."""

    kind: str
    name: str
    possible: set[int | None] = field(default_factory=lambda: {None})
    lingering: set[int | None] = field(default_factory=set)
    told: dict[int, list[Answer]] = field(default_factory=dict)
    created: int = 0
    named_id: str | None = None  # as a document told it

    @property
    def surely_there(self) -> bool:
        """Whether it exists, whatever its version."""
        return None not in self.possible

    @property
    def surely_absent(self) -> bool:
        """Whether it does not exist."""
        return self.possible == {None}

    @property
    def id(self) -> str | None:
        """Its id, if any answer told it."""
        answers = [answer for answers in self.told.values() for answer in answers]
        return str(answers[0].value["id"]) if answers else self.named_id

    def became(self, version: int | None) -> None:
        """It was acknowledged to be this version."""
        self.possible = {version} | self.lingering

    def may_become(self, version: int | None) -> None:
        """It was asked to become this version, and nobody said whether it did."""
        self.possible.add(version)
        self.lingering.add(version)

    def exists(self, version: int) -> None:
        """It was named by something acknowledged, which made it if it was not there."""
        if None in self.possible:
            self.possible = (self.possible - {None}) | {version}


class Memory:
    """Everything the clients of one seed remember, and what went wrong on the way."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.documents: dict[int, Document] = {}  # by step
        self.entities: dict[tuple[str, str], Entity] = {}
        self.requests: Counter[str] = Counter()  # by what became of them
        self.faults: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.trace: list[str] = []
        self._began = time.monotonic()

    def entity(self, kind: str, name: str) -> Entity:
        """The customer or product of this name."""
        return self.entities.setdefault((kind, name), Entity(kind, name))

    def document(
        self,
        step: int,
        kind: str,
        key: str | None,
        body: bytes,
        values: dict[str, Any],
        expect: Expect,
    ) -> Document:
        """Remember a document before it is asked for."""
        mark = self.mark(step)
        document = Document(step, f"/v1/{kind}", mark, key, body, values, expect)
        self.documents[step] = document
        return document

    def mark(self, step: int) -> str:
        """The text that no other document carries."""
        return f"seed {self.seed} step {step}"

    def acknowledged(self, path: str) -> int:
        """How many documents of a resource are known to be in the books."""
        return sum(one.sure for one in self.documents.values() if one.path == path)

    def note(self, who: str, text: str) -> None:
        """Add a line to the trace."""
        milliseconds = int((time.monotonic() - self._began) * 1000)
        self.trace.append(f"{milliseconds:6} {who:>6} {text}")

    def complain(self, text: str) -> None:
        """Something is wrong."""
        self.note("WRONG", text.partition("\n")[0])
        self.wrong.append(text)

    def outcomes(self) -> Counter[str]:
        """How many documents were acknowledged, refused, and neither."""
        return Counter(
            "acknowledged" if one.sure else "refused" if one.refused else "unknown"
            for one in self.documents.values()
        )
