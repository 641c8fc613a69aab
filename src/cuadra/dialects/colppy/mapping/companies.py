"""Companies as this dialect writes them."""

from typing import Any

from cuadra.catalog.records import CostCentre, Dimension
from cuadra.catalog.sessions import Grant
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import find_country
from cuadra.dialects.colppy.auth import id_of_company

_COUNTRY_IDS = {"AR": "12", "CO": "45"}


def cuit_text(identification: str) -> str:
    """A CUIT with its hyphens; anything else as it is.

    >>> cuit_text("30712345671"), cuit_text("900123456")
    ('30-71234567-1', '900123456')
    """
    digits = identification
    if len(digits) == 11 and digits.isascii() and digits.isdigit():
        return f"{digits[:2]}-{digits[2:10]}-{digits[10]}"
    return identification


def row_from_grant(grant: Grant) -> dict[str, Any]:
    """A row of Empresa/listar_empresa; IdEmpresa has a capital here, and everything is text or nothing."""
    return {
        "IdEmpresa": str(id_of_company(grant)),
        "razonSocial": grant.legal_name,
        "Nombre": grant.legal_name,
        "idPlan": None,
        "tipo": None,
        "esAdministrador": "1",
        "logoPath": None,
        "activa": "1",
        "fechaVencimiento": None,
        "UltimoLogin": None,
        "CUIT": cuit_text(grant.identification),
        "fecha_cierre_impuesto": None,
        "actividad_economica": None,
    }


def company_from_catalog(catalog: Catalog, company_id: int) -> dict[str, Any]:
    """The data of Empresa/leer_empresa. The books keep no address of the company itself, so that is empty."""
    company = catalog.company
    country = find_country(company.country)
    return {
        "idEmpresa": str(company_id),
        "IdEmpresa": str(company_id),
        "Nombre": company.legal_name,
        "razonSocial": company.legal_name,
        "domicilio": "",
        "localidad": "",
        "codigoPostal": "",
        "provincia": "",
        "pais": country.name if country else company.country,
        "telefono": "",
        "email": "",
        "CUIT": cuit_text(company.identification),
        "nroIIBB": "",
        "monotributo": None,
        "idCondicionIva": None,
        "tipoOperacion": None,
        "countryId": _COUNTRY_IDS.get(company.country),
        "fecha_cierre_impuesto": None,
        "activa": "1",
    }


def row_from_centre(centre: CostCentre | Dimension) -> dict[str, Any]:
    """A row of Empresa/listar_ccostos."""
    return {"Id": str(centre.id), "Codigo": centre.code, "Descripcion": centre.name}
