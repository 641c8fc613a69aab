"""One table: what is wrong, in the Spanish that clients of this API show to people.

The vendor documents no texts of errors, so all of them are ours. `errors` is an array of sentences; of a
document in an array each begins with its name, `Documento COM-2: `, and of a line with its position,
`detalle 2: `.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import VoucherChanged
from cuadra.trade.group import Busy

# What each status of the page says about a whole request.
MESSAGES = {
    400: "La solicitud no es válida",
    401: "No autorizado",
    403: "Acceso denegado",
    404: "El recurso solicitado no existe",
    405: "Método no permitido",
    429: "El token está en uso",
    500: "Error interno del servidor",
    503: "El servicio no está disponible en este momento",
}
NOT_JSON = "El cuerpo no es un JSON válido"
NOT_OBJECT = "El cuerpo debe ser un objeto"
NOT_ARRAY = "El cuerpo debe ser un arreglo"
EMPTY_ARRAY = "El arreglo está vacío"
NOT_COMPLETE = "El cuerpo no llegó completo"
TOO_LARGE = "El cuerpo supera el tamaño máximo de 32 MB"
TOKEN_WRONG = "El token falta, no existe o fue revocado"  # noqa: S105 - a message
KEY_MISSING = "Falta el encabezado secretkey"
KEY_OF_OTHERS = "El secretkey no corresponde a la empresa del token"
UNKNOWN_PATH = "La ruta no existe"
NOT_SERVED = "Este recurso de SERPI no está disponible en este servidor"
WRONG_METHOD = "La ruta no admite este método"
IN_USE = "El token ya está siendo usado por otra petición; espere a que termine"
UNAVAILABLE = "La base de datos no responde; intente de nuevo en unos segundos"
BUSY = "Hay demasiados documentos en espera; intente de nuevo en unos segundos"
UNFORESEEN = "Ocurrió un error inesperado"

# By problem code; {x} is the vendor's name of the member, {value} what was sent.
_TEXTS = {
    "required": "{x} es obligatorio",
    "empty": "{x} está vacío",
    "type": "{x} no tiene el tipo de dato esperado",
    "value": "{x} no es válido: {value}",
    "amount": "{x} debe ser un valor no negativo de máximo 5 decimales: {value}",
    "range": "el rango de {x} está invertido",
    "too_long": "{x} admite máximo {value} caracteres",
    "format": "{x} no tiene el formato esperado: {value}",
    "option": "{x} no es una de las opciones: {value}",
    "unknown": "{x} {value} no existe",
    "inactive": "{x} {value} está inactivo",
    "wrong_kind": "{x} {value} no se puede usar aquí",
    "setting": "{x} no está permitido por el tipo de documento: {value}",
    "company_setting": "{x} no está permitido por la empresa",
    "array": "{x} no se puede registrar así: {value}",
    "date": "{x} no es una fecha válida (AAAA-MM-DD): {value}",
    "locked": "el periodo {value} está cerrado",
    "repeated": "{x} {value} ya existe",
    "repeated_number": "ya existe un documento con este tipo y número",
    "balance": "los débitos y los créditos no son iguales; la diferencia es {value}",
    "due_balance": "el documento cruce no tiene ese saldo: {value}",
    "in_use": "otros documentos dependen de este: {value}",
    "not_editable": "{x} no se puede cambiar",
    "not_found": "el documento ya no existe",
    "busy": "otra petición lo cambió al mismo tiempo",
}
# By problem code and our path, indexes left out.
_EXCEPTIONS = {
    ("unknown", "voucher_type"): "el tipo de documento {value} no existe",
    ("inactive", "voucher_type"): "el tipo de documento {value} está inactivo",
    ("setting", "number"): "en esta numeración autorizada el siguiente número es {value}",
    ("unknown", "party"): "el tercero {value} no existe",
    ("inactive", "party"): "el tercero {value} está inactivo",
    ("unknown", "lines.party"): "el tercero {value} no existe",
    ("inactive", "lines.party"): "el tercero {value} está inactivo",
    ("unknown", "lines.account"): "la cuenta {value} no existe",
    ("inactive", "lines.account"): "la cuenta {value} está inactiva",
    ("account_setting", "lines.account"): "la cuenta {value} no es auxiliar",
    ("unknown", "lines.cost_centre"): "el subcentro de costo {value} no existe",
    ("inactive", "lines.cost_centre"): "el subcentro de costo {value} está inactivo",
    ("required", "lines.cost_centre"): "la cuenta exige idSubcentroCosto",
    ("unknown", "lines.operation_centre"): "el centro de operación {value} no existe",
    ("inactive", "lines.operation_centre"): "el centro de operación {value} está inactivo",
    ("unknown", "lines.project"): "el proyecto {value} no existe",
    ("inactive", "lines.project"): "el proyecto {value} está inactivo",
    ("unknown", "lines.activity"): "la actividad {value} no existe",
    ("inactive", "lines.activity"): "la actividad {value} está inactiva",
    ("unknown", "lines.branch"): "la sucursal {value} no existe",
    ("wrong_kind", "lines.branch"): "la sucursal {value} no es del tercero",
    ("unknown", "lines.due"): "el documento cruce {value} no existe",
    ("value", "lines.due"): "el documento cruce es de un documento por emitir: {value}",
    ("required", "lines.due"): "crucePrefijo y cruceNumero van juntos",
    ("array", "lines"): "el documento debe tener entre 2 y 30000 detalles",
    ("in_use", "id"): "otro documento lo corrige",
    ("in_use", "due"): "otro documento canceló el saldo de {value}",
    ("in_use", "stock"): "ya salió del inventario: {value}",
    ("repeated", "due"): "ya existe un saldo con el nombre de este documento",
    ("value", "number"): "numeroDoc está fuera de rango: {value}",
}
# Our path -> the vendor's member. What is not here is called the same.
_NAMES = {
    "voucher_type": "el tipo de documento",
    "number": "numeroDoc",
    "party": "nitTerceroEnc",
    "party.identification": "nitTerceroEnc",
    "date": "fechaDocumento",
    "lines": "detalles",
    "lines.account": "cuenta",
    "lines.party": "nitTerceroDet",
    "lines.party.identification": "nitTerceroDet",
    "lines.side": "naturaleza",
    "lines.amount": "valor",
    "lines.tax_base": "baseImpuesto",
    "lines.due.prefix": "crucePrefijo",
    "lines.due.consecutive": "cruceNumero",
    "lines.due.quote": "cuota",
    "lines.due.date": "fechaVencimiento",
    "lines.description": "detalle",
    "lines.cost_centre": "idSubcentroCosto",
    "lines.operation_centre": "idCentroOperacion",
    "lines.project": "idProyecto",
    "lines.activity": "idActividad",
    "lines.branch": "idSucursal",
    "identification": "identificacion",
    "id_type": "tipoidentidad",
    "address.city.country_code": "codigopais",
    "address.city.state_code": "codigodepartamento",
    "address.city.city_code": "codigociudad",
}


class Failure(Exception):
    """A request that is refused as a whole: the vendor's code and at least one sentence."""

    def __init__(self, code: int, *texts: str) -> None:
        self.code = code
        self.texts = list(texts)
        super().__init__("; ".join(texts))


def bad_request(*problems: Problem) -> Failure:
    """The refusal of a request for what is wrong with it."""
    return Failure(400, *texts_of(problems))


def texts_of(problems: Sequence[Problem]) -> list[str]:
    """One sentence for each problem, the position of its line before it.

    >>> texts_of([Problem("unknown", "lines[1].account", "", "99999999")])
    ['detalle 2: la cuenta 99999999 no existe']
    """
    return list(dict.fromkeys(_text(problem) for problem in problems))


def _text(problem: Problem) -> str:
    path = re.sub(r"\[\d+\]", "", problem.field)
    text = _EXCEPTIONS.get((problem.code, path)) or _TEXTS.get(problem.code, "{x} no es válido")
    line = re.match(r"lines\[(\d+)\]", problem.field)
    where = f"detalle {int(line[1]) + 1}: " if line else ""
    value = problem.value
    if problem.code == "locked" and isinstance(value, int):  # the period 202303
        value = f"{value // 100}-{value % 100:02d}"
    if problem.code in ("balance", "due_balance") and isinstance(value, Decimal):
        value = abs(value)
    name = _NAMES.get(path, path.removeprefix("lines."))
    return where + text.format(x=name, value=_shown(value))


def _shown(value: object) -> str:
    """A value as a sentence repeats it: short, and amounts without an exponent where that is short too."""
    short = isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40
    text = f"{value:f}" if short else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def outcome_texts(error: Exception, prefixes: Mapping[str, str]) -> list[str]:
    """What the outcome of one draft of many says; an empty list for what nobody foresaw.

    `prefixes` leads from the prefix of a due to the one this dialect knows it by.
    """
    match error:
        case Rejected(problems=problems):
            return texts_of([_with_own_prefix(problem, prefixes) for problem in problems])
        case DatabaseUnavailable():
            return [UNAVAILABLE]
        case CompanyUnknown():
            return [TOKEN_WRONG]
        case Busy():
            return [BUSY]
        case VoucherChanged():
            return [_TEXTS["busy"]]
    return []


def _with_own_prefix(problem: Problem, prefixes: Mapping[str, str]) -> Problem:
    """The problem; where it names a due (`FV-1-701`), by this dialect's prefix (`FVE-701`)."""
    if problem.code not in ("unknown", "in_use") or not problem.field.endswith("due"):
        return problem
    prefix, _, number = str(problem.value).rpartition("-")
    return msgspec.structs.replace(problem, value=f"{prefixes.get(prefix, prefix)}-{number}")
