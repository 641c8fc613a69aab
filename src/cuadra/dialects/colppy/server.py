"""The one address of Colppy, answered by our books.

Every operation passes one wrapper: body, developer, limit, operation, session and company. The status of HTTP is 200
whatever happens, except where somebody calls too often. A table leads from provision and operation to what answers.
"""

from datetime import datetime
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cuadra.catalog.sessions import Grant, renew_session
from cuadra.config import Clock
from cuadra.database.pool import CompanyUnknown, Database, DatabaseUnavailable
from cuadra.dialects.colppy import errors, wire
from cuadra.dialects.colppy.answers import (
    HEADERS,
    Asked,
    failure_answer,
    refusal_answer,
    success_answer,
)
from cuadra.dialects.colppy.auth import (
    Known,
    caller_from_request,
    check_developer,
    check_rate,
    check_session,
    grant_of_company,
    id_of_company,
    load_known,
    settings_of,
)
from cuadra.dialects.colppy.body import read_body, request_from_body
from cuadra.dialects.colppy.call import Call, Operation
from cuadra.dialects.colppy.errors import Failure, Refusal, failure_from_problems
from cuadra.dialects.colppy.handlers import (
    accounts,
    companies,
    items,
    journal,
    payments,
    purchases,
    receipts,
    sales,
    third_parties,
    users,
)
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.errors import Rejected
from cuadra.ledger.posting import VoucherChanged
from cuadra.trade.books import Origin
from cuadra.trade.group import Busy, Groups

PATH = "/lib/frontera2/service.php"
_log = structlog.get_logger("cuadra.colppy")

OPERATIONS: tuple[Operation, ...] = (
    Operation("Usuario", "iniciar_sesion", users.sign_in, session=False, company=False),
    Operation("Usuario", "cerrar_sesion", users.sign_out, company=False),
    Operation("Usuario", "validar_sesion", users.validate, company=False),
    Operation("Empresa", "listar_empresa", companies.list_companies, company=False),
    Operation("Empresa", "leer_empresa", companies.read_company),
    Operation("Empresa", "listar_ccostos", companies.list_cost_centres),
    Operation("Empresa", "leer_talonario", companies.read_series),
    Operation("Empresa", "leer_numero_recibo", companies.read_receipt_number),
    Operation("Empresa", "proximo_numero_factura", companies.next_invoice_number),
    Operation("Empresa", "listar_resoluciones", companies.list_resolutions),
    Operation("Cliente", "alta_cliente", third_parties.create_customer),
    Operation("Cliente", "editar_cliente", third_parties.edit_customer),
    Operation("Cliente", "leer_cliente", third_parties.read_customer),
    Operation("Cliente", "leer_detalle_cliente", third_parties.read_customer_with_balance),
    Operation("Cliente", "listar_cliente", third_parties.list_customers),
    Operation("Proveedor", "alta_proveedor", third_parties.create_supplier),
    Operation("Proveedor", "editar_proveedor", third_parties.edit_supplier),
    Operation("Proveedor", "leer_proveedor", third_parties.read_supplier),
    Operation("Proveedor", "listar_proveedor", third_parties.list_suppliers),
    Operation("Inventario", "alta_iteminventario", items.create_item),
    Operation("Inventario", "editar_iteminventario", items.edit_item),
    Operation("Inventario", "listar_itemsinventario", items.list_items),
    Operation("Inventario", "listar_dispDeposito", items.list_warehouse_stock),
    Operation("Contabilidad", "listar_cuentasdiario", accounts.list_journal_accounts),
    Operation("Contabilidad", "leer_arbol_contabilidad", accounts.read_chart),
    Operation("Inventario", "listar_cuentasAsentables", accounts.list_item_accounts),
    Operation("Tesoreria", "listado_banco", accounts.list_banks),
    Operation("Moneda", "listar_monedas", accounts.list_currencies),
    Operation("Moneda", "listar", accounts.list_currencies),
    Operation("FacturaVenta", "alta_facturaventa", sales.create_sale),
    Operation("FacturaVenta", "editar_facturaventa", sales.edit_sale),
    Operation("FacturaVenta", "leer_facturaventa", sales.read_sale),
    Operation("FacturaVenta", "listar_facturasventa", sales.list_all_sales),
    Operation("Contabilidad", "listar_movimientosdiario", journal.list_movements),
    Operation("Contabilidad", "listar_asientosmanuales", journal.list_asientos),
    Operation("Contabilidad", "alta_asiento", journal.create_asiento),
    Operation("FacturaCompra", "alta_facturacompra", purchases.create_purchase),
    Operation("FacturaCompra", "leer_facturacompra", purchases.read_purchase),
    Operation("FacturaCompra", "listar_facturasCompra", purchases.list_all_purchases),
    Operation("Cliente", "alta_cobro", receipts.create_receipt),
    Operation("Cliente", "editar_cobro", receipts.edit_receipt),
    Operation("Cliente", "AR_leer_fondos_pagos", receipts.read_funds),
    Operation("FacturaVenta", "leer_cobros_factura", receipts.list_collected),
    Operation("Pago", "alta_pago", payments.create_payment, message=payments.RECORDED),
    Operation("Pago", "leer_pago", payments.read_payment),
)

# Known to the vendor's clients, not served here.
REFUSED: tuple[tuple[str, str], ...] = ()


class Colppy:
    """The whole dialect as one ASGI application."""

    def __init__(self, database: Database, groups: Groups, clock: Clock) -> None:
        self._database = database
        self._groups = groups
        self._clock = clock
        self._operations = {_key(one.provision, one.operacion): one for one in OPERATIONS}
        self._refused = {_key(*names) for names in REFUSED}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            response = Response(b"", 200, HEADERS)
        else:
            asked = Asked()
            try:
                response = await self._answer(request, asked)
            except ClientDisconnect:
                return  # nobody is there
            except Exception as error:  # noqa: BLE001 - becomes an answer, and a log line if unforeseen
                wrong = _wrong(error)
                response = (
                    failure_answer(asked, self._clock(), wrong)
                    if isinstance(wrong, Failure)
                    else refusal_answer(asked, self._clock(), wrong)
                )
        await response(scope, receive, send)

    async def _answer(self, http: Request, asked: Asked) -> Response:
        """Admit a call and answer it. Raises `Refusal`, `Failure` and what handlers raise."""
        request = request_from_body(await read_body(http))
        service = request.service if isinstance(request.service, dict) else {}
        names = service.get("provision"), service.get("operacion")
        asked.name(*names)
        now = self._clock()
        operation = self._operations.get(_key(*names))
        signing_in = operation is not None and not operation.session
        caller = caller_from_request(request, signing_in=signing_in)
        known = await load_known(self._database, caller, now)
        if home := known.home:
            asked.settings = settings_of(home)
        if known.named:
            asked.country = known.named[0].country
        if operation is not None and asked.settings.case == "exact":
            operation = operation if (operation.provision, operation.operacion) == names else None
        check_developer(known, asked.settings, session=operation is not None and operation.session)
        await check_rate(self._database, known, asked.settings, now)
        if operation is None:
            raise self._unknown(names, asked)
        grant = await self._admit(operation, known, now)
        request_id = http.scope.get("cuadra.request_id", "")
        call = self._call(request, known, asked, grant, request_id)
        members = await operation.handler(call)
        return success_answer(asked, self._clock(), operation.message, members)

    async def _admit(self, operation: Operation, known: Known, now: datetime) -> Grant | None:
        """The credential for the company of a call, if it is about one. Raises `Refusal` and `Failure`."""
        if not operation.session:
            return None
        grant = grant_of_company(known) if operation.company else None
        session = check_session(known)
        await renew_session(self._database, session, known.caller.key, now)
        return grant

    def _unknown(self, names: tuple[Any, Any], asked: Asked) -> Exception:
        """What an operation meets that is not there."""
        if _key(*names) in self._refused:
            return Failure(errors.NOT_SERVED)
        if asked.settings.unknown_operation == "success_false":
            return Failure(errors.NOT_EXECUTED)
        return Refusal(None, errors.NOT_EXECUTED)

    def _call(
        self,
        request: wire.RequestIn,
        known: Known,
        asked: Asked,
        grant: Grant | None,
        request_id: str,
    ) -> Call:
        """The call as handlers see it."""
        caller, session = known.caller, known.admission.session
        user = caller.user if session is None else session.identity
        return Call(
            database=self._database,
            groups=self._groups,
            company=grant.company_name if grant else "",
            credential=grant.id if grant else 0,
            company_id=id_of_company(grant) if grant else 0,
            country=asked.country,
            origin=Origin(user, DIALECT, request_id),
            user=user,
            key=caller.key,
            settings=asked.settings,
            now=self._clock(),
            parameters=Parameters(caller.parameters),
            root={"filter": request.filter, "order": request.order},
            admission=known.admission,
        )


def _key(provision: object, operacion: object) -> tuple[str, str]:
    """The names of an operation as they are looked up."""
    return str(provision).lower(), str(operacion).lower()


def _wrong(error: Exception) -> Failure | Refusal:
    """The vendor's answer to whatever went wrong; what nobody foresaw is logged."""
    match error:
        case Failure() | Refusal():
            return error
        case Rejected(problems=problems):
            return failure_from_problems(problems)
        case VoucherChanged():
            return Failure(errors.CHANGED)
        case CompanyUnknown():
            return Failure(errors.NO_PERMISSION)
        case DatabaseUnavailable() | Busy():
            return Refusal(None, errors.NOT_EXECUTED)
    _log.exception("unhandled error")
    return Refusal(None, errors.NOT_EXECUTED)
