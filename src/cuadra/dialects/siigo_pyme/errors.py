"""One table: what is wrong, in Spanish, and which status it has.

The vendor documents no error at all, neither bodies nor statuses, so all of these texts are ours; the
shapes are in `answers`. Every refusal names the member by the vendor's path.
"""

import structlog

from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable
from cuadra.database.turnstile import Occupied
from cuadra.dialects.siigo_pyme.job import Refused, RowError
from cuadra.trade.group import Busy

KEY_WRONG = "La clave de API falta, no existe o fue revocada"
CONNECTION_UNKNOWN = "La conexión {} no existe"
UNKNOWN_PATH = "La ruta no existe"
WRONG_METHOD = "La ruta solo admite POST"
NOT_JSON = "El cuerpo no es un JSON válido"
NOT_OBJECT = "El cuerpo debe ser un objeto"
NOT_COMPLETE = "El cuerpo no llegó completo"
TOO_LARGE = "El cuerpo supera el tamaño máximo de 256 MB"
REQUEST_WRONG = "La solicitud no es válida"
QUEUE_FULL = "Hay demasiadas solicitudes en espera para esta conexión; intente de nuevo más tarde"
BUSY = "Hay demasiados documentos en espera; intente de nuevo en unos segundos"
UNAVAILABLE = "La base de datos no responde; intente de nuevo en unos segundos"
LATE_WAITING = "Tiempo de espera agotado: la solicitud no alcanzó su turno y no se ejecutó"
LATE_RUNNING = "Tiempo de espera agotado: la solicitud sigue en proceso"
LATE_READING = "Tiempo de espera agotado: la consulta no terminó a tiempo"
UNFORESEEN = "Ocurrió un error inesperado"

_TEXTS = {
    "required": "{x} es obligatorio",
    "empty": "{x} está vacío",
    "type": "{x} debe ser {value}",
    "value": "{x} debe estar entre {value}",
    "option": "{x} debe ser {value}",
    "date": "{x} no es una fecha MMDD válida",
    "range": "{x} es mayor que {value}",
    "wrong_kind": "{x} {value}",
    "json": "la fila no es un JSON válido",
    "too_long": "{x} es demasiado grande",
}
_log = structlog.get_logger("cuadra.siigo_pyme")


def field_error(code: str, field: str, value: str = "", *, row: int | None = None) -> RowError:
    """What is wrong with one member; `value` is what it may be.

    >>> field_error("required", "params.third_initial").message
    'params.third_initial es obligatorio'
    """
    text = _TEXTS[code].format(x=field, value=value)
    return RowError(row=row, field=field, code=code, message=text)


def wrong_request(errors: list[RowError]) -> Refused:
    """The refusal of a request for what is wrong with it: all of it, in its order."""
    return Refused(400, REQUEST_WRONG, errors)


def refusal_of(error: Exception) -> Refused:
    """What a caller is told of whatever went wrong; what nobody foresaw is logged and becomes a 500."""
    match error:
        case Refused():
            return error
        case DatabaseUnavailable():
            return Refused(503, UNAVAILABLE)
        case Busy():
            return Refused(503, BUSY)
        case Occupied():
            return Refused(503, QUEUE_FULL)
        case CompanyUnknown():
            return Refused(401, KEY_WRONG)
    _log.error("unhandled error", exc_info=error)
    return Refused(500, UNFORESEEN)
