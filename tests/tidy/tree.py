"""The files of this folder, as the tidy tests read them: text, and Python as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/cuadra"
SCHEMA = PACKAGE / "database/schema.sql"
CODE = ("src", "tests", "benchmarks", "docs")


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def syntax(path: Path) -> ast.Module:
    """A Python file as a tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(path: Path) -> Iterator[ast.AST]:
    """Every node of a Python file."""
    return ast.walk(syntax(path))


def name_of(path: Path) -> str:
    """A file as a message names it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of attributes; what is no name becomes `?`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return "?"
