"""The envelope of a call: what it asks for, checked before anybody waits for a turn.

Everything wrong with it is told at once, each by the vendor's name of the member. What the parameters of
a resource mean is the resource's business.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from cuadra.dialects.siigo_pyme import errors, wire
from cuadra.dialects.siigo_pyme.body import Buffer, Rows, check_text, has_nul, value_from_json
from cuadra.dialects.siigo_pyme.errors import field_error, wrong_request
from cuadra.dialects.siigo_pyme.job import Refused, RowError
from cuadra.dialects.siigo_pyme.settings import PymeSettings

ExecutionType = Literal["import", "export"]
RESOURCES: Mapping[str, tuple[ExecutionType, ...]] = {
    "accounting_movements": ("import", "export"),
    "extra_accounting_documents": ("import", "export"),
    "thirds": ("import", "export"),
    "accounts_receivable_or_payable_balances": ("import",),
}
"""What there is, and what may be done with it."""
MEMBER_BYTES_MAX = 64 * 1024  # of everything but the list
_TIMEOUT_MAX: Mapping[ExecutionType, int] = {"import": 60, "export": 20}
_NO_RAW = bytes(wire.ABSENT)


class Patience(msgspec.Struct, frozen=True):
    """How long and how often a request is tried; minutes."""

    timeout: float
    attempts: int
    backoff: float

    @property
    def seconds(self) -> float:
        """How long its client waits at most: every attempt and every pause between two.

        >>> Patience(timeout=2, attempts=3, backoff=0.5).seconds
        420.0
        """
        return 60.0 * (self.timeout * self.attempts + self.backoff * (self.attempts - 1))


class Envelope(msgspec.Struct):
    """A body cut into its members, the first three decoded to whatever they are."""

    connection: Any
    execution_type: Any
    resource: Any
    raw: wire.EnvelopeIn

    @property
    def is_export(self) -> bool:
        """Whether it is answered in the shape of an export."""
        return bool(self.execution_type == "export")


class Request(msgspec.Struct, kw_only=True):
    """A call with nothing wrong so far. Only an export has rows."""

    execution_type: ExecutionType
    resource: str
    params: dict[str, Any]
    patience: Patience
    rows: Rows | None = None


def envelope_from_body(body: Buffer) -> Envelope:
    """The members of a body. Raises `Refused` when it is no JSON object."""
    check_text(body)
    try:
        raw = msgspec.json.decode(body, type=wire.EnvelopeIn)
    except msgspec.ValidationError as error:
        raise Refused(400, errors.NOT_OBJECT) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refused(400, errors.NOT_JSON) from error
    return Envelope(
        _small(raw.id_connection), _small(raw.execution_type), _small(raw.resource), raw
    )


def connection_name(envelope: Envelope) -> str:
    """The connection a body is for. Raises `Refused`."""
    name = envelope.connection
    if name is None or name == "":
        raise wrong_request([field_error("required", "id_connection")])
    if not isinstance(name, str):
        raise wrong_request([field_error("type", "id_connection", "un texto")])
    return name


def request_from_envelope(envelope: Envelope, settings: PymeSettings) -> Request:
    """What a call asks for. Raises `Refused` with everything that is wrong with it."""
    kind, resource = _kind_of(envelope)
    wrong: list[RowError] = []
    patience = _patience(envelope.raw.request_config, kind, settings, wrong)
    rows = None
    if kind == "import":
        params = _object(envelope.raw.params, "params", wrong)
    else:
        data = _data(envelope.raw.data, wrong)
        params = _object(data.params, "data.params", wrong, optional=True)
        rows = _rows(data.list, wrong)
    if wrong:
        raise wrong_request(wrong)
    return Request(
        execution_type=kind, resource=resource, params=params, patience=patience, rows=rows
    )


def _kind_of(envelope: Envelope) -> tuple[ExecutionType, str]:
    """What is asked for, and of which resource. Raises `Refused`."""
    wrong = []
    kind, resource = envelope.execution_type, envelope.resource
    if kind not in ("import", "export"):
        code = "required" if kind is None else "option"
        wrong.append(field_error(code, "execution_type", "import o export"))
    if not isinstance(resource, str) or resource not in RESOURCES:
        code = "required" if resource is None else "option"
        wrong.append(field_error(code, "resource", f"uno de {', '.join(RESOURCES)}"))
    elif not wrong and kind not in RESOURCES[resource]:
        wrong.append(field_error("wrong_kind", "resource", f"{resource} no admite {kind}"))
    if wrong:
        raise wrong_request(wrong)
    return kind, resource


def _patience(
    raw: msgspec.Raw, kind: ExecutionType, settings: PymeSettings, wrong: list[RowError]
) -> Patience:
    """How patient the client is; what it does not say is the company's choice."""
    timeout = settings.import_timeout if kind == "import" else settings.export_timeout
    chosen = Patience(timeout, settings.attempts, settings.backoff)
    value = _object(raw, "request_config", wrong, optional=True)
    bounds = {"timeout": (2, _TIMEOUT_MAX[kind]), "attempts": (1, 3), "backoff": (0.5, 30)}
    given: dict[str, Any] = {}
    for name, (low, high) in bounds.items():
        member = value.get(name)
        if member is None:
            continue
        where, between = f"request_config.{name}", f"{low} y {high}"
        if isinstance(member, bool) or not isinstance(member, int | Decimal):
            wrong.append(field_error("type", where, "un número"))
        elif not low <= member <= high or (name == "attempts" and member != int(member)):
            wrong.append(field_error("value", where, between))
        else:
            given[name] = int(member) if name == "attempts" else float(member)
    return msgspec.structs.replace(chosen, **given)


def _data(raw: msgspec.Raw, wrong: list[RowError]) -> wire.DataIn:
    if bytes(memoryview(raw)[:4]) == _NO_RAW:
        wrong.append(field_error("required", "data"))
        return wire.DataIn()
    try:
        return msgspec.json.decode(raw, type=wire.DataIn)
    except msgspec.ValidationError:
        wrong.append(field_error("type", "data", "un objeto"))
        return wire.DataIn()


def _rows(raw: msgspec.Raw, wrong: list[RowError]) -> Rows | None:
    if any(error.field == "data" for error in wrong):
        return None
    if bytes(memoryview(raw)[:4]) == _NO_RAW:
        wrong.append(field_error("required", "data.list"))
        return None
    rows = Rows(raw)
    try:
        rows.check()
    except Refused as error:
        wrong.extend(error.errors)
    return rows


def _object(
    raw: msgspec.Raw, name: str, wrong: list[RowError], *, optional: bool = False
) -> dict[str, Any]:
    """A member that must be a small object; an empty one where it may be missing."""
    value = _small(raw, name, wrong)
    if isinstance(value, dict):
        return value
    if value is not None:
        wrong.append(field_error("type", name, "un objeto"))
    elif not optional and not any(error.field == name for error in wrong):
        wrong.append(field_error("required", name))
    return {}


def _small(raw: msgspec.Raw, name: str = "", wrong: list[RowError] | None = None) -> Any:
    """A decoded member. Raises `Refused` for what no text may hold, and says when it is too long."""
    with memoryview(raw) as view:
        if len(view) > MEMBER_BYTES_MAX:
            if wrong is not None:
                wrong.append(field_error("too_long", name))
            return None
    try:
        value = value_from_json(raw)
        usable = not has_nul(value)
    except (ValueError, RecursionError) as error:
        raise Refused(400, errors.NOT_JSON) from error
    if not usable:
        raise Refused(400, errors.NOT_JSON)
    return value
