"""Every member of a sale with every odd value: a sale that can be read back, or a sentence, never a failure."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.sale_bodies import CASH, NOTE, applied, record, sale

ODD = [
    None, True, "", " ", "x", "0", "-1", "1e5", "NaN", "ñ'\"<>", "a\tb", "9" * 60, [], [None], ["x"], {}, {"x": 1}, 0,
    -1, Decimal("1.5"), Decimal("0.001"), Decimal("1E+30"), 10**60, Decimal("99999999999999.99"), 2**31, 2**63,
    "31-02-2026", "á" * 3000,
]  # fmt: skip
MORE = {
    "esresumen": "0", "idCondicionIva": "1", "idPlanCuenta": "", "IVA21": "1890.00", "IVA105": "0.00", "IVA27": "0.00",
    "idCurrency": "1", "rate": "1", "price_list_id": "1", "is_fce": "0", "extra_data": "", "tipoFactura": "",
}  # fmt: skip


def members(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member of a body, those of lists in their first row."""
    if path:
        yield path
    if isinstance(body, dict):
        for name, value in body.items():
            yield from members(value, (*path, name))
    elif isinstance(body, list) and body:
        yield from members(body[0], (*path, 0))


def put(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The body with another value there."""
    if not path:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = put(body[path[0]], path[1:], value)
    return copy


async def wrong_answers(
    colppy: Colppy, operacion: str, body: dict[str, Any], names: Collection[str]
) -> list[Any]:
    """What answers have wrong with them when these members of a body, or theirs, have odd values."""
    wrong = []
    for path in members({name: body[name] for name in names}):
        for value in ODD:
            answer = await colppy.answer("FacturaVenta", operacion, **put(body, path, value))
            response = answer["response"]
            if answer["result"]["estado"] != 0:
                wrong.append((path, value, answer))
            elif response["success"]:
                serial = response["idfactura"]
                read = await colppy.answer("FacturaVenta", "leer_facturaventa", idFactura=serial)
                if read["result"]["estado"] != 0 or not read["response"]["success"]:
                    wrong.append((path, value, read))
            elif "{" in response["message"] or "None" in response["message"]:
                wrong.append((path, value, response["message"]))
    return wrong


async def test_invoices_with_odd_values(colppy: Colppy) -> None:
    assert await wrong_answers(colppy, "alta_facturaventa", sale(**MORE), sale(**MORE)) == []


async def test_cash_sales_with_odd_values(colppy: Colppy) -> None:
    assert await wrong_answers(colppy, "alta_facturaventa", sale(**CASH), CASH) == []


async def test_notes_with_odd_values(colppy: Colppy) -> None:
    invoice = await record(colppy)
    body = sale(**NOTE, ItemsCobro=[applied(invoice, "1.00")])
    names = (
        "idTipoComprobante",
        "ItemsCobro",
        "totalFactura",
        "fechaFactura",
        "idCliente",
        "idMoneda",
    )
    assert await wrong_answers(colppy, "alta_facturaventa", body, names) == []


async def test_edits_with_odd_values(colppy: Colppy) -> None:
    body = sale(**MORE) | {"idFactura": await record(colppy)}
    names = [name for name in body if name not in ("itemsFactura", "ItemsCobro", "totalesiva")]
    assert await wrong_answers(colppy, "editar_facturaventa", body, names) == []


@pytest.mark.parametrize("name", ["start", "limit", "filter", "order", "idFactura"])
async def test_reading_with_odd_values(colppy: Colppy, name: str) -> None:
    await record(colppy)
    for value in ODD:
        for operacion in ("listar_facturasventa", "leer_facturaventa"):
            answer = await colppy.answer("FacturaVenta", operacion, **{name: value})
            assert answer["result"]["estado"] == 0, (value, answer)


FIELDS = (
    "idFactura", "fechaFactura", "fechaPago", "idTipoComprobante", "idEstadoFactura", "idCliente", "nroFactura",
    "totalFactura",
)  # fmt: skip


async def test_filters_with_odd_values(colppy: Colppy) -> None:
    await record(colppy)
    for field in FIELDS:
        for operator in ("=", "<>", ">="):
            for value in ODD:
                row = {"field": field, "op": operator, "value": value}
                answer = await colppy.answer("FacturaVenta", "listar_facturasventa", filter=[row])
                assert answer["result"]["estado"] == 0, (row, answer)
