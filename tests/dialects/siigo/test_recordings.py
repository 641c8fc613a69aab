"""Every recorded exchange: our types lose nothing of it, and our server answers like the vendor."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.server import OPERATIONS
from tests.dialects.siigo.client import Siigo
from tests.dialects.siigo.recording import (
    Number,
    Recording,
    differences,
    dump,
    filled,
    load_recordings,
    parse,
    sampled,
)

RECORDINGS = load_recordings()
_encoder = msgspec.json.Encoder(decimal_format="number")
_BODIES = {f"{o.method} {o.path}": o.body for o in OPERATIONS} | {"POST /auth": wire.TokenIn}
# What each operation answers; a list of pages is given by its rows.
_ANSWERS: dict[str, Any] = {
    "POST /auth": wire.TokenOut,
    "GET /v1/account-groups": list[wire.AccountGroupOut],
    "POST /v1/account-groups": wire.AccountGroupOut,
    "PUT /v1/account-groups/{id}": wire.AccountGroupOut,
    "GET /v1/taxes": list[wire.TaxOut],
    "GET /v1/price-lists": list[wire.PriceListOut],
    "GET /v1/warehouses": list[wire.WarehouseOut],
    "GET /v1/document-types": list[wire.DocumentTypeOut],
    "GET /v1/payment-types": list[wire.PaymentTypeOut],
    "GET /v1/cost-centers": list[wire.CostCenterOut],
    "GET /v1/fixed-assets": list[wire.FixedAssetOut],
    "POST /v1/customers": wire.CustomerOut,
    "GET /v1/customers/{id}": wire.CustomerOut,
    "PUT /v1/customers/{id}": wire.CustomerOut,
    "DELETE /v1/customers/{id}": wire.DeletedOut,
    "POST /v1/products": wire.ProductOut,
    "GET /v1/products/{id}": wire.ProductOut,
    "PUT /v1/products/{id}": wire.ProductOut,
    "DELETE /v1/products/{id}": wire.DeletedOut,
    "POST /v1/invoices": wire.InvoiceOut,
    "GET /v1/invoices/{id}": wire.InvoiceOut,
    "PUT /v1/invoices/{id}": wire.InvoiceOut,
    "DELETE /v1/invoices/{id}": wire.DeletedOut,
    "POST /v1/invoices/{id}/annul": wire.AnnulledOut,
    "POST /v1/credit-notes": wire.CreditNoteOut,
    "GET /v1/credit-notes/{id}": wire.CreditNoteOut,
    "POST /v1/quotations": wire.QuotationOut,
    "GET /v1/quotations/{id}": wire.QuotationOut,
    "PUT /v1/quotations/{id}": wire.QuotationOut,
    "DELETE /v1/quotations/{id}": wire.DeletedOut,
    "POST /v1/vouchers": wire.ReceiptOut,
    "GET /v1/vouchers/{id}": wire.ReceiptOut,
    "POST /v1/payment-receipts": wire.ReceiptOut,
    "GET /v1/payment-receipts/{id}": wire.ReceiptOut,
    "PUT /v1/payment-receipts/{id}": wire.ReceiptOut,
    "DELETE /v1/payment-receipts/{id}": wire.DeletedOut,
    "POST /v1/purchases": wire.PurchaseOut,
    "GET /v1/purchases/{id}": wire.PurchaseOut,
    "PUT /v1/purchases/{id}": wire.PurchaseOut,
    "DELETE /v1/purchases/{id}": wire.DeletedOut,
    "POST /v1/purchase-support-documents": wire.PurchaseOut,
    "GET /v1/purchase-support-documents/{id}": wire.PurchaseOut,
    "PUT /v1/purchase-support-documents/{id}": wire.PurchaseOut,
    "DELETE /v1/purchase-support-documents/{id}": wire.DeletedOut,
    "POST /v1/journals": wire.JournalOut,
    "GET /v1/journals/{id}": wire.JournalOut,
}
_ROWS: dict[str, Any] = {
    "GET /v1/users": wire.UserOut,
    "GET /v1/customers": wire.CustomerOut,
    "GET /v1/products": wire.ProductOut,
    "GET /v1/invoices": wire.InvoiceOut,
    "GET /v1/credit-notes": wire.CreditNoteOut,
    "GET /v1/quotations": wire.QuotationOut,
    "GET /v1/vouchers": wire.ReceiptOut,
    "GET /v1/payment-receipts": wire.ReceiptOut,
    "GET /v1/purchases": wire.PurchaseOut,
    "GET /v1/purchase-support-documents": wire.PurchaseOut,
    "GET /v1/journals": wire.JournalOut,
}


def names(recordings: list[Recording]) -> list[str]:
    return [recording.name for recording in recordings]


def test_every_operation_is_recorded() -> None:
    accepted = {r.operation for r in RECORDINGS if r.response["status"].startswith("2")}
    assert set(_BODIES) <= accepted
    assert set(_ANSWERS) | set(_ROWS) == set(_BODIES)


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_a_recording_says_where_it_is_from(recording: Recording) -> None:
    assert recording.evidence in ("doc", "obs", "used", "inf")
    assert recording.source
    assert recording.date


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
async def test_the_server_answers_as_recorded(siigo: Siigo, recording: Recording) -> None:
    if recording.now is not None:
        siigo.clock.now = datetime.fromisoformat(recording.now)
    known: dict[str, Any] = {"token": siigo.token}
    for number, step in enumerate(recording.setup):
        answer = await send(siigo, filled(step, known))
        assert str(answer.status_code) == step.get("status", "201"), answer.text
        known[step.get("name", f"step{number}")] = parse(answer.content)
    answer = await send(siigo, filled(recording.request, known))
    expected = filled(recording.response, known)
    found = parse(answer.content)
    assert differences(expected["body"], found) == []
    assert str(answer.status_code) == expected["status"]
    assert expected.get("headers", {}).items() <= dict(answer.headers).items()
    assert answer.headers["x-request-id"]
    if answer.status_code >= 400:
        code = recording.response["body"]
        first = (code.get("Errors") or code.get("errors"))[0]
        assert answer.headers["siigoapi-error-code"] == (first.get("Code") or first.get("code"))


async def send(siigo: Siigo, request: dict[str, Any]) -> Any:
    raw = request["text"].encode() if "text" in request else None
    if "body" in request:
        raw = dump(request["body"])
    headers = request.get("headers", {})
    return await siigo.call(request["method"], request["path"], raw=raw, headers=headers)


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_our_types_lose_nothing(recording: Recording) -> None:
    body_type = _BODIES.get(recording.operation)
    body = recording.request.get("body")
    if body_type is not None and recording.response["status"] != "400":
        assert loose(again(body_type, body, strict=False)) == loose(
            without(body, recording.unknown)
        )
    for answer, unknown in (
        (recording.response["body"], []),
        (recording.printed, recording.unserved),
    ):
        if answer is None or b'"$more"' in dump(answer):
            continue
        answer = sampled(answer)
        assert again_answer(recording, answer) == without(answer, unknown)


def again_answer(recording: Recording, answer: Any) -> Any:
    """An answer decoded with our types and encoded again."""
    if not recording.response["status"].startswith("2"):
        return again(wire.PascalErrors if "Errors" in answer else wire.LowerErrors, answer)
    if recording.operation not in _ROWS:
        return again(_ANSWERS[recording.operation], answer)
    if isinstance(answer, list):  # as the vendor prints the users
        return again(list[_ROWS[recording.operation]], answer)
    page = again(wire.Page, answer)
    rows = [again(_ROWS[recording.operation], row) for row in answer["results"]]
    return page | {"results": rows}


def again(body_type: Any, body: Any, *, strict: bool = True) -> Any:
    """A body decoded with one of our types and encoded again."""
    return parse(_encoder.encode(msgspec.json.decode(dump(body), type=body_type, strict=strict)))


def without(value: Any, unknown: list[str], path: str = "") -> Any:
    """The value without the members at these paths, which our types do not know."""
    if isinstance(value, dict):
        return {
            name: without(member, unknown, f"{path}.{name}".lstrip("."))
            for name, member in value.items()
            if f"{path}.{name}".lstrip(".") not in unknown
        }
    return (
        [without(member, unknown, path) for member in value] if isinstance(value, list) else value
    )


def loose(value: Any) -> Any:
    """What a request means: numbers may be sent as text, and nothing as null."""
    if isinstance(value, dict):
        return {name: loose(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [loose(member) for member in value]
    if isinstance(value, Number) and "." in value:
        return str(Decimal(value).normalize())
    return str(value) if isinstance(value, str) else value
