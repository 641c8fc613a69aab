"""Rows of third parties to drafts. Pure.

A row changes what it says and leaves the rest; what it says as it is already changes nothing, so that
reading a row and sending it back does no harm to what another door knows better.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.nit import compute_check_digit
from cuadra.catalog.records import Address, Contact, PersonKind, Phone, ThirdParty
from cuadra.catalog.third_parties import PartyName, StoredThirdParty
from cuadra.dialects.siigo_pyme.mapping.thirds import (
    CITIZEN,
    COLOMBIA,
    ID_TYPES,
    IVA,
    KINDS,
    NIT,
    PERSON,
    PHONES,
    Said,
    contact_name,
    is_digits,
    kept_of,
    number_or_text,
    row_from_third_party,
    told_of,
)
from cuadra.dialects.siigo_pyme.rows import Row, Value
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.trade.catalog_changes import SaveThirdParty

# Our path of a third party, positions left out -> the vendor's reference; `id` stands for the whole.
THIRD_REFERENCES = {
    "id": "identification",
    "identification": "identification",
    "id_type": "identification_type",
    "fiscal_responsibilities.code": "fiscal_responsibility",
    "address.city.country_code": "country",
    "address.city.state_code": "city",
    "address.city.city_code": "city",
    "seller": "salesperson",
    "collector": "collector",
}
_IVA_CODES = frozenset({IVA, "ZA"})  # ZA: IVA and impoconsumo
_NAME = frozenset({"identification", "branch"})
_COMPANY = ("legal_name", "name")
_PLACE = ("address", "country", "city", "postal_code")
# These always say something: a blank is left out.
_ALWAYS = frozenset(
    {
        "verification_digit", "name", "legal_name", "country", "active", "identification_type",
        "classification", "taxes",
    }
)  # fmt: skip


def draft_from_row(
    row: Row,
    sent: Mapping[str, Any],
    known: StoredThirdParty | None,
    name: PartyName,
    country: str = COLOMBIA,
) -> SaveThirdParty | None:
    """The third party a row makes, or makes of a known one; None when the row is wrong.

    `sent` is the row as it came: what it has, blanks too, is said. `country` is the company's.
    """
    base = _plain(known) if known else _blank(row, name)
    before = row_from_third_party(known, 0) if known else told_of(base)
    said = _said(row, sent)
    if said.keys() & set(PERSON):  # which are told apart by all four
        said = {part: before[part] for part in PERSON} | said
    changed = {
        reference: value
        for reference, value in said.items()
        if known is None or not _same(reference, value, before.get(reference))
    }
    party = _changed(base, before, changed, row)
    _check(party, changed, row, country, is_new=known is None)
    if row.errors:
        return None
    told = told_of(party)
    kept = {
        reference: pair
        for reference, pair in kept_of(known).items()
        if reference not in said and told.get(reference) == pair[1]
    }
    for reference, value in said.items():
        if not _same(reference, value, told.get(reference)):
            kept[reference] = [_plain_number(value), told.get(reference)]
    extra = {DIALECT: kept} if kept or kept_of(known) else None
    return SaveThirdParty(party=party, guid=known.guid if known else None, extra=extra)


def changes_nothing(draft: SaveThirdParty, known: StoredThirdParty | None) -> bool:
    """Whether a third party is already as a draft would have it."""
    kept = (draft.extra or {}).get(DIALECT, {})
    return known is not None and draft.party == _plain(known) and kept == kept_of(known)


def _said(row: Row, sent: Mapping[str, Any]) -> Said:
    """What a row says, nothing as what it is when it is read."""
    said: Said = {}
    for reference in sent:
        value = row.values.get(reference)
        if reference in _NAME or (value is None and reference in _ALWAYS):
            continue
        field = row.fields.get(reference)
        empty = field.empty if field else None
        if isinstance(value, str) and empty == 0:
            value = number_or_text(value)
        said[reference] = empty if value is None else value
    return said


def _same(reference: str, one: Any, other: Any) -> bool:
    """Whether two values are the same on the wire; all kinds of nothing are, and 5001 is the city 05001."""
    width = 5 if reference == "city" else 0
    return str(one or "").zfill(width) == str(other or "").zfill(width)


def _plain_number(value: Any) -> Any:
    """A value as it is kept in JSON, which `rows` has found to lose nothing."""
    return value if value is None or isinstance(value, int | str) else float(value)


def _plain(known: StoredThirdParty) -> ThirdParty:
    """A stored third party without what the books know about its record."""
    members = msgspec.structs.asdict(known)
    return ThirdParty(**{name: members[name] for name in ThirdParty.__struct_fields__})


def _blank(row: Row, name: PartyName) -> ThirdParty:
    """A new third party: a company if it says so, or has neither a person's names nor another type than NIT."""
    flag, id_type = row.text("legal_name"), _id_type(row.text("identification_type") or NIT)
    has_parts = any(row.text(part) for part in PERSON)
    is_person = flag == "N" or (not flag and (has_parts or id_type != NIT))
    return ThirdParty(
        identification=name.identification,
        branch=name.branch,
        person=PersonKind.PERSON if is_person else PersonKind.COMPANY,
        id_type=CITIZEN if is_person else NIT,
    )


def _changed(base: ThirdParty, before: Said, changed: Said, row: Row) -> ThirdParty:
    """A third party with what is said of it."""
    shown = before | changed
    changes: dict[str, Any] = {
        member: read(changed[reference])
        for reference, (member, read) in _MEMBERS.items()
        if reference in changed
    }
    if changed.keys() & {*_COMPANY, *PERSON}:
        changes["person"], changes["name"] = _name(base, shown, changed)
    if changed.keys() & set(PHONES):
        changes["phones"] = _phones(base, shown)
    if changed.keys() & {"contact_name", "email"}:
        changes["contacts"] = _contacts(base, shown, changes.get("name", base.name))
    if changed.keys() & set(_PLACE):
        changes["address"] = _place(base.address, shown, row)
    return msgspec.structs.replace(base, **changes)


def _id_type(value: Value) -> str:
    """The authority's code of a type of identification.

    >>> _id_type("C"), _id_type(47), _id_type("47")
    ('13', '47', '47')
    """
    return ID_TYPES.get(str(value), str(value))


def _text(value: Value) -> str | None:
    """A text the books may do without."""
    return str(value) or None


def _id(value: Value) -> int | None:
    text = str(value)
    return int(text) or None if is_digits(text) else None


def _codes(value: Value) -> tuple[str, ...]:
    """The fiscal responsibilities in a text.

    >>> _codes("O-13;O-15")
    ('O-13', 'O-15')
    """
    return tuple(code for code in re.split(r"[;,\s]+", str(value)) if code)


def _answers_for_iva(value: Value) -> bool:
    return str(value).zfill(2) in _IVA_CODES


# What stands for one member of a third party alone.
_MEMBERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "verification_digit": ("check_digit", str),
    "active": ("active", lambda value: value != "I"),
    "identification_type": ("id_type", _id_type),
    "classification": ("kind", KINDS.get),
    "salesperson": ("seller", _id),
    "collector": ("collector", _id),
    "observation": ("comments", _text),
    "commercial_name": ("commercial_name", _text),
    "fiscal_responsibility": ("fiscal_responsibilities", _codes),
    "taxes": ("vat_responsible", _answers_for_iva),
}


def _name(base: ThirdParty, shown: Said, changed: Said) -> tuple[PersonKind, tuple[str, ...]]:
    """One name for a company; for a person given names and surnames, from its parts if they are said.

    A flag that is neither S nor N is the company's name, as its reference has it.
    """
    flag = str(changed.get("legal_name", ""))
    person = base.person
    if flag:
        person = PersonKind.PERSON if flag == "N" else PersonKind.COMPANY
    whole = str(shown["name"])
    if person is PersonKind.COMPANY:
        if "name" not in changed and len(flag) > 1:
            whole = flag
        return person, (whole,) if whole else ()
    parts = [str(shown[reference]) for reference in PERSON]
    if "name" in changed and changed.keys().isdisjoint(PERSON):
        return person, (whole, "")
    names = tuple(" ".join(part for part in pair if part) for pair in (parts[:2], parts[2:]))
    return person, names if any(names) else (whole, "")


def _phones(base: ThirdParty, shown: Said) -> tuple[Phone, ...]:
    """The numbers in their places, as far as the last one; what else is known of a phone stays."""
    numbers = [str(shown[reference] or "") for reference in PHONES]
    while numbers and not numbers[-1]:
        numbers.pop()
    old = (*base.phones, *[Phone()] * len(PHONES))
    new = [msgspec.structs.replace(old[place], number=one) for place, one in enumerate(numbers)]
    return (*new, *base.phones[len(PHONES) :])


def _contacts(base: ThirdParty, shown: Said, names: tuple[str, ...]) -> tuple[Contact, ...]:
    """The first contact; one that has no name but an address of mail is the third party itself."""
    name, email = str(shown["contact_name"]), str(shown["email"])
    if not name and not email:
        return base.contacts[1:]
    first = base.contacts[0] if base.contacts else Contact(first_name="")
    if name != contact_name(first) or not name:
        own = name or " ".join(part for part in names if part)
        first = msgspec.structs.replace(first, first_name=own, last_name="")
    return (msgspec.structs.replace(first, email=email), *base.contacts[1:])


def _place(old: Address | None, shown: Said, row: Row) -> Address | None:
    """The address. A municipality says its department; a country alone is no address."""
    text, city = str(shown["address"]), str(shown["city"] or "")
    postal = str(shown["postal_code"])
    if not (text or city or postal):
        return None
    country = str(shown["country"] or 1).upper()
    if is_digits(country) and int(country) == 1:
        country = COLOMBIA
    if country != COLOMBIA:
        state = old.state_code if old and old.country_code.upper() == country else ""
        return Address(address=text, country_code=country, state_code=state, city_code=city,
                       postal_code=postal or None)  # fmt: skip
    if not city:
        row.refuse("city", "required", "es obligatoria con la dirección")
    known = tables.find_city(city.zfill(5))
    return Address(
        address=text,
        country_code=country,
        state_code=known.department_code if known else "",
        city_code=known.code if known else city,
        postal_code=postal or None,
    )


def _check(party: ThirdParty, changed: Said, row: Row, country: str, *, is_new: bool) -> None:
    """Note on the row what is wrong with a third party in the terms of this dialect."""
    if not any(party.name):
        row.refuse("name", "required", "es obligatorio")
    own = party.identification
    if "verification_digit" in changed and country == COLOMBIA and is_digits(own):
        digit = compute_check_digit(own)
        if party.check_digit != digit:
            row.refuse("verification_digit", "value", f"el de {own} es {digit}")
    id_type = tables.find_id_type(party.id_type, country)
    asked = is_new or "identification_type" in changed
    if asked and id_type is not None and not id_type.accepts(own):
        row.refuse("identification", "format", f"{own} no es de tipo {id_type.name}")
