"""Writes docs/cli.md from the command line itself: `make docs`. A tidy test fails when the page is not up to date."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cuadra.cli import app

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# The command line

*Made by `make docs` from the program itself.*

What went wrong is said in one line on standard error, with exit code 1; wrong usage is exit code 2.
`CUADRA_DATA` says where the data is, `CUADRA_DATABASE_URL` names a PostgreSQL of yours instead of the embedded one,
`CUADRA_PORT` the port to serve on, `CUADRA_LOG` how much is logged (`INFO`). A command works on the books of a
running server of the same data folder; without one it starts PostgreSQL for as long as it takes.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *sections(typer.main.get_command(app), "cuadra")])


def sections(command: Any, name: str) -> Iterator[str]:
    """The section of a command, and those of the commands below it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield f"## {name}\n"
        yield f"{plain(command.help)}\n"
        yield from usage(command, name)
        return
    for word in sorted(below):
        yield from sections(below[word], f"{name} {word}")


def usage(command: Any, name: str) -> Iterator[str]:
    """How a command is written, and what each of its arguments and options means."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    words = [name, *(one.name.upper() for one in arguments), *(["[OPTIONS]"] if options else [])]
    yield f"```\n{' '.join(words)}\n```\n"
    if not arguments and not options:
        return
    yield "| | default | |\n|---|---|---|"
    for one in arguments:
        yield f"| `{one.name.upper()}` | | {plain(one.help)} |"
    for one in options:
        yield f"| {spelling(one)} | {default(one)} | {plain(one.help)} |"
    yield ""


def spelling(option: Any) -> str:
    """The option as it is typed."""
    spelled = [f"`{word}`" for word in [*option.opts, *option.secondary_opts]]
    return " / ".join(spelled)


def default(option: Any) -> str:
    """What holds when the option is not given."""
    if option.required:
        return "required"
    if option.is_flag:
        chosen = option.opts if option.default else option.secondary_opts
        return f"`{chosen[0]}`" if chosen else ""
    return "" if option.default is None else f"`{option.default}`"


def plain(text: str | None) -> str:
    """A help text in one line."""
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
