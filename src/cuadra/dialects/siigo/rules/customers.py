"""Customers, by themselves and inside documents. Pure."""

import re

from cuadra.catalog import tables
from cuadra.catalog.third_parties import CONTACTS_MAX
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import between, max_length, option, required_option
from cuadra.errors import Problem, required

_IDENTIFICATION = re.compile(r"\w[\w-]+\w", re.ASCII)
_EMAIL = re.compile(r"([-+.]*\w)+[-+.]*@([\w-]+\.)+[\w-]{2,}")
DIAN_ONLY_ID_TYPES = {"10"}
_CUSTOMER_TYPES = {"customer", "supplier", "other"}
_PERSON_TYPES = {"person", "company"}


def customer_problems(
    body: wire.CustomerIn, prefix: str = "", *, contacts_max: int = CONTACTS_MAX
) -> list[Problem]:
    """What is wrong with a customer; `prefix` is its path inside a document."""
    problems = [
        *option(prefix + "type", body.type, _CUSTOMER_TYPES),
        *required_option(prefix + "person_type", body.person_type, _PERSON_TYPES),
        *_id_type(prefix, body.id_type),
        *_identification(prefix, body),
        *_check_digit(prefix, body.check_digit),
        *_names(prefix, body),
        *max_length(prefix + "commercial_name", body.commercial_name, 100),
        *between(prefix + "branch_office", body.branch_office, 0, 999),
        *_responsibilities(prefix, body.fiscal_responsibilities),
        *_address(prefix, body.address),
    ]
    if body.phones is None:
        problems.append(required(prefix + "phones"))
    for index, phone in enumerate(body.phones or []):
        problems += _phone(f"{prefix}phones[{index}].", phone, number_required=True)
    if body.contacts is None:
        problems.append(required(prefix + "contacts"))
    elif len(body.contacts) > contacts_max:
        problems.append(Problem("array", prefix + "contacts", "too many contacts"))
    for index, contact in enumerate(body.contacts or []):
        problems += _contact(f"{prefix}contacts[{index}].", contact)
    return [*problems, *max_length(prefix + "comments", body.comments, 4000)]


def is_whole_customer(body: wire.CustomerIn) -> bool:
    """Whether a document's customer is more than a reference, so that it may be created."""
    return any(
        (body.person_type, body.id_type, body.name, body.address, body.phones, body.contacts)
    )


def _id_type(prefix: str, code: str | None) -> list[Problem]:
    path = prefix + "id_type"
    if not code:
        return [required(path)]
    if code in DIAN_ONLY_ID_TYPES or tables.find_id_type(code) is None:
        return [Problem("option", path, "an identification type of the vendor's list", code)]
    return []


def _identification(prefix: str, body: wire.CustomerIn) -> list[Problem]:
    path, text = prefix + "identification", body.identification
    if not text:
        return [required(path)]
    if len(text) > 50:
        return [Problem("too_long", path, "at most 50 characters", 50)]
    id_type = tables.find_id_type(body.id_type or "")
    well_formed = len(text) < 3 or _IDENTIFICATION.fullmatch(text)
    if not well_formed or (id_type is not None and not id_type.accepts(text)):
        return [Problem("format", path, "not an identification of this type", text)]
    return []


def _check_digit(prefix: str, text: str | None) -> list[Problem]:
    if not text or re.fullmatch(r"[0-9]", text):
        return []
    return [Problem("value", prefix + "check_digit", "one digit", text)]


def _names(prefix: str, body: wire.CustomerIn) -> list[Problem]:
    """A company has one name, a person given names and surnames; no single quotes."""
    path = prefix + "name"
    if not body.name or not any(body.name):
        return [required(path)]
    expected = 1 if (body.person_type or "").lower() == "company" else 2
    if len(body.name) != expected or not all(body.name):
        return [Problem("array", path, f"{expected} names")]
    problems = []
    for index, name in enumerate(body.name):
        problems += max_length(f"{path}[{index}]", name, 100)
        if "'" in (name or ""):
            problems.append(Problem("format", path, "a name has no single quotes", name))
    return problems


def _responsibilities(prefix: str, given: list[wire.CodeIn] | str | None) -> list[Problem]:
    """Each names its code; an empty text instead of the list means the default."""
    if isinstance(given, str):
        known = not given.strip()
        return [] if known else [Problem("type", prefix + "fiscal_responsibilities", "a list")]
    codes = enumerate(given or [])
    path = prefix + "fiscal_responsibilities"
    return [required(f"{path}[{index}].code") for index, member in codes if not member.code]


def _address(prefix: str, address: wire.AddressIn | None) -> list[Problem]:
    path = prefix + "address"
    if address is None:
        return [required(path)]
    problems = [required(f"{path}.address")] if not address.address else []
    problems += max_length(f"{path}.address", address.address, 256)
    if address.city is None:
        problems.append(required(f"{path}.city"))
    else:
        for name in ("country_code", "state_code", "city_code"):
            if not getattr(address.city, name):
                problems.append(required(f"{path}.city.{name}"))
    return problems + max_length(f"{path}.postal_code", address.postal_code, 10)


def _phone(path: str, phone: wire.PhoneIn, *, number_required: bool) -> list[Problem]:
    problems = [required(path + "number")] if number_required and not phone.number else []
    for name in ("indicative", "number", "extension"):
        text = getattr(phone, name)
        problems += max_length(path + name, text, 10)
        if text and len(text) <= 10 and not (text.isascii() and text.isdigit()):
            problems.append(Problem("value", path + name, "digits only", text))
    return problems


def _contact(path: str, contact: wire.ContactIn) -> list[Problem]:
    problems = [required(path + "first_name")] if not contact.first_name else []
    problems += max_length(path + "first_name", contact.first_name, 50)
    problems += max_length(path + "last_name", contact.last_name, 50)
    problems += max_length(path + "email", contact.email, 100)
    if contact.email and len(contact.email) <= 100 and not _EMAIL.fullmatch(contact.email):
        problems.append(Problem("format", path + "email", "not an e-mail address", contact.email))
    if contact.phone is not None:
        problems += _phone(path + "phone.", contact.phone, number_required=False)
    return problems
