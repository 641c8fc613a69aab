"""One call of the API as its handler sees it: who calls, for which company, and with which parameters."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from cuadra.catalog.sessions import Admission
from cuadra.database.pool import Database
from cuadra.dialects.colppy.errors import DONE
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import ColppySettings
from cuadra.trade.books import Origin
from cuadra.trade.group import Groups


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted request.

    `credential` names the company in every read, `company` its group; both are empty where an operation is
    about no company. `country` is the company's. `user` is the e-mail of the session, `key` its key. `root` are the members that
    may stand beside the parameters. `admission` is what the database knows of the caller.
    """

    database: Database
    groups: Groups
    company: str
    credential: int
    company_id: int
    country: str
    origin: Origin
    user: str
    key: str
    settings: ColppySettings
    now: datetime
    parameters: Parameters
    root: dict[str, Any]
    admission: Admission


Handler = Callable[[Call], Awaitable[dict[str, Any]]]


class Operation(msgspec.Struct, frozen=True):
    """One operation: what answers it, with which message, and whether it needs a session and a company."""

    provision: str
    operacion: str
    handler: Handler
    message: str = DONE
    session: bool = True
    company: bool = True
