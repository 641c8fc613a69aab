"""Companies to measure with: each has a demo company's catalogs, a name of its own and a login of its own.

They are made by the normal loader. Because they come from one file, an id means the same in all of them,
so that the invoice recorded in one can be posted in every other.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from cuadra.catalog.company_file import load_built_in
from cuadra.catalog.company_records import CompanyFile, Credential
from cuadra.catalog.records import CostCentre
from cuadra.database.pool import Database
from cuadra.trade.companies import load_company

COST_CENTRES = range(1001, 1011)  # besides the demo's own
COLPPY = ("colppy_developer", "colppy")


class Company(msgspec.Struct, frozen=True):
    """A company with what its client of Siigo Nube signs in with.

    One made from the Argentine demo company has a user and a developer at Colppy's door besides, both called and
    kept secret like that client.
    """

    id: int
    name: str
    login: dict[str, str]


def create_companies(url: str, names: Sequence[str], built_in: str = "demo") -> list[Company]:
    """Make the companies from one of the program's own, in this order."""
    return asyncio.run(_create(url, names, built_in))


async def _create(url: str, names: Sequence[str], built_in: str) -> list[Company]:
    demo = load_built_in(built_in)
    database = Database(url, size=1)
    await database.open()
    companies = []
    try:
        for name in names:
            login = {
                "username": f"{name}@example.com",
                "access_key": secrets.token_urlsafe(24),
            }
            file = renamed(demo, name, login)
            made = await load_company(database, file, "benchmark", datetime.now(UTC))
            companies.append(Company(made.id, name, login))
    finally:
        await database.close()
    return companies


def renamed(file: CompanyFile, name: str, login: dict[str, str]) -> CompanyFile:
    """The same company under another name, with one login and ten more cost centres."""
    dialects = ("siigo", *COLPPY) if file.company.country == "AR" else ("siigo",)
    identity, secret = login["username"], login["access_key"]
    centres = tuple(
        CostCentre(id=number, code=f"M-{number}", name=f"Centro {number}")
        for number in COST_CENTRES
    )
    return msgspec.structs.replace(
        file,
        company=msgspec.structs.replace(file.company, name=name),
        credentials=tuple(
            Credential(dialect=one, identity=identity, secret=secret) for one in dialects
        ),
        cost_centres=file.cost_centres + centres,
    )
