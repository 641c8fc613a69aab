"""Account groups. Pure."""

import re

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import required_text
from cuadra.errors import Problem

_CODE = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_NAME = re.compile(r"[^']+")


def account_group_problems(body: wire.AccountGroupIn) -> list[Problem]:
    """What is wrong with an account group: ten letters and digits, and a name of fifty."""
    return [
        *required_text("code", body.code, 10, _CODE),
        *required_text("name", body.name, 50, _NAME),
    ]
