"""`cuadra token`: keys to the doors of a company, shown once, listed without their secret, and revoked.

There is one command for every door whose keys we issue; `data/dialects.csv` says which those are.
"""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cuadra.catalog.credentials import issue_credential, list_credentials, revoke_credential
from cuadra.catalog.tables import Dialect, Identity, list_issued_dialects
from cuadra.cli.running import CompanyOption, opened, out, run
from cuadra.config import system_clock
from cuadra.database.opening import Address

token_app = typer.Typer(
    help="Issue, list and revoke the keys to a company's doors.", no_args_is_help=True
)
IDENTITIES = {Identity.COMPANY: "the company's own key", Identity.USER: "a user's name"}


@token_app.command("list")
def token_list(company: CompanyOption) -> None:
    """List the tokens of a company, also the revoked ones; their secrets are not known."""

    async def show(address: Address) -> None:
        async with opened(address) as database:
            credentials = await list_credentials(database, company)
        table = Table("id", "dialect", "identity", "created", "revoked", box=None)
        for one in credentials:
            table.add_row(
                str(one.id),
                one.dialect,
                escape(one.identity),
                f"{one.created_at:%Y-%m-%d %H:%M} UTC",
                f"{one.revoked_at:%Y-%m-%d %H:%M} UTC" if one.revoked_at else "",
            )
        out.print(table)

    run(show)


@token_app.command("revoke")
def token_revoke(
    token: Annotated[int, typer.Argument(help="Its id in the list.")],
    company: CompanyOption,
) -> None:
    """Revoke a token: nothing is read or written with it any more."""

    async def revoke(address: Address) -> None:
        async with opened(address) as database:
            done = await revoke_credential(database, company, token, system_clock())
        told = "is revoked" if done else "was revoked before"
        out.print(f"{company}: token {token} {told}", markup=False)

    run(revoke)


def _issuing(door: Dialect) -> Callable[..., None]:
    """The command that issues keys to a door."""
    assert door.issued is not None
    help_text = f"What comes with the secret: {IDENTITIES[door.issued]}; the one in use, or random."

    def issue(
        company: CompanyOption,
        identity: Annotated[str | None, typer.Option(help=help_text)] = None,
    ) -> None:
        async def issue_and_show(address: Address) -> None:
            async with opened(address) as database:
                issued = await issue_credential(database, company, door, identity)
            usage = door.usage.format(identity=issued.identity, secret=issued.secret)
            for line in (
                f"{company}: token {issued.id} for {door.name}",
                f"  identity  {issued.identity}",
                f"  secret    {issued.secret}",
                f"  use       {usage}",
                "Keep the secret now: it is not stored in clear and cannot be shown again.",
                f"To take it back: cuadra token revoke {issued.id} --company {company}",
            ):
                out.print(line, markup=False)

        run(issue_and_show)

    return issue


for _door in list_issued_dialects():
    token_app.command(
        _door.code.replace("_", "-"), help=f"Issue a token for {_door.name}, and show it once."
    )(_issuing(_door))
