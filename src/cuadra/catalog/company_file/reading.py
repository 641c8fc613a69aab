"""Records from located nodes: the types of `records` applied to what somebody wrote.

The fields of a struct are the keys of its mapping; this module asks the structs, so a new field
needs nothing here. It goes on after a mistake, puts a harmless value in its place and remembers the
place as bad, so that one reading finds every mistake and none is reported twice. It never looks at
what values mean together: that is `company_checks`.
"""

import difflib
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import inspect

from cuadra.catalog.company_file.located import LineProblem, Mapping, Node, Scalar, Sequence

Path = tuple[str | int, ...]
"""The way to a value from the top of the file: `("taxes", 0, "percentage")`."""

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
EXACT = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?")
HINTS_MAX = 100
HINT_OPTIONS_MAX = 5_000
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

RecordType = TypeVar("RecordType", bound=msgspec.Struct)


class Reading:
    """What is known about a file being read: lines by path, bad paths, problems so far."""

    def __init__(self) -> None:
        self.problems: list[LineProblem] = []
        self._lines: dict[Path, int] = {}
        self._bad: set[Path] = set()

    def report(self, path: Path, message: str) -> None:
        """Add a problem at a path; its line is that of the nearest part that was written."""
        self.problems.append(LineProblem(self.line(path), message))

    def line(self, path: Path) -> int:
        """The line of a path, or of what encloses it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def is_bad(self, path: Path) -> bool:
        """Whether the value at a path, or something around it, was not readable."""
        return any(path[:length] in self._bad for length in range(len(path) + 1))

    def hint(self, word: str, options: Collection[str]) -> str:
        """A hint at the nearest option; none once there are many problems, or too many options.

        Looking for the nearest word is slow, and a file can be wrong in a hundred thousand places.
        """
        if len(self.problems) >= HINTS_MAX or len(options) > HINT_OPTIONS_MAX:
            return ""
        return did_you_mean(word, options)

    def record(self, node: Node, record_type: type[RecordType]) -> RecordType:
        """The whole file as one record, whatever is wrong with it."""
        self._lines[()] = node.line
        value: RecordType = self._record(node, inspect.type_info(record_type), ())
        return value

    def _value(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        match kind:
            case inspect.StructType():
                return self._record(node, kind, path)
            case inspect.VarTupleType():
                return self._tuple(node, kind, path)
            case inspect.DictType():
                return self._dict(node, kind, path)
            case inspect.UnionType():
                if isinstance(node, Scalar) and node.empty:
                    return None
                inner = (one for one in kind.types if not isinstance(one, inspect.NoneType))
                return self._value(node, next(inner), path)
            case inspect.AnyType():
                return self._anything(node, path)
            case _:
                return self._scalar(node, kind, path)

    def _record(self, node: Node, kind: Any, path: Path) -> Any:
        label = label_from_type(kind.cls)
        if not isinstance(node, Mapping):
            return self._wrong(path, kind, f"{label} must be written as keys and values")
        fields = {field.name: field for field in kind.fields}
        written: dict[str, Any] = {}
        for key, value in node.entries:
            here = (*path, key.text)
            self._lines[here] = key.line
            if key.text not in fields:
                hint = self.hint(key.text, fields)
                self.report(here, f'unknown key "{key.text}" in {label}{hint}')
                continue
            written[key.text] = self._field(value, fields[key.text], here)
        for name, field in fields.items():
            if name not in written and field.required:
                self.report(path, f'{label} lacks the key "{name}"')
                self._bad.add((*path, name))
                written[name] = neutral(field.type)
        return kind.cls(**written)

    def _field(self, node: Node, field: inspect.Field, path: Path) -> Any:
        """A member of a record. A required text says something; a list may be left empty."""
        kind = field.type
        nothing = isinstance(node, Scalar) and node.empty
        if nothing and isinstance(kind, inspect.VarTupleType | inspect.DictType):
            return neutral(kind)
        value = self._value(node, kind, path)
        if field.required and isinstance(value, str) and not value and not self.is_bad(path):
            return self._wrong(path, kind, f"{path[-1]} must not be empty")
        return value

    def _tuple(self, node: Node, kind: inspect.VarTupleType, path: Path) -> Any:
        if not isinstance(node, Sequence):
            return self._wrong(path, kind, f"{path[-1]} must be a list")
        values = []
        for index, item in enumerate(node.items):
            self._lines[(*path, index)] = item.line
            values.append(self._value(item, kind.item_type, (*path, index)))
        return tuple(values)

    def _dict(self, node: Node, kind: inspect.DictType, path: Path) -> Any:
        if not isinstance(node, Mapping):
            return self._wrong(path, kind, f"{path[-1]} must be written as keys and values")
        values = {}
        for key, item in node.entries:
            self._lines[(*path, key.text)] = key.line
            if UNPRINTABLE.search(key.text):
                self.report((*path, key.text), "a key must not have control characters")
            values[key.text] = self._value(item, kind.value_type, (*path, key.text))
        return values

    def _scalar(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        name = path[-1] if isinstance(path[-1], str) else path[-2]
        if not isinstance(node, Scalar):
            return self._wrong(path, kind, f"{name} must be a single value")
        if node.empty:
            return self._wrong(path, kind, f"{name} must not be empty")
        value, complaint = scalar_from_text(node, kind)
        if complaint:
            options = [str(one.value) for one in getattr(kind, "cls", ())]
            hint = self.hint(node.text, options)
            message = f"{name} must be {complaint}, not {node.text[:60]!r}{hint}"
            return self._wrong(path, kind, message)
        return value

    def _anything(self, node: Node, path: Path) -> Any:
        """A value of a part that has no declared shape, typed by how it is written."""
        if isinstance(node, Mapping):
            return self._dict(node, _ANY_DICT, path)
        if isinstance(node, Sequence):
            return self._tuple(node, _ANY_TUPLE, path)
        if node.empty:
            return None
        for kind in (inspect.BoolType(), inspect.IntType(), inspect.DecimalType()):
            value, complaint = scalar_from_text(node, kind)
            if not complaint and not node.quoted:
                return value
        return self._scalar(node, inspect.StrType(), path)

    def _wrong(self, path: Path, kind: inspect.Type, message: str) -> Any:
        self.report(path, message)
        self._bad.add(path)
        return neutral(kind)


_ANY_DICT = inspect.DictType(inspect.StrType(), inspect.AnyType())
_ANY_TUPLE = inspect.VarTupleType(inspect.AnyType())


def scalar_from_text(node: Scalar, kind: inspect.Type) -> tuple[Any, str]:
    """The value of a scalar as a type, and what was expected instead when it is none.

    Numbers are read from their text, so `19.10` has two decimals; quoted ones only as decimals.
    """
    text = node.text
    match kind:
        case inspect.StrType():
            odd = UNPRINTABLE.search(text) or (not node.quoted and text.lower() in _TRUTHS)
            return (text, "text without control characters, in quotes") if odd else (text, "")
        case inspect.BoolType():
            found = None if node.quoted else _TRUTHS.get(text.lower())
            return (found, "") if found is not None else (None, "true or false")
        case inspect.IntType():
            fits = not node.quoted and WHOLE.fullmatch(text)
            return (int(text), "") if fits else (None, "a whole number without quotes")
        case inspect.DecimalType():
            fits = EXACT.fullmatch(text)
            return (Decimal(text), "") if fits else (None, "a number such as 19 or 19.50")
        case inspect.EnumType():
            options = {str(option.value): option for option in kind.cls}
            if text in options:
                return options[text], ""
            return None, f"one of {', '.join(options)}"
        case inspect.UUIDType():
            try:
                return UUID(text), ""
            except ValueError:
                return None, "a UUID"
    raise AssertionError(f"no company file field is of type {kind}")


_TRUTHS = {"true": True, "false": False}


def neutral(kind: inspect.Type) -> Any:
    """A harmless value of a type, to stand where nothing readable was written."""
    match kind:
        case inspect.StructType():
            required = (field for field in kind.fields if field.required)
            return kind.cls(**{field.name: neutral(field.type) for field in required})
        case inspect.VarTupleType():
            return ()
        case inspect.DictType():
            return {}
        case inspect.StrType():
            return ""
        case inspect.BoolType():
            return False
        case inspect.IntType():
            return 0
        case inspect.DecimalType():
            return Decimal(0)
        case inspect.EnumType():
            return next(iter(kind.cls))
        case _:
            return None


def label_from_type(record_type: type) -> str:
    """The name of a record for people.

    >>> from cuadra.catalog.records import AccountGroup
    >>> label_from_type(AccountGroup)
    'account group'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", record_type.__name__).lower()


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """A hint at the nearest option, or nothing.

    >>> did_you_mean("percentaje", ["name", "percentage"])
    '; did you mean "percentage"?'
    """
    near = difflib.get_close_matches(word, list(options), n=1, cutoff=0.7)
    return f'; did you mean "{near[0]}"?' if near else ""
