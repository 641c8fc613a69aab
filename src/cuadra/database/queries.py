"""Named queries kept in .sql files beside the code that runs them.

SQL deserves its own file: editors colour it, `psql` runs it, a reader finds it. A file is a list of queries, each a
line `-- name --`, one comment line that says in a sentence what it answers, and the SQL. Only comments may stand
before the first name. This module only reads text: it never connects, and never puts values into a query.
"""

import re
from importlib.resources import files
from itertools import pairwise

_NAME = re.compile(r"--\s+([a-z][a-z0-9_]*)\s+--")
_SENTENCE = re.compile(r"--\s+\w.*")


def load_queries(package: str, filename: str) -> dict[str, str]:
    """Read the queries of one resource file, by name.

    `package` is the dotted package that holds the file, so it also works from an installed wheel.
    Raises `ValueError` as `queries_from_text` does, and `FileNotFoundError` if there is no such file.
    """
    text = files(package).joinpath(filename).read_text(encoding="utf-8")
    return queries_from_text(text, f"{package}/{filename}")


def queries_from_text(text: str, source: str) -> dict[str, str]:
    """Split the text of a query file into queries by name; `source` names the file in errors.

    Raises `ValueError` for a duplicate name, a query without its sentence or without SQL, and for SQL before the
    first name.

    >>> queries_from_text("-- one --\\n-- The number one.\\nSELECT 1;\\n", "example.sql")
    {'one': 'SELECT 1;'}
    """
    queries: dict[str, str] = {}
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _NAME.fullmatch(line.rstrip())]
    for line in lines[: starts[0] if starts else None]:
        if line.strip() and not line.lstrip().startswith("--"):
            raise ValueError(f"{source}: SQL before the first `-- name --` line: {line.strip()}")
    for start, end in pairwise([*starts, len(lines)]):
        name, sql = _query_from_lines(lines[start:end], f"{source}:{start + 1}")
        if name in queries:
            raise ValueError(f"{source}:{start + 1}: a second query is named {name}")
        queries[name] = sql
    return queries


def _query_from_lines(lines: list[str], place: str) -> tuple[str, str]:
    """Take one query apart: the name line, the sentence, the SQL."""
    match = _NAME.fullmatch(lines[0].rstrip())
    assert match, "the caller cuts the text at name lines"
    name = match[1]
    if len(lines) < 2 or not _SENTENCE.fullmatch(lines[1].rstrip()):
        raise ValueError(f"{place}: query {name} needs a `-- sentence` line under its name")
    sql = "\n".join(lines[2:]).strip()
    if not sql:
        raise ValueError(f"{place}: query {name} has no SQL")
    return name, sql
