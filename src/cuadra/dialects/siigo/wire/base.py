"""What every message is made of: bases, errors in both casings, sign-in, pages."""

from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Consecutive = Annotated[int, Meta(ge=-(2**53), le=2**53)]


class Request(Struct, kw_only=True, omit_defaults=True):
    """Base of everything a client sends; members that are None stay away."""


class Response(Struct, kw_only=True, omit_defaults=True):
    """Base of everything the server answers; UNSET members stay away."""


class PascalError(Struct, rename="pascal", omit_defaults=True):
    """One error, as most resources write it."""

    code: str
    message: str
    params: list[str] | UnsetType = UNSET
    detail: str | None | UnsetType = UNSET


class PascalErrors(Struct, rename="pascal"):
    """The error envelope of most resources."""

    status: int
    errors: list[PascalError]


class LowerError(Struct, omit_defaults=True):
    """One error, as sign-in and purchases write it."""

    code: str
    message: str
    params: list[str] | UnsetType = UNSET
    detail: str | None | UnsetType = UNSET


class LowerErrors(Struct):
    """The error envelope of sign-in and purchases."""

    status: int
    errors: list[LowerError]


class TokenIn(Request):
    """Body of POST /auth."""

    username: str | None = None
    access_key: str | None = None


class TokenOut(Struct):
    """Answer of POST /auth; `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    token_type: str
    scope: str


class Pagination(Struct):
    """Where a page stands among all results."""

    page: int
    page_size: int
    total_results: int


class Link(Struct):
    """Where another page is."""

    href: str


class Links(Response):
    """The neighbours of a page; absent where there is none."""

    previous: Link | UnsetType = UNSET
    self: Link | UnsetType = UNSET
    next: Link | UnsetType = UNSET


class Page(Struct, rename={"links": "_links"}):
    """One page of a list of any resource."""

    pagination: Pagination
    results: list[object]
    links: Links


class IdIn(Request):
    """An id by itself: a document type, a tax."""

    id: Id | None = None


class CurrencyIn(Request):
    """A foreign currency and its rate."""

    code: str | None = None
    exchange_rate: Decimal | None = None


class IdOut(Struct):
    """An id by itself."""

    id: int


class PartyOut(Struct):
    """A third party, as documents show it."""

    id: str
    identification: str
    branch_office: int


class CurrencyOut(Struct):
    """A foreign currency and its rate."""

    code: str
    exchange_rate: Decimal


class DeletedOut(Struct):
    """What deleting answers."""

    id: str
    deleted: bool


class AnnulledOut(Struct, rename={"annul": "Annul"}):
    """What annulling answers: `Annul` as the blueprint prints it, `deleted` as other clients read it."""

    id: str
    annul: bool = True
    deleted: bool = True


class CodeNameOut(Struct):
    """A code and its name."""

    code: str
    name: str


class MetadataOut(Response):
    """When a resource was made, and when it was last changed if it ever was."""

    created: str
    last_updated: str | None | UnsetType = UNSET
