"""Moves the clock of a server under test, by the seconds that a file says at the moment.

Python imports a module of this name by itself at the start of every process whose PYTHONPATH names this folder: so it
reaches the server and its workers alike, before anything of theirs asks what time it is. Without the variable below
it does nothing.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "CUADRA_FAULTS_CLOCK"

if VARIABLE in os.environ:
    import cuadra.config

    _offset = Path(os.environ[VARIABLE])

    def _moved_clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(_offset.read_text()))

    cuadra.config.system_clock = _moved_clock
