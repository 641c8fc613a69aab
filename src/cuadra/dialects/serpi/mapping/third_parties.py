"""Third parties to and from the vendor's rows, whose members are in lower case throughout.

The vendor's page is not public; of its members only `tipoidentidad`, `identificacion`, `dv` and
`tipopersona` were seen. The others are named after them.
"""

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.nit import compute_check_digit
from cuadra.catalog.records import (
    Address,
    Contact,
    PersonKind,
    Phone,
    ThirdParty,
    ThirdPartyKind,
)
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.mapping.documents import text_from_code

NIT = "31"
# The usual abbreviations of the authority's codes; a code itself is taken, too.
ID_TYPES = {
    "CN": "10",
    "RC": "11",
    "TI": "12",
    "CC": "13",
    "TE": "21",
    "CE": "22",
    "NIT": NIT,
    "PA": "41",
    "DE": "42",
    "SI": "43",
    "PEP": "47",
    "PPT": "48",
    "NE": "50",
    "SC": "89",
    "NUIP": "91",
}
_ABBREVIATIONS = {code: abbreviation for abbreviation, code in ID_TYPES.items()}
PERSONS = {
    "NATURAL": PersonKind.PERSON,
    "N": PersonKind.PERSON,
    "JURIDICA": PersonKind.COMPANY,
    "JURÍDICA": PersonKind.COMPANY,
    "J": PersonKind.COMPANY,
}
_PERSON_NAMES = {PersonKind.PERSON: "NATURAL", PersonKind.COMPANY: "JURIDICA"}
KINDS = {
    "CLIENTE": ThirdPartyKind.CUSTOMER,
    "PROVEEDOR": ThirdPartyKind.SUPPLIER,
    "OTRO": ThirdPartyKind.OTHER,
}
_KIND_NAMES = {kind: name for name, kind in KINDS.items()}


def id_type_from_text(text: wire.Code | None) -> str:
    """The authority's code of a kind of identification; unknown texts stay as they are.

    >>> id_type_from_text("cc"), id_type_from_text(31), id_type_from_text("??")
    ('13', '31', '??')
    """
    written = text_from_code(text).upper()
    return ID_TYPES.get(written, written)


def third_party_from_row(body: wire.ThirdPartyIn, known: StoredThirdParty | None) -> ThirdParty:
    """The third party a row describes; over a known one, what is left out stays as it is."""
    identification = text_from_code(body.identificacion)
    base = _plain(known) if known else ThirdParty(identification=identification)
    id_type = id_type_from_text(body.tipoidentidad) or (base.id_type if known else "13")
    person = PERSONS.get((body.tipopersona or "").strip().upper())
    if person is None:
        person = base.person if known else _usual_person(id_type)
    changes = {
        "id_type": id_type,
        "person": person,
        "check_digit": text_from_code(body.dv) or base.check_digit,
        "kind": KINDS.get((body.tipotercero or "").strip().upper(), base.kind),
        "name": _name(body, person, base.name),
        "commercial_name": _given(body.nombrecomercial, base.commercial_name),
        "address": _address(body, base.address),
        "phones": _phones(body, base.phones),
        "contacts": _contacts(body, base.contacts),
        "vat_responsible": _flag(body.responsableiva, base.vat_responsible),
        "active": _flag(body.activo, base.active),
    }
    return msgspec.structs.replace(base, **changes)


def _plain(known: StoredThirdParty) -> ThirdParty:
    """A stored third party without what the books know about its record."""
    members = msgspec.structs.asdict(known)
    return ThirdParty(**{name: members[name] for name in ThirdParty.__struct_fields__})


def _usual_person(id_type: str) -> PersonKind:
    return PersonKind.COMPANY if id_type == NIT else PersonKind.PERSON


def _given(text: str | None, before: str | None) -> str | None:
    return before if text is None else text.strip() or None


def _flag(value: bool | None, before: bool) -> bool:
    return before if value is None else value


def _name(body: wire.ThirdPartyIn, person: PersonKind, before: tuple[str, ...]) -> tuple[str, ...]:
    """One element for a legal person, given names and surnames for a natural one."""
    whole = (body.razonsocial or "").strip()
    parts = ((body.nombres or "").strip(), (body.apellidos or "").strip())
    if person is PersonKind.COMPANY:
        whole = whole or " ".join(part for part in parts if part)
        return (whole,) if whole else before
    if any(parts):
        old = (*before, "", "")
        return (parts[0] or old[0], parts[1] or old[1])
    return (whole, "") if whole else before


def _address(body: wire.ThirdPartyIn, before: Address | None) -> Address | None:
    """The address: of a municipality by its code its department follows, and Colombia is what is meant."""
    city = text_from_code(body.codigociudad)
    state = text_from_code(body.codigodepartamento)
    country = text_from_code(body.codigopais)
    if not (city or state or country or body.direccion):
        return before
    old = before or Address(address="", country_code="CO", state_code="", city_code="")
    city = city.zfill(5) if city.isdigit() else city
    state = state.zfill(2) if state.isdigit() else state
    known = tables.find_city(city)
    return Address(
        address=(body.direccion or "").strip() or old.address,
        country_code=country or old.country_code,
        state_code=state or (known.department_code if known else old.state_code),
        city_code=city or old.city_code,
        postal_code=old.postal_code,
    )


def _phones(body: wire.ThirdPartyIn, before: tuple[Phone, ...]) -> tuple[Phone, ...]:
    number = text_from_code(body.telefono)
    return (Phone(number=number), *before[1:]) if number else before


def _contacts(body: wire.ThirdPartyIn, before: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """The first contact carries the address of mail; of a new one the name is the third party's."""
    email = (body.email or "").strip()
    if not email:
        return before
    if before:
        return (msgspec.structs.replace(before[0], email=email), *before[1:])
    first = (body.nombres or body.razonsocial or "").strip()
    return (Contact(first_name=first, last_name=(body.apellidos or "").strip(), email=email),)


def row_from_third_party(party: StoredThirdParty) -> wire.ThirdPartyOut:
    """A third party as this dialect lists it."""
    is_company = party.person is PersonKind.COMPANY
    names = (*party.name, "", "")
    address = party.address
    return wire.ThirdPartyOut(
        id=party.id,
        tipoidentidad=_ABBREVIATIONS.get(party.id_type, party.id_type),
        identificacion=party.identification,
        dv=_check_digit(party),
        tipopersona=_PERSON_NAMES[party.person],
        tipotercero=_KIND_NAMES[party.kind],
        nombres=None if is_company else names[0] or None,
        apellidos=None if is_company else names[1] or None,
        razonsocial=" ".join(party.name) if is_company else None,
        nombrecomercial=party.commercial_name,
        direccion=address.address if address else None,
        telefono=next((phone.number for phone in party.phones if phone.number), None),
        email=next((contact.email for contact in party.contacts if contact.email), None),
        codigopais=address.country_code if address else None,
        codigodepartamento=address.state_code if address else None,
        codigociudad=address.city_code if address else None,
        responsableiva=party.vat_responsible,
        activo=party.active,
    )


def _check_digit(party: ThirdParty) -> str | None:
    """The digit that was sent, or for a NIT the one the law computes."""
    if party.check_digit is None and party.id_type == NIT and party.identification.isdigit():
        return compute_check_digit(party.identification)
    return party.check_digit
