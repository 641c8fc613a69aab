"""Catalogs that clients ask for and the vendor publishes only as spreadsheets; shapes are ours.

They answer 404, as at the vendor, unless the setting `extensions` is on.
"""

from cuadra.catalog import tables
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, not_found
from cuadra.dialects.siigo.mapping.customers import city_to_body
from cuadra.dialects.siigo.rules.customers import DIAN_ONLY_ID_TYPES


async def list_cities(call: Call) -> tuple[int, object]:
    """GET /v1/cities: the municipalities of Colombia."""
    _require_extensions(call)
    return 200, [
        city_to_body("CO", city.department_code, city.code) for city in tables.list_cities()
    ]


async def list_id_types(call: Call) -> tuple[int, object]:
    """GET /v1/id-types: those a customer may have here."""
    _require_extensions(call)
    known = [one for one in tables.list_id_types() if one.code not in DIAN_ONLY_ID_TYPES]
    return 200, [wire.CodeNameOut(one.code, one.name) for one in known]


async def list_fiscal_responsibilities(call: Call) -> tuple[int, object]:
    """GET /v1/fiscal-responsibilities."""
    _require_extensions(call)
    known = tables.list_fiscal_responsibilities()
    return 200, [wire.CodeNameOut(one.code, one.name) for one in known]


def _require_extensions(call: Call) -> None:
    if not call.settings.extensions:
        raise not_found()
