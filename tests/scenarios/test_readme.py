"""The README's transcript is executed literally, on a fresh server, and compared byte for byte.

In a block marked `console`, a line that begins with `$ ` is a command, the `> ` lines after it belong to
it, and all others are what it prints. An ellipsis stands for whatever changes from run to run.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.serving import data_folder, serving

README = Path(__file__).parents[2] / "README.md"
MARK = "\x1e"  # between the outputs of two commands; no answer contains it


def transcript(text: str) -> list[tuple[str, str]]:
    """Commands and what each must print."""
    steps: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], ""))
            elif line.startswith("> "):
                steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", "")
            else:
                steps[-1] = (steps[-1][0], f"{steps[-1][1]}{line}\n")
    return steps


def matches(expected: str, printed: str) -> bool:
    """Whether the output is the expected one, ellipses aside and line ends made equal."""
    pattern = ".*?".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.replace("\r\n", "\n").rstrip("\n"), re.DOTALL) is not None


@pytest.mark.slow
def test_the_readme_tells_the_truth() -> None:
    steps = transcript(README.read_text(encoding="utf-8"))
    assert len(steps) >= 4
    with data_folder() as folder, serving(folder) as server:
        script = f"printf '{MARK}'\n".join(f"{command}\n" for command, _ in steps)
        script = script.replace("http://127.0.0.1:8020", server.url)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True
        )
    printed = done.stdout.split(MARK)
    for (command, expected), output in zip(steps, printed, strict=True):
        assert matches(expected, output), f"{command}\nprinted\n{output}\ninstead of\n{expected}"
