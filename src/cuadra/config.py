"""What the environment and the command line set, read once; and the one clock of the program.

Importable by every module; it imports nothing of ours.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant. The only place where the program asks what time it is."""
    return datetime.now(UTC)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a server runs. `database_url` None means the embedded PostgreSQL in `data_folder`."""

    host: str = "127.0.0.1"
    port: int = 8020
    data_folder: Path
    database_url: str | None = None
    database_owner_url: str | None = None
    workers: int = 1
    demo_anywhere: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("127.0.0.1", "::1", "localhost")


def config_from_environment() -> Config:
    """The configuration of CUADRA_PORT, CUADRA_DATA, CUADRA_DATABASE_URL and CUADRA_DATABASE_OWNER_URL.

    Raises `ValueError` with one clear line.
    """
    environment = os.environ
    port = environment.get("CUADRA_PORT") or "8020"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"CUADRA_PORT is {port!r}; a port is a number from 1 to 65535")
    return Config(
        port=int(port),
        data_folder=Path(environment.get("CUADRA_DATA") or default_data_folder()).expanduser(),
        database_url=environment.get("CUADRA_DATABASE_URL") or None,
        database_owner_url=environment.get("CUADRA_DATABASE_OWNER_URL") or None,
    )


def default_data_folder() -> Path:
    """Where data lives when nobody says: the user's own folder, or /var/lib/cuadra for root.

    Root's home is closed to the unprivileged user PostgreSQL runs as.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/cuadra")
    return Path("~/.local/share/cuadra").expanduser()
