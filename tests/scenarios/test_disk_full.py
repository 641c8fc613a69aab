"""A disk that fills up while invoices are posted: refused, alive, nothing half-written, and got over.

The disk is a small one in memory, which only root may mount.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ServerProcess, data_folder, invoice, run_cuadra, serving, wait_for

pytestmark = pytest.mark.slow
DISK = "300m"
ATTEMPTS = 4000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A data folder on a disk of its own."""
    with data_folder() as folder:
        folder.mkdir()
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode != 0:
            pytest.skip("only root may mount a small disk, and not everywhere")
        try:
            yield folder / "data"
        finally:
            subprocess.run(["umount", str(folder)], check=True)


def post(server: ServerProcess, headers: dict[str, str]) -> int:
    """Post an invoice; its status."""
    return server.client.post("/v1/invoices", json=invoice(), headers=headers).status_code


def count(server: ServerProcess, headers: dict[str, str]) -> int:
    """How many invoices there are."""
    listed = server.client.get("/v1/invoices", headers=headers)
    assert listed.status_code == 200, listed.text
    return int(listed.json()["pagination"]["total_results"])


def fill(ballast: Path) -> None:
    """Write a file until the disk is full."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))


def test_a_full_disk(small_disk: Path) -> None:
    with serving(small_disk) as server:
        headers = server.sign_in()
        before = count(server, headers)
        assert post(server, headers) == 201
        posted = 1
        ballast = small_disk.parent / "ballast"
        fill(ballast)
        unknown = 0  # told 503 after all may have been written, when it came while committing
        for _ in range(ATTEMPTS):
            answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
            if answer.status_code == 201:
                posted += 1
                continue
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "1"
            assert answer.json()["Errors"][0]["Code"] == "service_unavailable"
            unknown += 1
            if unknown == 5:
                break
        assert unknown == 5
        assert server.client.get("/healthz").status_code == 200

        ballast.unlink()
        wait_for(server.is_ready, 60)
        assert post(server, headers) == 201
        assert count(server, headers) - before - posted - 1 in range(unknown + 1)
        verified = run_cuadra(small_disk, "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert server.stop() == 0
        assert "unhandled" not in server.complained
