"""One call of the API as its handler sees it: who calls, for which company, and which page is wanted."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.datastructures import QueryParams

from cuadra.database.pool import Database
from cuadra.dialects.serpi.answers import Streams
from cuadra.dialects.serpi.errors import bad_request
from cuadra.dialects.serpi.settings import SerpiSettings
from cuadra.errors import Problem
from cuadra.trade.books import Origin
from cuadra.trade.group import Groups

T = TypeVar("T")
NUMBER_OF_PAGING_MAX = 2**31 - 1


class Paging(msgspec.Struct, frozen=True):
    """Which part of the rows is wanted: `limit` of them (None is all) from `offset`."""

    limit: int | None
    offset: int

    def count_of(self, total: int) -> int:
        """How many of `total` rows are on the page.

        >>> [Paging(limit, offset).count_of(5) for limit, offset in ((None, 0), (2, 4), (2, 6))]
        [5, 1, 0]
        """
        left = max(total - self.offset, 0)
        return left if self.limit is None else min(left, self.limit)

    def of(self, rows: Sequence[T]) -> Sequence[T]:
        """The rows on the page."""
        return rows[self.offset : self.offset + self.count_of(len(rows))]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted request. `credential` names the company in every read, `company` its group."""

    query: QueryParams
    body: bytes
    database: Database
    groups: Groups
    credential: int
    company: str
    origin: Origin
    settings: SerpiSettings
    streams: Streams
    now: datetime

    def text(self, name: str) -> str | None:
        """A parameter of the query, its name in any case; None where it is missing or empty."""
        for known, value in self.query.multi_items():
            if known.lower() == name.lower() and value.strip():
                if "\0" in value:
                    raise bad_request(Problem("value", name, "no such value", "NUL"))
                return value.strip()
        return None

    def positive(self, name: str) -> int | None:
        """A whole number of the query, from 1. Raises `Failure`."""
        text = self.text(name)
        if text is None:
            return None
        number = int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else 0
        if not 0 < number <= NUMBER_OF_PAGING_MAX:
            raise bad_request(Problem("value", name, "a number from 1", text))
        return number

    @property
    def paging(self) -> Paging:
        """`limite` and `pagina`, from 1. Without a limit everything is on the first page."""
        limit = self.positive("limite") or self.settings.page_size or None
        number = self.positive("pagina") or 1
        if limit is None:
            return Paging(None, 0) if number == 1 else Paging(0, 0)
        return Paging(limit, (number - 1) * limit)
