"""What a company file may set for this dialect, where the vendor's document is silent or contradicts itself."""

from typing import Annotated, Literal

import msgspec

from cuadra.catalog.snapshot import Catalog

DIALECT = "serpi"


class SerpiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """empty_result: what a read without results answers; the document prints code 204 in a body, and
    code 201 with an empty list on one page. get_document: whether GET on the documents is refused or
    answers a query. concurrent: what a second call of one token meets while the first is under way.
    unknown_type: what a type of documents that does not exist finds. http_status: whether the status of
    HTTP is the code of the body. page_size: rows where no `limite` is given; 0 is all of them. lenient:
    whether `Bearer` and token may stand without a blank between them.
    """

    empty_result: Literal["200_with_204", "204", "201_with_list"] = "200_with_204"
    get_document: Literal["405", "query"] = "405"
    concurrent: Literal["queue", "reject_503", "reject_429", "off"] = "queue"
    unknown_type: Literal["empty", "400"] = "empty"
    http_status: Literal["code", "200"] = "code"
    page_size: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    lenient: bool = False


def settings_from_catalog(catalog: Catalog) -> SerpiSettings:
    """This dialect's settings of a company."""
    return msgspec.convert(catalog.settings.get(DIALECT, {}), SerpiSettings)
