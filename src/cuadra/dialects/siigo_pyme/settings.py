"""What a company chooses where the vendor's pages leave it open or contradict themselves."""

from typing import Annotated, Literal

import msgspec

from cuadra.catalog.snapshot import Catalog

DIALECT = "siigo_pyme"
_CurrencyCode = Annotated[int, msgspec.Meta(ge=1, le=99)]
_Minutes = Annotated[float, msgspec.Meta(gt=0, le=60)]


class PymeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings `siigo_pyme` of a company; the defaults are those of docs/siigo-pyme.md.

    profile: how strictly rows of an export are read; `documented` takes what the vendor's own example
    sends, `strict` what its Excel model allows. http_status: whether the status of HTTP is the
    `statusCode` of the body. import_timeout, export_timeout, attempts, backoff: what a request without
    them in `request_config` has, in minutes. partial: the status of an export of which some rows were
    refused. currencies: the company's own codes of foreign currencies; amounts in others are told in pesos
    only. month_13: whether rows may be of a thirteenth month.
    """

    profile: Literal["documented", "strict"] = "documented"
    http_status: Literal["code", "200"] = "code"
    import_timeout: _Minutes = 60.0
    export_timeout: _Minutes = 20.0
    attempts: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    backoff: _Minutes = 0.5
    partial: Literal["400", "207", "200"] = "400"
    currencies: dict[str, _CurrencyCode] = msgspec.field(
        default_factory=lambda: {"USD": 1, "EUR": 2}
    )
    month_13: bool = False


def settings_from_catalog(catalog: Catalog) -> PymeSettings:
    """This dialect's settings of a company."""
    return msgspec.convert(catalog.settings.get(DIALECT, {}), PymeSettings)
