"""Recorded exchanges: one JSON file each, with what a client sent and what the vendor answers to it.

Ids and instants differ from run to run, so an answer holds `$any.uuid`, `$any.serial`, `$any.timestamp` or `$any.jwt`
where one stands, and a request names what a setup step answered: `$customer.id`. A member `$more` of an
object, or at the end of an array, says that others may follow. Numbers are compared as they are written, and members in their order:
`10000`, `10000.0` and another order are different answers.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "recordings"
SAMPLES = {
    "uuid": "6b6ceb28-b2eb-4b98-b3dd-26648a933c81",
    "timestamp": "2020-06-15T03:33:17.208Z",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
    "hex": "6b6ceb28b2eb4b98b3dd26648a933c81",
    "serial": "57",
}
_SHAPES = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "jwt": r"[\w-]+\.[\w-]+\.[\w-]+",
    "hex": r"[0-9a-f]{32}",
    "serial": r"[1-9]\d*",
}


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class Recording(NamedTuple):
    """One file. `request` and `response` are as in the file, numbers as written."""

    name: str
    operation: str
    source: str
    evidence: str
    date: str
    request: dict[str, Any]
    response: dict[str, Any]
    setup: list[dict[str, Any]] = []
    printed: Any = (
        None  # the answer as the vendor prints it, where ours keeps to a later observation
    )
    unknown: list[str] = []  # members of the request that nobody knows
    unserved: list[str] = []  # members that the vendor prints and our types do not know yet
    now: str | None = None
    company: str | None = None  # whose books it is played on, where those are not the demo's


def parse(text: str | bytes) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_int=Number, parse_float=Number)


def dump(value: Any) -> bytes:
    """The JSON of what `parse` returned, numbers as they were written."""
    numbers: list[str] = []

    def mark(member: Any) -> Any:
        if isinstance(member, Number):
            numbers.append(member)
            return f"\x00{len(numbers) - 1}\x00"
        if isinstance(member, dict):
            return {name: mark(one) for name, one in member.items()}
        return [mark(one) for one in member] if isinstance(member, list) else member

    text = json.dumps(mark(value), ensure_ascii=False)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda m: numbers[int(m[1])], text).encode()


def load_recordings(folder: Path = FOLDER) -> list[Recording]:
    """All recordings of a folder, by name."""
    return [
        Recording(name=path.stem, **parse(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.json"))
    ]


def filled(value: Any, known: dict[str, Any]) -> Any:
    """The value with `$name.member` replaced by what a setup step answered."""
    if isinstance(value, dict):
        return {name: filled(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(member, known) for member in value]
    if not isinstance(value, str) or isinstance(value, Number):
        return value
    whole = re.fullmatch(r"\$(?!any\b|more\b)(\w+)((?:\.\w+)*)", value)
    if whole:
        return _member(known[whole[1]], whole[2])
    pattern = r"\$(?!any\b|more\b)(\w+)((?:\.\w+)+)"
    return re.sub(pattern, lambda m: str(_member(known[m[1]], m[2])), value)


def _member(value: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def differences(expected: Any, found: Any, path: str = "$") -> list[str]:
    """Where an answer is not as recorded; empty when it is."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return _member_differences(expected, found, path)
    if isinstance(expected, list) and isinstance(found, list):
        if expected and expected[-1] == "$more":
            expected, found = expected[:-1], found[: len(expected) - 1]
        if len(expected) != len(found):
            return [f"{path}: {len(expected)} members recorded, {len(found)} answered"]
        pairs = zip(expected, found, strict=True)
        return [d for i, (e, f) in enumerate(pairs) for d in differences(e, f, f"{path}[{i}]")]
    if isinstance(expected, str) and "$any." in expected and isinstance(found, str):
        pattern = re.escape(expected)
        for name, shape in _SHAPES.items():
            pattern = pattern.replace(re.escape(f"$any.{name}"), shape)
        same = re.fullmatch(pattern, found) is not None
    else:
        same = type(expected) is type(found) and expected == found
    return [] if same else [f"{path}: recorded {expected!r}, answered {found!r}"]


def _member_differences(expected: dict[str, Any], found: dict[str, Any], path: str) -> list[str]:
    wanted = [name for name in expected if name != "$more"]
    given = [name for name in found if name in expected or "$more" not in expected]
    if wanted != given:
        return [f"{path}: members {wanted} recorded, {given} answered"]
    return [d for n in wanted for d in differences(expected[n], found[n], f"{path}.{n}")]


def sampled(value: Any) -> Any:
    """The value with samples where any value may stand, as our types can read it."""
    if isinstance(value, dict):
        return {name: sampled(member) for name, member in value.items() if name != "$more"}
    if isinstance(value, list):
        return [sampled(member) for member in value]
    if isinstance(value, str) and not isinstance(value, Number):
        for name, sample in SAMPLES.items():
            value = value.replace(f"$any.{name}", sample)
    return value
