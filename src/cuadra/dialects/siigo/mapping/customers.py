"""Third parties to and from customers. Pure."""

from msgspec import UNSET

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
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import by_word, given, metadata

PLAIN_RESPONSIBILITY = "R-99-PN"
_KINDS = {
    ThirdPartyKind.CUSTOMER: "Customer",
    ThirdPartyKind.SUPPLIER: "Supplier",
    ThirdPartyKind.OTHER: "Other",
}
_PERSONS = {PersonKind.PERSON: "Person", PersonKind.COMPANY: "Company"}


def third_party_from_customer(body: wire.CustomerIn) -> ThirdParty:
    """The third party a customer body describes; members left out take the vendor's defaults."""
    related = body.related_users or wire.RelatedUsersIn()
    return ThirdParty(
        identification=body.identification or "",
        branch=body.branch_office or 0,
        kind=by_word(_KINDS, body.type, ThirdPartyKind.CUSTOMER),
        person=by_word(_PERSONS, body.person_type, PersonKind.PERSON),
        id_type=body.id_type or "",
        check_digit=body.check_digit,
        name=tuple(name or "" for name in body.name or []),
        commercial_name=body.commercial_name,
        active=body.active is not False,
        vat_responsible=body.vat_responsible is True,
        fiscal_responsibilities=_responsibilities(body),
        address=_address_from_wire(body.address),
        phones=tuple(_phone_from_wire(phone) for phone in body.phones or []),
        contacts=tuple(_contact_from_wire(contact) for contact in body.contacts or []),
        comments=body.comments,
        seller=related.seller_id,
        collector=related.collector_id,
    )


def _responsibilities(body: wire.CustomerIn) -> tuple[str, ...]:
    given = body.fiscal_responsibilities
    if not given or isinstance(given, str):
        return (PLAIN_RESPONSIBILITY,)
    return tuple(member.code or "" for member in given)


def _address_from_wire(body: wire.AddressIn | None) -> Address | None:
    if body is None or body.city is None:
        return None
    return Address(
        address=body.address or "",
        country_code=(body.city.country_code or "").capitalize(),
        state_code=body.city.state_code or "",
        city_code=body.city.city_code or "",
        postal_code=body.postal_code,
    )


def _phone_from_wire(body: wire.PhoneIn) -> Phone:
    return Phone(number=body.number, indicative=body.indicative, extension=body.extension)


def _contact_from_wire(body: wire.ContactIn) -> Contact:
    return Contact(
        first_name=body.first_name or "",
        last_name=body.last_name or "",
        email=body.email or "",
        phone=None if body.phone is None else _phone_from_wire(body.phone),
    )


def customer_from_third_party(party: StoredThirdParty, country: str) -> wire.CustomerOut:
    """A third party as the vendor shows it; `country` is the company's, whose codes it carries."""
    id_type = tables.find_id_type(party.id_type, country)
    related = wire.RelatedUsersOut(
        seller_id=given(party.seller), collector_id=given(party.collector)
    )
    return wire.CustomerOut(
        id=str(party.guid),
        type=_KINDS[party.kind],
        person_type=_PERSONS[party.person],
        id_type=wire.CodeNameOut(party.id_type, id_type.name if id_type else ""),
        identification=party.identification,
        check_digit=given(_check_digit(party)),
        name=list(party.name),
        commercial_name=given(party.commercial_name),
        branch_office=party.branch,
        active=party.active,
        vat_responsible=party.vat_responsible,
        fiscal_responsibilities=[
            _responsibility(code, country) for code in party.fiscal_responsibilities
        ],
        address=given(_address(party.address)),
        phones=[_phone(phone) for phone in party.phones],
        contacts=[_contact(contact) for contact in party.contacts],
        comments=given(party.comments),
        related_users=related if party.seller or party.collector else UNSET,
        metadata=metadata(party.created_at, party.updated_at),
    )


def _check_digit(party: ThirdParty) -> str | None:
    """The digit that was sent, or for a NIT the one the law computes."""
    if party.check_digit is None and party.id_type == "31" and party.identification.isdigit():
        return compute_check_digit(party.identification)
    return party.check_digit


def _responsibility(code: str, country: str) -> wire.CodeNameOut:
    if code == PLAIN_RESPONSIBILITY:  # with the question mark the vendor sends
        return wire.CodeNameOut(code, "No aplica ? Otros")
    known = tables.find_fiscal_responsibility(code, country)
    return wire.CodeNameOut(code, known.name if known else "")


def _address(address: Address | None) -> wire.AddressOut | None:
    if address is None:
        return None
    return wire.AddressOut(
        address=address.address,
        city=city_to_body(address.country_code, address.state_code, address.city_code),
        postal_code=given(address.postal_code),
    )


def city_to_body(country_code: str, state_code: str, city_code: str) -> wire.CityOut:
    """A place with its names, as far as they are known."""
    country = tables.find_country(country_code)
    city = tables.find_city(city_code) if country_code.upper() == "CO" else None
    return wire.CityOut(
        country_code=country_code.capitalize(),
        country_name=country.name if country else "",
        state_code=state_code,
        state_name=city.department_name if city else "",
        city_code=city_code,
        city_name=city.name if city else "",
    )


def _phone(phone: Phone) -> wire.PhoneOut:
    return wire.PhoneOut(
        indicative=given(phone.indicative),
        number=given(phone.number),
        extension=given(phone.extension),
    )


def _contact(contact: Contact) -> wire.ContactOut:
    return wire.ContactOut(
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        phone=UNSET if contact.phone is None else _phone(contact.phone),
    )
