"""The contract between the envelope and its resources: what a job is, and what becomes of it.

The envelope signs in, waits for the connection's turn and sends the answer; a resource only reads or
writes. An import is a stream of rows, an export eats one: neither is ever whole in memory.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from cuadra.database.pool import Database
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.books import Origin
from cuadra.trade.group import Groups


class Job(msgspec.Struct, kw_only=True):
    """One signed-in call as its handler sees it. `params` are those of the request, as sent.

    Identical exports of a connection have the same `digest`; without one nothing tells them from others.
    Whoever works at the installation itself has no `credential`.
    """

    database: Database
    groups: Groups
    company: str
    credential: int | None
    origin: Origin
    settings: PymeSettings
    now: datetime
    params: dict[str, Any]
    digest: str = ""

    @property
    def entrance(self) -> int | str:
        """What its reads begin with: the credential, which must still stand, or else the company."""
        return self.company if self.credential is None else self.credential


class RowError(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What is wrong with a row of an export, or with the request where `row` is None.

    `row` is its place in `data.list`, from 1; `sequence` the one the row says it has.
    """

    row: int | None = None
    sequence: int | None = None
    field: str
    code: str
    message: str


class Refused(Exception):
    """The whole call is refused: the status, one sentence, and what is wrong with which field."""

    def __init__(self, status: int, message: str, errors: list[RowError] | None = None) -> None:
        self.status = status
        self.message = message
        self.errors = errors or []
        super().__init__(message)


class ExportReport(msgspec.Struct, kw_only=True):
    """What an export did: how many vouchers it wrote, what was wrong with others, and what it let pass.

    `written_rows` has the places of the first and the last row of each one written.
    """

    written: int = 0
    written_rows: list[tuple[int, int]] = []
    errors: list[RowError] = []
    warnings: list[RowError] = []


# The rows of the answer, as a stream. Whoever reads them closes it.
ImportHandler = Callable[[Job], AsyncGenerator[dict[str, Any], None]]
# Eats the rows of `data.list` one at a time, as decoded from JSON, numbers with a point as Decimal.
ExportHandler = Callable[[Job, AsyncIterator[dict[str, Any]]], Awaitable[ExportReport]]
