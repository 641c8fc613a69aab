"""One call of the API as its handler sees it, and what the lists of all resources share.

The wrapper in `server` makes it after sign-in, headers and body passed. Handlers read the query through
it, so that a wrong parameter is answered in the vendor's words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request

from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import CONTACTS_MAX
from cuadra.database.paging import Page
from cuadra.database.pool import Database
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.errors import Failure, failure
from cuadra.dialects.siigo.mapping.base import guid_from_text
from cuadra.errors import Problem, required
from cuadra.trade.books import Origin
from cuadra.trade.group import Groups
from cuadra.trade.idempotency import IdempotencyKey

T = TypeVar("T")
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]


class SiigoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a company file may set for this dialect, where the vendor contradicts itself.

    auth_status: what a sign-in answers. partner_id: `strict` requires the header, `lenient` only checks
    it when sent, `off` ignores it. links_key: what the neighbours of a page are called. page_size_min,
    page_size_max: the bounds a wanted page size is moved to. users: in pages, or as a bare `array`.
    idempotency_key_max: characters of the key; idempotency_key_error: the code of a wrong one;
    replay_status: what a key met again answers. contacts_max: of one customer. customer_type_filter:
    whether lists obey `type`. customer_delete: `works`, or `disabled` as in the vendor's test company.
    receipt_due_date: whether a receipt's dues must say when they fall due.
    edit_status: what replacing an invoice or a purchase answers; quotation_edit_status: a quotation.
    credit_note_mismatch: what a note answers whose customer or items are not its invoice's. pseudo_json: whether the text of a
    Python dictionary passes for JSON. lower_case_errors: resources with the other casing. combo_products:
    whether the plan has them. extensions: whether the catalogs that clients ask for in vain are there.
    """

    auth_status: Literal[200, 201] = 200
    partner_id: Literal["strict", "lenient", "off"] = "strict"
    links_key: Literal["_links", "__links"] = "_links"
    page_size_min: PositiveInt = 10
    page_size_max: PositiveInt = 100
    users: Literal["paginated", "array"] = "paginated"
    idempotency_key_max: PositiveInt = 30
    idempotency_key_error: str = "invalid_idempotency_key"
    replay_status: Literal[200, 201] = 200
    contacts_max: PositiveInt = CONTACTS_MAX
    customer_type_filter: Literal["works", "ignored"] = "works"
    customer_delete: Literal["works", "disabled"] = "works"
    edit_status: Literal[200, 201] = 200
    quotation_edit_status: Literal[200, 201] = 201
    credit_note_mismatch: Literal[400, 500] = 400
    receipt_due_date: Literal["required", "optional"] = "required"
    pseudo_json: bool = False
    lower_case_errors: tuple[str, ...] = ("purchases",)
    combo_products: bool = True
    extensions: bool = False


class Call:
    """A signed-in request. `credential` names the company in every read, `company` its group."""

    def __init__(
        self,
        request: Request,
        *,
        database: Database,
        groups: Groups,
        credential: int,
        company: str,
        origin: Origin,
        settings: SiigoSettings,
        now: datetime,
        key: IdempotencyKey | None,
    ) -> None:
        self.request = request
        self.database = database
        self.groups = groups
        self.credential = credential
        self.company = company
        self.origin = origin
        self.settings = settings
        self.now = now
        self.key = key
        self.replay_differs: bool | None = None  # set when an idempotency key was met again

    @property
    def path_id(self) -> Any:
        """The id in the path as a UUID. Raises `Failure` 404 when it is none, like any unknown one."""
        guid = guid_from_text(self.request.path_params["id"])
        if guid is None:
            raise not_found()
        return guid

    @property
    def path_number(self) -> int:
        """The id in the path as a whole number. Raises `Failure` 404 when it is none."""
        text = self.request.path_params["id"]
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            raise not_found()
        return int(text)

    def text(self, name: str) -> str | None:
        """A parameter of the query, None where it is missing or empty."""
        value = self.request.query_params.get(name)
        if value is not None and "\0" in value:
            _refuse(Problem("value", name, "no such value", value))
        return value or None

    def number(self, name: str, low: int = 0, high: int = 2**31 - 1) -> int | None:
        """A whole number of the query."""
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"-?\d{1,11}", text, re.ASCII):
            _refuse(Problem("type", name, "a whole number", text))
        if not low <= int(text) <= high:
            _refuse(Problem("value", name, f"between {low} and {high}", text))
        return int(text)

    def word(self, name: str, words: Mapping[str, T]) -> T | None:
        """What one of the allowed words of the query stands for, written in any case."""
        text = self.text(name)
        if text is None:
            return None
        known = {word.lower(): meaning for word, meaning in words.items()}
        if text.lower() not in known:
            _refuse(Problem("option", name, f"one of {', '.join(words)}", text))
        return known[text.lower()]

    def flag(self, name: str) -> bool | None:
        """A true or false of the query."""
        text = self.text(name)
        if text is not None and text.lower() not in ("true", "false"):
            _refuse(Problem("type", name, "true or false", text))
        return None if text is None else text.lower() == "true"

    def instant(self, name: str) -> datetime | None:
        """A bound in UTC: a date (its first instant) or a date and time."""
        text = self.text(name)
        if text is None:
            return None
        try:
            instant = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            _refuse(Problem("date", name, "a date, or a date and time in UTC", text))
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def day(self, name: str) -> date | None:
        """A day of the query; of a date and time, its day."""
        instant = self.instant(name)
        return instant.date() if instant else None

    @property
    def page(self) -> Page:
        """The wanted page; its size is moved into the vendor's bounds."""
        settings = self.settings
        size = self.number("page_size", 1) or 25
        size = min(max(size, settings.page_size_min), settings.page_size_max)
        return Page(self.number("page", 1) or 1, size)


def not_found() -> Failure:
    """The answer when the thing a path names does not exist in the company."""
    return failure([Problem("not_found", "", "not found")])


def require_query(call: Call, name: str) -> str:
    """A parameter that must be in the query."""
    value = call.text(name)
    if value is None:
        raise failure([required(name)])
    return value


def list_body(call: Call, total: int, results: Sequence[object]) -> Any:
    """A page of a list with its neighbours, in the vendor's envelope."""
    page = call.page
    links = wire.Links(self=_link(call, page.number))
    if page.number > 1:
        links.previous = _link(call, page.number - 1)
    if page.number * page.size < total:
        links.next = _link(call, page.number + 1)
    body = wire.Page(wire.Pagination(page.number, page.size, total), list(results), links)
    if call.settings.links_key == "_links":
        return body
    return {"pagination": body.pagination, "results": body.results, call.settings.links_key: links}


def _link(call: Call, number: int) -> wire.Link:
    url = call.request.url
    query = [
        (n, v) for n, v in call.request.query_params.multi_items() if n not in ("page", "page_size")
    ]
    query += [("page", str(number)), ("page_size", str(call.page.size))]
    return wire.Link(f"{url.scheme}://{url.netloc}{url.path}?{urlencode(query)}")


def by_id(catalog: dict[int, T], body: Callable[[T], object]) -> list[object]:
    """A whole catalog in the order of its ids."""
    return [body(record) for record in catalog.values()]


def settings_from_catalog(catalog: Catalog) -> SiigoSettings:
    """This dialect's settings of a company."""
    return msgspec.convert(catalog.settings.get("siigo", {}), SiigoSettings)


def _refuse(problem: Problem) -> NoReturn:
    raise failure([problem])
