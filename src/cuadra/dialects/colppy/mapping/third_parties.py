"""Customers and suppliers to and from what clients send and read. Pure.

Both are third parties of the books, and one may be both. A request changes what it says and leaves the rest;
what it says as it is already changes nothing, so that reading a customer and sending it back does no harm to
what another door knows better. What only this dialect knows is kept beside the third party, for each role.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog import argentina, tables
from cuadra.catalog.cuit import find_cuit, is_of_company, write_cuit
from cuadra.catalog.records import (
    Account,
    Address,
    Contact,
    PersonKind,
    Phone,
    ThirdParty,
    ThirdPartyKind,
)
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_numbers import made_identification
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.accounts import account_from_text
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.catalog_changes import SaveThirdParty

Row = dict[str, Any]
CUIT, DNI, PASSPORT, NOBODY = "80", "96", "94", "99"
_TAXPAYERS = frozenset({CUIT, "86", "87"})  # CUIL and CDI are written like a CUIT
_REGISTERED = "1"
_HOME = "AR"
_COUNTRY_IDS = {"AR": "12", "CO": "45"}  # those that were seen
_SIZES = {
    "NombreFantasia": 60,
    "RazonSocial": 60,
    "DirPostal": 60,
    "DirPostalCiudad": 40,
    "DirPostalCodigoPostal": 10,
    "DirPostalProvincia": 40,
    "DirPostalPais": 15,
    "Telefono": 18,
    "Email": 100,
}
_PLACE = ("", "Ciudad", "CodigoPostal", "Provincia", "Pais")
# Kept as it was sent, because the books have no place for it.
_KEPT = (
    *(f"DirFiscal{part}" for part in _PLACE),
    "idCondicionPago",
    "porcentajeIVA",
    "idPlanCuenta",
    "CuentaCredito",
    *(f"DirEnvio{part}" for part in _PLACE),
)
_KEPT_OF_SUPPLIERS = (
    "Producto", "CertificadoExclusion", "NroCuenta", "CBU", "Banco", "DesBanco", "idRetGanancias"
)  # fmt: skip
_KEPT_MAX = 100
_RATES = frozenset(Decimal(rate) for rate in ("0", "10.5", "21", "27"))
_TERMS = (7, 15, 30, 45, 60, 90, 120, 150, 180)
_TERM_CODES = {"contado": "0", "0": "0"} | {
    name: str(days) for days in _TERMS for name in (f"a {days} dias", f"{days} dias", str(days))
}


def info_from_parameters(parameters: Parameters) -> Parameters:
    """What is said of a customer or supplier: in `info_general`, `info_otra`, or beside them."""
    raw = {name: value for name, value in parameters.raw.items() if value is not None}
    for part in ("info_general", "info_otra"):
        members = parameters.object(part).raw
        raw |= {name: value for name, value in members.items() if value is not None}
    return Parameters(raw)


def draft_from_info(
    info: Parameters,
    role: ThirdPartyKind,
    known: StoredThirdParty | None,
    accounts: Collection[Account],
    shown_before: Mapping[str, str | None],
) -> SaveThirdParty:
    """The third party that is made, or made of a known one. Raises `Failure` with the first thing wrong.

    `shown_before` is the known one as this dialect shows it; of a new one nothing.
    """
    said = _said(info, shown_before, is_new=known is None or not is_in_role(known, role))
    base = known or ThirdParty(identification="", kind=role, id_type=NOBODY)
    kept = _kept_of(known)
    members = _identity(said, base, shown_before)
    members |= {
        "name": _name(said, base),
        "commercial_name": said.get("NombreFantasia", base.commercial_name),
        "active": base.active if (active := info.flag("Activo")) is None else active,
        "address": _address(said, base.address),
        "phones": _phones(said, base.phones),
        "contacts": _contacts(said, base),
        **_condition(said),
    }
    party = ThirdParty(
        **{name: getattr(base, name) for name in ThirdParty.__struct_fields__} | members
    )
    if "dni" in said or "CUIT" in said:
        both = party.id_type in _TAXPAYERS and (said.get("dni", shown_before.get("dni")) or "")
        kept = (
            {**kept, "personal_number": _dni(both)} if both else _without(kept, "personal_number")
        )
    kept[role.value] = _role_kept(info, role, kept.get(role.value, {}), accounts)
    return SaveThirdParty(
        party=party, guid=known.guid if known else None, extra={DIALECT: kept}, seen=known
    )


def is_in_role(party: StoredThirdParty, role: ThirdPartyKind) -> bool:
    """Whether a third party is a customer, or a supplier: mostly, or because it was made one here."""
    return party.kind is role or role.value in _kept_of(party)


def identification_from_info(info: Parameters) -> str:
    """What a new customer or supplier will be identified by; empty where nothing says who it is."""
    cuit, dni = info.text("CUIT"), info.text("dni")
    return _cuit(cuit) if cuit else _dni(dni) if dni else ""


def _kept_of(party: StoredThirdParty | None) -> dict[str, Any]:
    """What this dialect keeps with a third party."""
    return dict((party.extra or {}).get(DIALECT, {})) if party is not None else {}


def _without(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {known: value for known, value in members.items() if known != name}


def _said(info: Parameters, before: Mapping[str, str | None], *, is_new: bool) -> dict[str, str]:
    """The texts that say something new. Raises `Failure` for one that is missing or too long.

    Whoever is made a customer says nothing by an empty text, and takes nothing from the supplier it is.
    """
    said = {}
    for name in (*_SIZES, "CUIT", "dni", "idCondicionIva"):
        text = info.text(name, size=_SIZES.get(name, 20))
        told = name in info.raw and (text or not is_new)
        if told and text != (before.get(name) or ""):
            said[name] = text
    for name, text in (("RazonSocial", "Razón Social"), ("NombreFantasia", "Nombre Fantasía")):
        if not said.get(name, before.get(name) or ("" if is_new else "?")):
            raise Failure(f"{text} faltante")
    return said


def _identity(
    said: Mapping[str, str], base: ThirdParty, before: Mapping[str, str | None]
) -> dict[str, Any]:
    """Who it is: by its CUIT, else by its DNI or passport, else nobody in particular."""
    if not ("CUIT" in said or "dni" in said) and base.id:
        return {}
    cuit = said.get("CUIT", before.get("CUIT") or "")
    dni = said.get("dni", before.get("dni") or "")
    if cuit:
        digits = _cuit(cuit)
        if digits == base.identification:
            return {}
        person = PersonKind.COMPANY if is_of_company(digits) else PersonKind.PERSON
        return {"identification": digits, "id_type": CUIT, "person": person}
    if dni:
        number = _dni(dni)
        id_type = DNI if number.isdigit() else PASSPORT
        return {"identification": number, "id_type": id_type, "person": PersonKind.PERSON}
    return {"identification": "", "id_type": NOBODY}


def _cuit(text: str) -> str:
    digits = find_cuit(text)
    if digits is None:
        raise Failure(f"El CUIT {shown(text)} no es válido.")
    return digits


def _dni(text: str) -> str:
    """A DNI of seven or eight digits, its dots left out; or a passport."""
    number = text.replace(".", "").replace(" ", "").upper()
    kind = tables.find_id_type(DNI if number.isdigit() else PASSPORT, _HOME)
    if kind is None or not kind.accepts(number):
        raise Failure(f"El DNI {shown(text)} no es válido.")
    return number


def _name(said: Mapping[str, str], base: ThirdParty) -> tuple[str, ...]:
    return (said["RazonSocial"],) if "RazonSocial" in said else base.name


def _address(said: Mapping[str, str], before: Address | None) -> Address | None:
    """The postal address; at home a province must be one. Without any part of it there is none."""
    names = [f"DirPostal{part}" for part in _PLACE]
    if not any(name in said for name in names):
        return before
    old = before or Address(address="", country_code=_HOME, state_code="", city_code="")
    country = old.country_code
    if text := said.get("DirPostalPais"):
        found = tables.find_country_named(text)
        if found is None:
            raise Failure(f"El país {shown(text)} no existe.")
        country = found.code
    address = Address(
        address=said.get("DirPostal", old.address),
        country_code=country,
        state_code=_state(said["DirPostalProvincia"], country)
        if "DirPostalProvincia" in said
        else old.state_code,
        city_code=said.get("DirPostalCiudad", old.city_code),
        postal_code=said.get("DirPostalCodigoPostal", old.postal_code or "") or None,
    )
    parts = (address.address, address.state_code, address.city_code, address.postal_code)
    return address if any(parts) or said.get("DirPostalPais") else None


def _state(text: str, country: str) -> str:
    if not text or country != _HOME:
        return text
    province = argentina.find_province_named(text)
    if province is None:
        raise Failure(f"La provincia {shown(text)} no existe.")
    return province.code


def _phones(said: Mapping[str, str], before: tuple[Phone, ...]) -> tuple[Phone, ...]:
    if "Telefono" not in said:
        return before
    return (Phone(number=said["Telefono"]), *before[1:]) if said["Telefono"] else before[1:]


def _contacts(said: Mapping[str, str], base: ThirdParty) -> tuple[Contact, ...]:
    """The first contact carries the address of mail; of a new one the name is the third party's."""
    if "Email" not in said:
        return base.contacts
    email = said["Email"]
    if email and "@" not in email:
        raise Failure(f"El Email {shown(email)} no es válido.")
    if base.contacts:
        return (msgspec.structs.replace(base.contacts[0], email=email), *base.contacts[1:])
    name = said.get("RazonSocial") or " ".join(base.name)
    return (Contact(first_name=name, email=email),) if email else ()


def _condition(said: Mapping[str, str]) -> dict[str, Any]:
    """The condition before IVA, in place of the one before; an empty one says nothing."""
    code = said.get("idCondicionIva")
    if not code:
        return {}
    condition = argentina.find_iva_condition_of(DIALECT, code)
    if condition is None:
        raise Failure(f"La condición de IVA {shown(code)} no existe.")
    return {
        "fiscal_responsibilities": (condition.code,),
        "vat_responsible": condition.code == _REGISTERED,
    }


def _role_kept(
    info: Parameters, role: ThirdPartyKind, before: Mapping[str, Any], accounts: Collection[Account]
) -> dict[str, Any]:
    """What is kept of a role: of what the request names the new, of all else the old; nothing empty."""
    kept = dict(before)
    for name in _kept(role):
        if name in info.raw:
            kept[name] = _kept_value(name, info, accounts)
    if since := info.day("FechaAlta"):
        kept["since"] = since.isoformat()
    return {name: value for name, value in kept.items() if value}


def _kept(role: ThirdPartyKind) -> tuple[str, ...]:
    return _KEPT + (_KEPT_OF_SUPPLIERS if role is ThirdPartyKind.SUPPLIER else ())


def _kept_value(name: str, info: Parameters, accounts: Collection[Account]) -> str:
    text = info.text(name, size=_KEPT_MAX)
    if not text:
        return ""
    if name in ("idPlanCuenta", "CuentaCredito"):
        return "" if text == "0" else account_from_text(text, accounts).code
    if name == "idCondicionPago":
        if tables.fold(text) not in _TERM_CODES:
            raise Failure(f"La condición de pago {shown(text)} no existe.")
        return _TERM_CODES[tables.fold(text)]
    if name == "porcentajeIVA":
        rate = info.number(name)
        if rate not in _RATES:
            raise Failure(f"El porcentaje de IVA {shown(text)} no existe.")
        return f"{rate.normalize():f}"
    return text


def row_from_third_party(
    party: StoredThirdParty, role: ThirdPartyKind, company_id: int, day_made: date
) -> Row:
    """A customer or supplier as it is read: texts and nulls, but for one number."""
    kept = _kept_of(party)
    of_role = kept.get(role.value, {})
    name = " ".join(party.name)
    since = date.fromisoformat(of_role["since"]) if "since" in of_role else day_made
    row: Row = {
        ID_NAMES[role]: str(party.id),
        "idEmpresa": str(company_id),
        "NombreFantasia": party.commercial_name or name,
        "RazonSocial": name,
        **_shown_identity(party, kept),
        **_shown_address(party.address),
        "Telefono": next((phone.number for phone in party.phones if phone.number), None) or "",
        "Email": party.contacts[0].email if party.contacts else "",
        "Activo": "1" if party.active else "0",
        "FechaAlta": f"{since:%d-%m-%Y}",
        "idCondicionIva": _shown_condition(party),
        **{
            kept_name: of_role.get(kept_name, _NOTHING.get(kept_name, ""))
            for kept_name in _kept(role)
        },
    }
    country = party.address.country_code if party.address else _HOME
    row |= {"idTercero": party.id, "countryId": _COUNTRY_IDS.get(country), "code": country}
    return row


ID_NAMES = {ThirdPartyKind.CUSTOMER: "idCliente", ThirdPartyKind.SUPPLIER: "idProveedor"}
_NOTHING = {
    "idCondicionPago": "0",
    "porcentajeIVA": "0",
    "idPlanCuenta": None,
    "CuentaCredito": None,
}


def _shown_identity(party: StoredThirdParty, kept: Mapping[str, Any]) -> Row:
    """CUIT and DNI; who goes by an identification that was made has neither."""
    if party.id_type in _TAXPAYERS:
        number = party.identification
        cuit = write_cuit(number) if find_cuit(number) else number
        return {"CUIT": cuit, "dni": kept.get("personal_number", "")}
    assert party.guid is not None
    nobody = party.identification == made_identification(party.guid)
    return {"CUIT": "", "dni": "" if nobody else party.identification}


def _shown_address(address: Address | None) -> Row:
    """Names instead of codes where they are known."""
    place = address or Address(address="", country_code="", state_code="", city_code="")
    at_home = place.country_code == _HOME
    province = argentina.find_province(place.state_code) if at_home else None
    country = tables.find_country(place.country_code)
    return {
        "DirPostal": place.address,
        "DirPostalCiudad": place.city_code,
        "DirPostalCodigoPostal": place.postal_code or "",
        "DirPostalProvincia": province.name if province else place.state_code,
        "DirPostalPais": country.name if country else place.country_code,
    }


def _shown_condition(party: ThirdParty) -> str | None:
    """The condition before IVA; null where the vendor has no code for it."""
    known = (argentina.find_iva_condition(code) for code in party.fiscal_responsibilities)
    return next((one.codes.get(DIALECT) for one in known if one), None)
