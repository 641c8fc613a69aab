"""A built wheel, installed alone in a clean environment, serves: nothing it needs stays behind in this folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.serving import data_folder, invoice, is_running, serving

ROOT = Path(__file__).parents[2]
NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Cannot connect to proxy",
    "Connection refused",
    "Read timed out",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this folder, built by the backend of the lock file."""
    target = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(target),
        str(ROOT),
    )
    [wheel] = target.glob("cuadra-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel and the locked dependencies, and nothing else."""
    home = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", str(home))
    pip = (
        str(home / "bin/python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    )
    try:
        _run(*pip, "--require-hashes", "--requirement", str(ROOT / "requirements.lock"))
    except AssertionError as error:
        for words in NO_NETWORK:
            if words in str(error):
                pytest.skip(f"the dependencies cannot be fetched: {words}")
        raise
    _run(*pip, "--no-deps", "--no-index", str(wheel))
    _run(*pip[:-2], "check")
    return home


def test_it_holds_every_file_of_the_package(wheel: Path) -> None:
    package = ROOT / "src/cuadra"
    wanted = {
        f"cuadra/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert wanted - held == set()
    assert {name for name in held if ".dist-info/" not in name} - wanted == set()
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_it_serves_alone(installed: Path) -> None:
    program = str(installed / "bin/cuadra")
    elsewhere = {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    code = "import cuadra.cli; print(cuadra.cli.__file__)"
    place = _run(str(installed / "bin/python"), "-c", code, **elsewhere)
    assert place.startswith(str(installed))
    with (
        data_folder() as folder,
        serving(folder, program=[program], environment=elsewhere) as server,
    ):
        database = server.postgres()
        answer = server.client.post("/v1/invoices", json=invoice(), headers=server.sign_in())
        assert answer.status_code == 201, answer.text
        assert answer.json()["total"] == 119
        assert server.stop() == 0
        assert not is_running(database)


def _run(*command: str, **environment: str) -> str:
    """Run a command to its end and return what it printed. Raises `AssertionError` with all it said."""
    result = subprocess.run(
        command,
        cwd=Path(command[0]).parent,
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
    return result.stdout
