"""The documents: the page of the command line is up to date, and no page names a file that is not there."""

import re
from pathlib import Path

import pytest
import typer

from cuadra.cli import app
from docs.make_cli import PAGE, page
from tests.tidy.tree import CODE, PACKAGE, ROOT, name_of

# Dated documents speak of files as they were on their day.
DATED = {"CHANGELOG.md", "DECISIONS.md"}
DOCUMENTS = [
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name not in DATED
]
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
KINDS = "csv|json|lock|md|py|sql|toml|yaml|yml"
QUOTED = re.compile(rf"`([\w.-][\w./-]*?(?:\.(?:{KINDS})|/))(?:::(\w+)(?:\(\))?)?`")
LINKED = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
FENCED = re.compile(r"(?<![\w./@:{-])([a-z][\w/-]*\.(?:py|sql|toml))\b")


def test_the_page_of_the_command_line_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_command_and_option_says_what_it_is_for() -> None:
    silent = []

    def visit(command: object, name: str) -> None:
        if not getattr(command, "help", None):
            silent.append(name)
        silent.extend(
            f"{name} {parameter.opts[0]}"
            for parameter in getattr(command, "params", [])
            if parameter.param_type_name == "option" and not parameter.help
        )
        for word, below in getattr(command, "commands", {}).items():
            visit(below, f"{name} {word}")

    visit(typer.main.get_command(app), "cuadra")
    assert silent == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_files_that_are_named_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    prose = FENCE.sub("", text)
    missing = [name for name in LINKED.findall(prose) if not (document.parent / name).exists()]
    for name, member in QUOTED.findall(prose):
        path = find(name, document)
        if path is None or (
            member and not re.search(rf"\b{member}\b", path.read_text(encoding="utf-8"))
        ):
            missing.append(f"{name}::{member}" if member else name)
    for fence in FENCE.findall(text):
        missing += [name for name in FENCED.findall(fence) if find(name, document) is None]
    assert missing == []


def find(name: str, document: Path) -> Path | None:
    """The file or folder that a document means: from the root, the package, the document, or by the end of its path."""
    for base in (ROOT, PACKAGE, PACKAGE.parent, document.parent):
        if (base / name).exists():
            return base / name
    return next((path for folder in CODE for path in (ROOT / folder).rglob(name.rstrip("/"))), None)
