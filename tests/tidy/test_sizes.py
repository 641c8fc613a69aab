"""A function fits on a screen, a module is one subject and says which."""

import ast

import pytest

from tests.tidy.tree import CODE, name_of, nodes, python_files, syntax

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 500
# What is larger today and may not grow: name -> lines. Empty is the aim.
LARGER_FUNCTIONS: dict[str, int] = {}
LARGER_MODULES: dict[str, int] = {"tests/database/test_posting.py": 600}
EMPTY_NAMES = {"common", "helper", "helpers", "misc", "tools", "util", "utils"}


def over(sizes: dict[str, int], limit: int, larger: dict[str, int]) -> list[str]:
    """What is too large, and what is listed as larger without need."""
    too_large = [
        f"{name}: {size} lines, at most {larger.get(name, limit)}"
        for name, size in sizes.items()
        if size > larger.get(name, limit)
    ]
    done = [f"{name}: strike it off the list" for name in larger if sizes.get(name, 0) <= limit]
    return too_large + done


def test_functions_fit_on_a_screen() -> None:
    sizes = {
        f"{name_of(path)}::{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files(*CODE)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert over(sizes, FUNCTION_LINES_MAX, LARGER_FUNCTIONS) == []


def test_modules_are_one_subject() -> None:
    sizes = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(*CODE)
    }
    assert over(sizes, MODULE_LINES_MAX, LARGER_MODULES) == []


def test_modules_say_what_they_are() -> None:
    silent = [name_of(path) for path in python_files(*CODE) if not ast.get_docstring(syntax(path))]
    assert silent == []


def test_modules_are_named_after_their_subject() -> None:
    empty = [
        name_of(path) for path in python_files(*CODE) if EMPTY_NAMES & {path.stem, *path.parts}
    ]
    assert empty == []


@pytest.mark.parametrize(
    ("sizes", "larger", "expected"),
    [
        ({"a": 60}, {}, []),
        ({"a": 61}, {}, ["a: 61 lines, at most 60"]),
        ({"a": 70}, {"a": 70}, []),
        ({"a": 71}, {"a": 70}, ["a: 71 lines, at most 70"]),
        ({"a": 60}, {"a": 70}, ["a: strike it off the list"]),
    ],
)
def test_the_list_of_larger_ones_only_shrinks(
    sizes: dict[str, int], larger: dict[str, int], expected: list[str]
) -> None:
    assert over(sizes, 60, larger) == expected
