"""The companies of a user, and what is set up in one: series of numbers, cost centres."""

from collections.abc import Sequence
from typing import Any

from cuadra.catalog.numbering import list_next_numbers
from cuadra.catalog.records import DimensionKind, VoucherType
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.dialects.colppy.auth import grants_of_session
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.lists import ListField, page, wanted_from
from cuadra.dialects.colppy.mapping.companies import (
    company_from_catalog,
    row_from_centre,
    row_from_grant,
)
from cuadra.dialects.colppy.mapping.talonarios import (
    RECEIPT,
    document_from_text,
    find_talonario,
    full_number,
    letter_from_text,
    list_talonarios,
    number_text,
    prefix_from_text,
    resolution_from_talonario,
    row_from_talonario,
)
from cuadra.dialects.colppy.settings import DIALECT

_COMPANY_FIELDS = ("IdEmpresa", "razonSocial", "Nombre", "CUIT", "activa", "esAdministrador")
COMPANY_FIELDS = {name: ListField(name) for name in _COMPANY_FIELDS}


async def list_companies(call: Call) -> dict[str, Any]:
    """Empresa/listar_empresa: those the session opens, by id."""
    grants = grants_of_session(call.admission)
    rows = {grant.company_name: row_from_grant(grant) for grant in grants}
    return page(*wanted_from(call, COMPANY_FIELDS).of(list(rows.values())))


async def read_company(call: Call) -> dict[str, Any]:
    """Empresa/leer_empresa."""
    catalog, _ = await _series(call)
    return {"data": company_from_catalog(catalog, call.company_id)}


async def list_cost_centres(call: Call) -> dict[str, Any]:
    """Empresa/listar_ccostos: the first or the second kind of centres; clients read either member."""
    kind = call.parameters.text("ccosto") or "1"
    if kind not in ("1", "2"):
        raise Failure("El parámetro ccosto debe ser 1 o 2.")
    catalog, _ = await _series(call)
    centres: Sequence[Any] = list(
        catalog.cost_centres.values()
        if kind == "1"
        else catalog.dimensions[DimensionKind.SECOND_COST_CENTRE].values()
    )
    rows = [row_from_centre(centre) for centre in centres if centre.active]
    return {"codigos": rows, "data": rows}


async def read_series(call: Call) -> dict[str, Any]:
    """Empresa/leer_talonario: the series of one kind of documents, or only the default of each."""
    document = _document(call, "descTipoComprobante")
    only_defaults = call.parameters.flag("talonarioDefault")
    catalog, numbers = await _series(call)
    rows = [_row(call, catalog, numbers, one) for one in list_talonarios(catalog, document)]
    return {"data": [row for row in rows if not only_defaults or row["talonarioDefault"] == "1"]}


async def read_receipt_number(call: Call) -> dict[str, Any]:
    """Empresa/leer_numero_recibo: the series of a prefix, and the number the next receipt gets."""
    prefix = prefix_from_text(call.parameters.text("prefijo", size=8))
    catalog, numbers = await _series(call)
    found = find_talonario(catalog, RECEIPT, prefix)
    if found is None:
        raise Failure(f"No existe un talonario de recibos con el prefijo {shown(prefix)}.")
    return {"data": _row(call, catalog, numbers, found)}


async def next_invoice_number(call: Call) -> dict[str, Any]:
    """Empresa/proximo_numero_factura: the number the next document of a kind, prefix and letter gets."""
    document = _document(call, "tipocomprobante") or "FAV"
    letter = letter_from_text(call.parameters.text("tipofactura", size=3) or "A")
    prefix = prefix_from_text(call.parameters.text("prefijo", size=8))
    catalog, numbers = await _series(call)
    found = find_talonario(catalog, document, prefix, letter)
    if found is None:
        told = f"{document} {letter} {prefix}".rstrip()
        raise Failure(f"No existe un talonario para {shown(told)}.")
    number = numbers.get(found.id, found.next_number)
    return {
        "data": _row(call, catalog, numbers, found)
        | {"proximoNum": number_text(number), "nroFactura": full_number(found, number)}
    }


async def list_resolutions(call: Call) -> dict[str, Any]:
    """Empresa/listar_resoluciones: the series of one kind of documents; electronic ones and delivery notes have none."""
    wanted = call.parameters.text("idTipoComprobante", size=10)
    document = "cobro" if wanted.upper() == "REC" else wanted
    catalog, numbers = await _series(call)
    found = list_talonarios(catalog, document_from_text(document) if document else None)
    if document and document_from_text(document) is None:
        if wanted.upper() not in ("FE", "FAV-FE", "REM"):
            raise Failure(f"El parámetro idTipoComprobante no es válido: {shown(wanted)}.")
        found = []
    rows = [resolution_from_talonario(one, numbers.get(one.id, one.next_number)) for one in found]
    return page(rows)


def _document(call: Call, name: str) -> str | None:
    """A kind of documents, by its number or its letters; None where it is not said. Raises `Failure`."""
    text = call.parameters.text(name, size=20)
    document = document_from_text(text)
    if text and document is None:
        raise Failure(f"El parámetro {name} no es válido: {shown(text)}.")
    return document


def _row(
    call: Call, catalog: Catalog, numbers: dict[int, int], voucher_type: VoucherType
) -> dict[str, Any]:
    """A series as a row; the first of its documents is their default."""
    defaults = list_talonarios(catalog, voucher_type.names[DIALECT].type)
    return row_from_talonario(
        voucher_type,
        numbers.get(voucher_type.id, voucher_type.next_number),
        company_id=call.company_id,
        default=voucher_type.id == defaults[0].id,
    )


async def _series(call: Call) -> tuple[Catalog, dict[int, int]]:
    """The catalogs, and where every numbering stands."""
    async with call.database.read(call.credential) as transaction:
        return await load_catalog(transaction), await list_next_numbers(transaction)
