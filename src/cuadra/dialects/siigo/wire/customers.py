"""Customers, suppliers and others."""

from msgspec import UNSET, Struct, UnsetType

from cuadra.dialects.siigo.wire.base import CodeNameOut, Id, MetadataOut, Request, Response


class CodeIn(Request):
    """A code by itself, as in fiscal responsibilities."""

    code: str | None = None


class CityIn(Request):
    """A city by its codes."""

    country_code: str | None = None
    state_code: str | None = None
    city_code: str | None = None


class AddressIn(Request):
    """An address."""

    address: str | None = None
    city: CityIn | None = None
    postal_code: str | None = None


class PhoneIn(Request):
    """A telephone number."""

    indicative: str | None = None
    number: str | None = None
    extension: str | None = None


class ContactIn(Request):
    """A person to write to."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: PhoneIn | None = None


class RelatedUsersIn(Request):
    """Who sells to a customer and who collects."""

    seller_id: Id | None = None
    collector_id: Id | None = None


class CustomerIn(Request):
    """Body of POST and PUT /v1/customers, and of a customer made from an invoice."""

    type: str | None = None
    person_type: str | None = None
    id_type: str | None = None
    identification: str | None = None
    check_digit: str | None = None
    name: list[str | None] | None = None
    commercial_name: str | None = None
    branch_office: Id | None = None
    active: bool | None = None
    vat_responsible: bool | None = None
    fiscal_responsibilities: list[CodeIn] | str | None = None
    address: AddressIn | None = None
    phones: list[PhoneIn] | None = None
    contacts: list[ContactIn] | None = None
    comments: str | None = None
    related_users: RelatedUsersIn | None = None


class CityOut(Struct):
    """A city with its names."""

    country_code: str
    country_name: str
    state_code: str
    state_name: str
    city_code: str
    city_name: str


class AddressOut(Response):
    """An address with its city's names."""

    address: str
    city: CityOut
    postal_code: str | UnsetType = UNSET


class PhoneOut(Response):
    """A telephone number."""

    indicative: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET


class ContactOut(Response):
    """A person to write to."""

    first_name: str
    last_name: str
    email: str
    phone: PhoneOut | UnsetType = UNSET


class RelatedUsersOut(Response):
    """Who sells to a customer and who collects."""

    seller_id: int | UnsetType = UNSET
    collector_id: int | UnsetType = UNSET


class CustomerOut(Response, kw_only=True):
    """A customer, supplier or other third party."""

    id: str
    type: str
    person_type: str
    id_type: CodeNameOut
    identification: str
    check_digit: str | UnsetType = UNSET
    name: list[str]
    commercial_name: str | UnsetType = UNSET
    branch_office: int
    active: bool
    vat_responsible: bool
    fiscal_responsibilities: list[CodeNameOut]
    address: AddressOut | UnsetType = UNSET
    phones: list[PhoneOut]
    contacts: list[ContactOut]
    comments: str | UnsetType = UNSET
    related_users: RelatedUsersOut | UnsetType = UNSET
    metadata: MetadataOut
