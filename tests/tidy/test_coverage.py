"""Every dialect's coverage.toml says what its server does, and its server does what coverage.toml says.

An operation is `done` (and a recorded body proves it), `refused` (known, answered with the vendor's "not available")
or `absent` (not even routed).
"""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.tidy.tree import PACKAGE, ROOT

DIALECTS = sorted(path.parent.name for path in PACKAGE.glob("dialects/*/server.py"))
MEMBERS = {"method", "path", "status", "evidence", "recordings", "deviations"}
ALIASES = {("POST", "/v1/auth")}  # a second path of an operation that has its own entry

Key = tuple[str, str]


def operations(dialect: str) -> list[dict[str, Any]]:
    """The entries of one coverage.toml."""
    text = (PACKAGE / "dialects" / dialect / "coverage.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["operation"])


def keys(dialect: str, *statuses: str) -> set[Key]:
    """Method and path of the entries with these statuses."""
    return {(o["method"], o["path"]) for o in operations(dialect) if o["status"] in statuses}


def routed(dialect: str) -> tuple[set[Key], set[Key]]:
    """What a server answers, and what it refuses."""
    server = import_module(f"cuadra.dialects.{dialect}.server")
    if dialect == "siigo_pyme":  # one call; what it is about stands in its body
        done = {(one.execution_type, one.resource) for one in server.OPERATIONS}
    elif dialect == "colppy":
        done = {(one.provision, one.operacion) for one in server.OPERATIONS}
    else:
        done = {(operation.method, operation.path) for operation in server.OPERATIONS}
    if dialect == "siigo":
        done.add(("POST", "/auth"))  # outside the wrapper that every other operation passes
    return done, set(getattr(server, "REFUSED", ()))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_done_is_routed_and_the_other_way_round(dialect: str) -> None:
    done, refused = routed(dialect)
    assert keys(dialect, "done") - ALIASES == done
    assert keys(dialect, "refused") == refused
    assert keys(dialect, "absent") & (done | refused) == set()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_entries_are_complete_and_stand_once(dialect: str) -> None:
    entries = operations(dialect)
    for entry in entries:
        assert set(entry) <= MEMBERS, entry
        assert entry["status"] in ("done", "refused", "absent"), entry
        assert entry["evidence"], entry
    names = [(entry["method"], entry["path"]) for entry in entries]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_done_has_a_recording(dialect: str) -> None:
    folder = ROOT / "tests/dialects" / dialect / "recordings"
    without = [
        f"{entry['method']} {entry['path']}"
        for entry in operations(dialect)
        if entry["status"] == "done" and not entry.get("recordings")
    ]
    missing = [
        name
        for entry in operations(dialect)
        for name in entry.get("recordings", [])
        if not any((base / Path(name)).is_file() for base in (folder, ROOT))
    ]
    assert (without, missing) == ([], [])
