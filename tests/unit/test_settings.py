"""Settings of a company file are read by somebody, or refused when the file is loaded."""

import msgspec
import pytest

from cuadra.app import validate_settings
from cuadra.catalog.company_file import load_built_in
from cuadra.errors import SetupError


def file_with(settings: dict[str, object]):
    return msgspec.structs.replace(load_built_in("demo"), settings=settings)


def test_known_settings_pass() -> None:
    known = {"trade": {"rounding": "unrounded_base"}, "siigo": {"partner_id": "off"}}
    validate_settings(file_with(known))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trde": {}}, "unknown subject trde"),
        ({"siigo": {"partner_id": "maybe"}}, "settings of siigo"),
        ({"trade": {"rounding": "up"}}, "settings of trade"),
        ({"trade": {"color": "red"}}, "settings of trade"),
        ({"siigo": 5}, "settings of siigo"),
        ({"colppy": {"company_id": 0}}, "settings of colppy"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SetupError, match=message):
        validate_settings(file_with(settings))
