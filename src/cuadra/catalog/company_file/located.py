"""YAML text as a tree of nodes that know their line, and nothing more.

A company file is checked by people, so every complaint must say where. This module stops at the
parser's events: it builds no objects, follows no aliases and guesses no types, so a scalar keeps
its exact text (`19.00` never becomes a float) and a hostile file cannot make it do anything. It
never judges what the file says.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

SIZE_LIMIT_CHARACTERS = 5_000_000
DEPTH_LIMIT = 20


class LineProblem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong in a file: the line it is on, counted from 1, and one sentence."""

    line: int
    message: str


class Scalar(msgspec.Struct, frozen=True):
    """A single value, exactly as written. `quoted` texts are never numbers, truths or nothing."""

    line: int
    text: str
    quoted: bool

    @property
    def empty(self) -> bool:
        """Whether this is YAML's null."""
        return not self.quoted and self.text in ("", "~", "null", "Null", "NULL")


class Sequence(msgspec.Struct, frozen=True):
    """A list of nodes."""

    line: int
    items: tuple["Node", ...]


class Mapping(msgspec.Struct, frozen=True):
    """Keys and their nodes in order of writing. A key stands here once, with its first value."""

    line: int
    entries: tuple[tuple[Scalar, "Node"], ...]


Node = Scalar | Sequence | Mapping


def tree_from_text(text: str) -> tuple[Node | None, list[LineProblem]]:
    """The tree of one YAML document, and what YAML features it may not use.

    The tree is None when the text is no YAML, too long or nested too deeply; then the problems say
    so. Anchors, aliases, tags, repeated keys and further documents are problems, the rest is read.

    >>> tree, problems = tree_from_text("rate: 19.00\\nrate: 5")
    >>> tree.entries[0][1].text, problems
    ('19.00', [LineProblem(line=2, message='the key "rate" is repeated, first on line 1')])
    """
    if len(text) > SIZE_LIMIT_CHARACTERS:
        return None, [LineProblem(1, f"longer than {SIZE_LIMIT_CHARACTERS} characters")]
    builder = _Builder()
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text)), builder.problems
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = (error.problem or error.context or "not YAML").splitlines()[0]
        return None, [*builder.problems, LineProblem(mark.line + 1 if mark else 1, sentence)]
    except (YAMLError, ValueError, OverflowError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return None, [*builder.problems, LineProblem(line, str(error).splitlines()[0])]
    except _TooDeepError as error:
        return None, [*builder.problems, LineProblem(error.line, f"nested over {DEPTH_LIMIT} deep")]


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


class _Builder:
    """Builds the tree from the parser's events, keeping the problems it meets."""

    def __init__(self) -> None:
        self.problems: list[LineProblem] = []
        self.documents = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents == 2:
                    self._report(event, "a second document begins here; only the first is read")
            elif isinstance(event, NodeEvent):
                node = self._node(event, events, depth=1)
                root = root if root is not None else node
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > DEPTH_LIMIT:
            raise _TooDeepError(line)
        self._refuse_features(event)
        if isinstance(event, MappingStartEvent):
            return Mapping(line, self._entries(events, depth))
        if isinstance(event, SequenceStartEvent):
            return Sequence(line, self._items(events, depth))
        if isinstance(event, ScalarEvent):
            return Scalar(line, event.value, quoted=event.style is not None)
        return Scalar(line, "", quoted=False)

    def _items(self, events: Iterator[Any], depth: int) -> tuple[Node, ...]:
        items = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return tuple(items)

    def _entries(self, events: Iterator[Any], depth: int) -> tuple[tuple[Scalar, Node], ...]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self._report(event, "a key must be a single word")
            elif key.text in entries:
                first = entries[key.text][0].line
                self._report(event, f'the key "{key.text}" is repeated, first on line {first}')
            else:
                entries[key.text] = (key, value)
        return tuple(entries.values())

    def _refuse_features(self, event: Any) -> None:
        if isinstance(event, AliasEvent):
            self._report(event, f"the alias *{event.anchor} is not allowed; write the value out")
        elif event.anchor is not None:
            self._report(event, f"the anchor &{event.anchor} is not allowed")
        if getattr(event, "tag", None) is not None:
            self._report(event, f"the tag {event.tag} is not allowed")

    def _report(self, event: Any, message: str) -> None:
        self.problems.append(LineProblem(event.start_mark.line + 1, message))
