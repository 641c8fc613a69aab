"""The routes of Siigo Nube, answered by our books.

Every operation passes one wrapper, in the order the vendor checks things: path, token, Partner-Id,
Idempotency-Key, then JSON and types, each of which stops at the first problem; after that the handler
gathers all problems of the body. The paths are read the way clients write them: in any case, with
double or trailing slashes.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.tokens import Bearer, InvalidToken, Tokens
from cuadra.config import Clock
from cuadra.database.pool import Company, CompanyUnknown, Database, DatabaseUnavailable
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.auth import DIALECT, sign_in, unauthorized
from cuadra.dialects.siigo.body import decode_body, read_body
from cuadra.dialects.siigo.call import Call, SiigoSettings, not_found, settings_from_catalog
from cuadra.dialects.siigo.errors import (
    Failure,
    failure,
    lower_case,
    simple_failure,
    unavailable,
    unhandled,
)
from cuadra.dialects.siigo.handlers import (
    catalogs,
    credit_notes,
    customers,
    extensions,
    invoices,
    journals,
    products,
    purchases,
    quotations,
    receipts,
)
from cuadra.errors import Problem
from cuadra.ledger.posting import VoucherChanged
from cuadra.trade.books import Origin
from cuadra.trade.group import Busy, Groups
from cuadra.trade.idempotency import IdempotencyKey

_CACHED_MAX = 1000
_log = structlog.get_logger("cuadra.siigo")
_encoder = msgspec.json.Encoder(decimal_format="number")

Handler = Callable[..., Awaitable[tuple[int, object]]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Operation(msgspec.Struct, frozen=True):
    """One operation: its method and path, what answers it, and the body it reads, if any."""

    method: str
    path: str
    handler: Handler
    body: type[msgspec.Struct] | None = None
    idempotent: bool = False


async def _refuse(_: Call) -> tuple[int, object]:
    """An operation of the vendor that this server does not have yet."""
    message = "This functionality is temporarily disabled."
    raise simple_failure(403, "disabled_functionality", message, detail=False)


OPERATIONS = (
    Operation("GET", "/v1/account-groups", catalogs.list_account_groups),
    Operation("POST", "/v1/account-groups", catalogs.create_account_group, wire.AccountGroupIn),
    Operation(
        "PUT", "/v1/account-groups/{id}", catalogs.replace_account_group, wire.AccountGroupIn
    ),
    Operation("GET", "/v1/taxes", catalogs.list_taxes),
    Operation("GET", "/v1/price-lists", catalogs.list_price_lists),
    Operation("GET", "/v1/warehouses", catalogs.list_warehouses),
    Operation("GET", "/v1/users", catalogs.list_users),
    Operation("GET", "/v1/document-types", catalogs.list_document_types),
    Operation("GET", "/v1/payment-types", catalogs.list_payment_types),
    Operation("GET", "/v1/cost-centers", catalogs.list_cost_centers),
    Operation("GET", "/v1/fixed-assets", catalogs.list_fixed_assets),
    Operation("POST", "/v1/customers", customers.create_customer, wire.CustomerIn),
    Operation("GET", "/v1/customers", customers.list_customers),
    Operation("GET", "/v1/customers/{id}", customers.get_customer),
    Operation("PUT", "/v1/customers/{id}", customers.replace_customer, wire.CustomerIn),
    Operation("DELETE", "/v1/customers/{id}", customers.delete_customer),
    Operation("POST", "/v1/products", products.create_product, wire.ProductIn),
    Operation("GET", "/v1/products", products.list_all_products),
    Operation("GET", "/v1/products/{id}", products.get_product),
    Operation("PUT", "/v1/products/{id}", products.replace_product, wire.ProductIn),
    Operation("DELETE", "/v1/products/{id}", products.delete_product),
    Operation("POST", "/v1/invoices", invoices.create_invoice, wire.InvoiceIn, idempotent=True),
    Operation("GET", "/v1/invoices", invoices.list_all_invoices),
    Operation("GET", "/v1/invoices/{id}", invoices.get_invoice),
    Operation("PUT", "/v1/invoices/{id}", invoices.replace_invoice, wire.InvoiceIn),
    Operation("DELETE", "/v1/invoices/{id}", invoices.delete_invoice),
    Operation("POST", "/v1/invoices/{id}/annul", invoices.annul_invoice),
    Operation("POST", "/v1/quotations", quotations.create_quotation, wire.QuotationIn),
    Operation("GET", "/v1/quotations", quotations.list_all_quotations),
    Operation("GET", "/v1/quotations/{id}", quotations.get_quotation),
    Operation("PUT", "/v1/quotations/{id}", quotations.replace_quotation, wire.QuotationIn),
    Operation("DELETE", "/v1/quotations/{id}", quotations.delete_quotation),
    Operation(
        "POST",
        "/v1/credit-notes",
        credit_notes.create_credit_note,
        wire.CreditNoteIn,
        idempotent=True,
    ),
    Operation("GET", "/v1/credit-notes", credit_notes.list_all_credit_notes),
    Operation("GET", "/v1/credit-notes/{id}", credit_notes.get_credit_note),
    Operation("POST", "/v1/vouchers", receipts.create_voucher, wire.VoucherIn, idempotent=True),
    Operation("GET", "/v1/vouchers", receipts.list_all_vouchers),
    Operation("GET", "/v1/vouchers/{id}", receipts.get_voucher),
    Operation(
        "POST", "/v1/payment-receipts", receipts.create_payment_receipt, wire.PaymentReceiptIn
    ),
    Operation("GET", "/v1/payment-receipts", receipts.list_all_payment_receipts),
    Operation("GET", "/v1/payment-receipts/{id}", receipts.get_payment_receipt),
    Operation(
        "PUT", "/v1/payment-receipts/{id}", receipts.replace_payment_receipt, wire.PaymentReceiptIn
    ),
    Operation("DELETE", "/v1/payment-receipts/{id}", receipts.delete_payment_receipt),
    Operation("POST", "/v1/purchases", purchases.create_purchase, wire.PurchaseIn),
    Operation("GET", "/v1/purchases", purchases.list_all_purchases),
    Operation("GET", "/v1/purchases/{id}", purchases.get_purchase),
    Operation("PUT", "/v1/purchases/{id}", purchases.replace_purchase, wire.PurchaseIn),
    Operation("DELETE", "/v1/purchases/{id}", purchases.delete_purchase),
    Operation(
        "POST",
        "/v1/purchase-support-documents",
        purchases.create_support_document,
        wire.SupportDocumentIn,
    ),
    Operation("GET", "/v1/purchase-support-documents", purchases.list_all_support_documents),
    Operation("GET", "/v1/purchase-support-documents/{id}", purchases.get_support_document),
    Operation(
        "PUT",
        "/v1/purchase-support-documents/{id}",
        purchases.replace_support_document,
        wire.SupportDocumentIn,
    ),
    Operation("DELETE", "/v1/purchase-support-documents/{id}", purchases.delete_support_document),
    Operation("POST", "/v1/journals", journals.create_journal, wire.JournalIn, idempotent=True),
    Operation("GET", "/v1/journals", journals.list_all_journals),
    Operation("GET", "/v1/journals/{id}", journals.get_journal),
)

# Known to the vendor's clients, not served here yet.
REFUSED = (
    ("POST", "/v1/invoices/batch"),
    ("POST", "/v1/invoices/{id}/mail"),
    ("POST", "/v1/invoices/{id}/stamp"),
    ("GET", "/v1/invoices/{id}/stamp/errors"),
    ("GET", "/v1/invoices/{id}/pdf"),
    ("GET", "/v1/invoices/{id}/xml"),
    ("GET", "/v1/credit-notes/{id}/pdf"),
    ("POST", "/v1/vouchers/{id}/stamp"),
    ("POST", "/v1/vouchers/{id}/mail"),
    ("POST", "/v1/test-balance-report"),
    ("POST", "/v1/test-balance-report-by-thirdparty"),
    ("GET", "/v1/accounts-payable"),
    ("POST", "/v1/webhooks"),
    ("GET", "/v1/webhooks"),
    ("PUT", "/v1/webhooks"),
    ("DELETE", "/v1/webhooks/{id}"),
    ("GET", "/v1/asset-groups"),
    ("GET", "/v1/available-documents"),
    ("GET", "/v1/expenses"),
    ("GET", "/v1/misc-incomes"),
    ("GET", "/v1/misc-income"),
)

# Asked for by clients, and not the vendor's: not there unless a company's settings say so.
EXTENSIONS = (
    Operation("GET", "/v1/cities", extensions.list_cities),
    Operation("GET", "/v1/id-types", extensions.list_id_types),
    Operation("GET", "/v1/fiscal-responsibilities", extensions.list_fiscal_responsibilities),
)


class SiigoNube:
    """The whole dialect as one ASGI application."""

    def __init__(self, database: Database, groups: Groups, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._groups = groups
        self._tokens = tokens
        self._clock = clock
        self._companies: dict[int, str] = {}  # whose credential it is; that never changes
        self._settings: dict[str, tuple[Company, SiigoSettings]] = {}
        refused = (Operation(method, path, _refuse) for method, path in REFUSED)
        operations = [*OPERATIONS, *EXTENSIONS, *refused]
        self._routes: dict[tuple[str, str], Endpoint] = {
            (operation.method, operation.path): self._endpoint(operation)
            for operation in operations
        }
        self._routes |= {("POST", path): self._sign_in for path in ("/auth", "/v1/auth")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. An unknown path and a known one with another method are answered alike."""
        path = re.sub(r"/{2,}", "/", scope["path"]).rstrip("/").lower()
        endpoint, identifier = self._find(scope["method"], path)
        if endpoint is None:
            response = self._answer(scope["path"], not_found(), SiigoSettings())
        else:
            routed = {**scope, "path": path, "path_params": {"id": identifier}}
            response = await endpoint(Request(routed, receive))
        await response(scope, receive, send)

    def _find(self, method: str, path: str) -> tuple[Endpoint | None, str]:
        """What answers a method and path, and the id in the path: its third segment, if any is one."""
        method = "GET" if method == "HEAD" else method
        if endpoint := self._routes.get((method, path)):
            return endpoint, ""
        segments = path.split("/")
        if len(segments) < 4:
            return None, ""
        identifier, segments[3] = segments[3], "{id}"
        return self._routes.get((method, "/".join(segments))), identifier

    def _endpoint(self, operation: Operation) -> Endpoint:
        """The wrapper of one operation."""
        decoder = msgspec.json.Decoder(operation.body, strict=False) if operation.body else None

        async def endpoint(request: Request) -> Response:
            settings = SiigoSettings()
            try:
                bearer = self._tokens.verify_header(
                    request.headers.get("authorization"), self._clock()
                )
                company, settings = await self._settings_of(bearer.credential)
                call, raw = await self._admit(request, operation, bearer, company, settings)
                arguments: list[Any] = [call]
                if decoder is not None:
                    arguments.append(decode_body(raw, decoder, call.settings.pseudo_json))
                status, body = await operation.handler(*arguments)
            except Exception as error:  # noqa: BLE001 - becomes an answer, and a log line if unforeseen
                return self._answer(request.scope["path"], _failure_of(error), settings)
            response = _json(status, body)
            if call.key is not None and call.replay_differs is not None:
                response.headers["x-cuadra-replayed"] = (
                    "body-differs" if call.replay_differs else "same-body"
                )
            return response

        return endpoint

    async def _admit(
        self,
        request: Request,
        operation: Operation,
        bearer: Bearer,
        company: str,
        settings: SiigoSettings,
    ) -> tuple[Call, bytes]:
        """Partner-Id, Idempotency-Key, and the body as bytes; the first problem stops."""
        _check_partner_id(request, settings)
        name = _idempotency_key(request, operation, settings)
        raw = await read_body(request)
        key = None
        if name is not None:
            digest = hashlib.sha256(raw).digest()
            key = IdempotencyKey(f"{DIALECT} {operation.path}", name, digest)
        origin = Origin(bearer.actor, DIALECT, request.scope.get("cuadra.request_id", ""))
        call = Call(
            request,
            database=self._database,
            groups=self._groups,
            credential=bearer.credential,
            company=company,
            origin=origin,
            settings=settings,
            now=self._clock(),
            key=key,
        )
        return call, raw

    async def _settings_of(self, credential: int) -> tuple[str, SiigoSettings]:
        """The company of a credential, and the dialect's settings of it.

        They are read again as soon as any transaction of this process has seen the company changed or
        reset: the request that sees it first may still have been admitted under the old ones.
        """
        name = self._companies.get(credential, "")
        known = self._settings.get(name)
        if known is None or known[0] != self._database.last_seen(name):
            async with self._database.read(credential) as transaction:
                catalog = await load_catalog(transaction)
            if len(self._companies) >= _CACHED_MAX:
                self._companies.clear()
                self._settings.clear()
            known = catalog.company, settings_from_catalog(catalog)
            name = self._companies[credential] = catalog.company.name
            self._settings[name] = known
        return name, known[1]

    async def _sign_in(self, request: Request) -> Response:
        """POST /auth: no token, no Partner-Id, and always the lower-case envelope without params."""
        try:
            body = decode_body(await read_body(request), _token_decoder)
            credential, token = await sign_in(self._database, self._tokens, body, self._clock())
            _, settings = await self._settings_of(credential)
        except Exception as error:  # noqa: BLE001 - as above
            wrong = _failure_of(error)
            return _json(wrong.status, lower_case(wrong.errors, wrong.status, bare=True), wrong)
        return _json(settings.auth_status, token)

    def _answer(self, path: str, wrong: Failure, settings: SiigoSettings) -> Response:
        """The error in the casing of its resource; of the company's choice, once it is known."""
        resource = path.strip("/").split("/")[1:2]
        body: object = wire.PascalErrors(wrong.status, wrong.errors)
        if resource and resource[0].lower() in settings.lower_case_errors:
            body = lower_case(wrong.errors, wrong.status, bare=False)
        return _json(wrong.status, body, wrong)


_token_decoder = msgspec.json.Decoder(wire.TokenIn, strict=False)


def _json(status: int, body: object, wrong: Failure | None = None) -> Response:
    headers = {"siigoapi-error-code": wrong.errors[0].code} if wrong else {}
    if status == 503:
        headers["retry-after"] = "1"
    return Response(_encoder.encode(body), status, headers, "application/json; charset=utf-8")


def _failure_of(error: Exception) -> Failure:
    """The vendor's answer to whatever went wrong; what nobody foresaw is logged and becomes a 500."""
    match error:
        case Failure():
            return error
        case DatabaseUnavailable() | Busy():
            return unavailable()
        case InvalidToken() | CompanyUnknown():
            return unauthorized()
        case VoucherChanged():
            return failure([Problem("busy", "", str(error))])
        case ClientDisconnect():
            return simple_failure(
                400, "request_timeout", "The client closed the request", detail=False
            )
    _log.exception("unhandled error")
    return unhandled()


def _check_partner_id(request: Request, settings: SiigoSettings) -> None:
    if settings.partner_id == "off":
        return
    partner = request.headers.get("partner-id")
    if partner is None:
        if settings.partner_id == "strict":
            message = "The header Partner-Id is required"
            raise simple_failure(400, "header_required", message, ["Partner-Id"])
    elif not re.fullmatch(r"[A-Za-z0-9]{3,100}", partner, re.ASCII):
        message = "The header Partner-Id has an invalid value"
        raise simple_failure(400, "invalid_partner_id", message, ["Partner-Id"])


def _idempotency_key(request: Request, operation: Operation, settings: SiigoSettings) -> str | None:
    """The client's key, on the operations that know one; elsewhere it has no effect."""
    key = request.headers.get("idempotency-key")
    if key is None or not operation.idempotent:
        return None
    if not re.fullmatch(r"[A-Za-z0-9]+", key, re.ASCII) or len(key) > settings.idempotency_key_max:
        message = "The header Idempotency-Key has an invalid value"
        raise simple_failure(400, settings.idempotency_key_error, message, detail=False)
    return key
