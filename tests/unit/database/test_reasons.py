"""Why a PostgreSQL program failed, in the one line its user reads."""

from pathlib import Path

import pytest

from cuadra.database.binaries import reason_of

FOLDER = Path("/data")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "creating files\ninitdb: error: could not write file: No space left on device\n",
            "disk full: no space left for /data; free some space and start again",
        ),
        (
            "LOG: starting\nFATAL:  data directory has wrong ownership\nHINT: see",
            "FATAL:  data directory has wrong ownership",
        ),
        ("something odd", "something odd"),
        ("", "no output"),
    ],
)
def test_the_line_that_says_why(output: str, reason: str) -> None:
    assert reason_of(output, FOLDER) == reason
