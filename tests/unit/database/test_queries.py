"""The parser of named queries: what a file may hold, and what it refuses."""

import sys
from pathlib import Path

import pytest

from cuadra.database.queries import load_queries, queries_from_text

TWO = """\
-- Queries of an example.

-- list_things --
-- Every thing, newest first.
SELECT id  -- the id
FROM thing;

-- find_thing --
-- One thing by id.
SELECT 100 % 3, :'x'
"""


def test_two_queries_with_their_inner_comments() -> None:
    assert queries_from_text(TWO, "t.sql") == {
        "list_things": "SELECT id  -- the id\nFROM thing;",
        "find_thing": "SELECT 100 % 3, :'x'",
    }


def test_windows_newlines_are_the_same_text() -> None:
    assert queries_from_text(TWO.replace("\n", "\r\n"), "t.sql") == queries_from_text(TWO, "t.sql")


def test_an_empty_file_has_no_queries() -> None:
    assert queries_from_text("-- nothing here yet\n", "t.sql") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "-- a --\n-- One.\nSELECT 1\n-- a --\n-- Two.\nSELECT 2\n",
            "t.sql:4: a second query is named a",
        ),
        ("-- a --\nSELECT 1\n", "t.sql:1: query a needs a `-- sentence`"),
        ("-- a --\n--\nSELECT 1\n", "needs a `-- sentence`"),
        ("-- a --\n-- b --\n-- Two.\nSELECT 2\n", "query a needs a `-- sentence`"),
        ("-- a --", "query a needs a `-- sentence`"),
        ("-- a --\n-- Nothing follows.\n", "query a has no SQL"),
        ("SELECT 1\n-- a --\n-- One.\nSELECT 1\n", "SQL before the first"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        queries_from_text(text, "t.sql")


def test_loads_from_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package_with_queries"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "things.sql").write_text(TWO)
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert set(load_queries("package_with_queries", "things.sql")) == {
            "list_things",
            "find_thing",
        }
        with pytest.raises(FileNotFoundError):
            load_queries("package_with_queries", "absent.sql")
    finally:
        sys.modules.pop("package_with_queries", None)
