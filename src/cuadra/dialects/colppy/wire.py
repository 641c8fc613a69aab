"""What travels: the envelope of every request and of every answer.

What is inside `parameters` and `response` differs from operation to operation; `reading` reads the one, the
handlers make the other.
"""

from typing import Any

import msgspec


class RequestIn(msgspec.Struct):
    """The members of a body, whatever kinds they are of. `filter` and `order` may stand beside the parameters."""

    auth: Any = None
    service: Any = None
    parameters: Any = None
    filter: Any = None
    order: Any = None


class ServiceOut(msgspec.Struct):
    """Who answers: provision and operation as they were sent. A wrong password is answered without `version`."""

    provision: str | None
    operacion: str | None
    version: str | msgspec.UnsetType
    response_date: str


class ResultOut(msgspec.Struct):
    """Whether the service was executed: `estado` 0, also where the business refused."""

    estado: int
    mensaje: str


class AnswerOut(msgspec.Struct):
    """A whole answer."""

    service: ServiceOut
    result: ResultOut
    response: dict[str, Any] | None
