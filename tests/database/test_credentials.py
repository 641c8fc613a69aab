"""Credentials that we issue: found by their secret alone, listed without it, revoked for good."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cuadra.catalog import bearers as bearers_module
from cuadra.catalog.bearers import Bearers
from cuadra.catalog.companies import delete_company
from cuadra.catalog.company_file import load_built_in_text, load_company_file
from cuadra.catalog.credentials import (
    CredentialUnknown,
    StandingCredential,
    UnusableIdentity,
    find_credential,
    find_credentials_by_secret,
    issue_credential,
    list_credentials,
    revoke_credential,
)
from cuadra.catalog.passwords import (
    digest_of_password,
    hash_digest,
    is_password,
    pretend_to_verify,
)
from cuadra.catalog.tables import Dialect, Identity, find_dialect
from cuadra.database.pool import CompanyUnknown, Database
from cuadra.trade.companies import load_company
from tests.factories import NOW, create_company

LATER = NOW + timedelta(days=1)


def door(code: str) -> Dialect:
    """One of the doors."""
    found = find_dialect(code)
    assert found is not None
    return found


SERPI, SIIGO = door("serpi"), door("siigo")


async def load_demo(database: Database, *, name: str = "demo", replace: bool = False) -> None:
    """The demo company, under this name."""
    text = load_built_in_text("demo").replace("name: demo\n", f"name: {name}\n", 1)
    await load_company(database, load_company_file(text), text, NOW, replace=replace)


@pytest.fixture(autouse=True)
async def company(owner: psycopg.AsyncConnection) -> None:
    """A company without credentials."""
    await create_company(owner)


async def test_the_first_token_makes_the_companys_identity_and_others_reuse_it(
    database: Database, owner: psycopg.AsyncConnection
) -> None:
    await create_company(owner, name="other")
    first = await issue_credential(database, "acme", SERPI)
    second = await issue_credential(database, "acme", SERPI)
    other = await issue_credential(database, "other", SERPI)
    assert first.identity == second.identity != other.identity
    assert len({first.secret, second.secret, other.secret}) == 3
    assert all(len(one) >= 32 for one in (first.identity, first.secret))
    for issued, name in ((first, "acme"), (second, "acme"), (other, "other")):
        found = await find_credentials_by_secret(database, "serpi", issued.secret)
        assert found == [StandingCredential(issued.id, name, issued.identity)]


async def test_the_identity_may_be_chosen_and_stays(database: Database) -> None:
    issued = await issue_credential(database, "acme", SERPI, "key-of-my-program")
    assert issued.identity == "key-of-my-program"
    assert (await issue_credential(database, "acme", SERPI)).identity == issued.identity
    assert (await issue_credential(database, "acme", SERPI, issued.identity)).id != issued.id
    with pytest.raises(UnusableIdentity, match="acme is known as key-of-my-program there"):
        await issue_credential(database, "acme", SERPI, "another")
    for one in await list_credentials(database, "acme"):
        await revoke_credential(database, "acme", one.id, LATER)
    assert (await issue_credential(database, "acme", SERPI, "another")).identity == "another"


async def test_users_have_an_identity_each(database: Database) -> None:
    assert (SERPI.issued, SIIGO.issued) == (Identity.COMPANY, Identity.USER)
    for username in ("ana@example.com", "luis@example.com"):
        issued = await issue_credential(database, "acme", SIIGO, username)
        found = await find_credential(database, "siigo", username, issued.secret)
        assert found is not None and found.id == issued.id
    assert (await issue_credential(database, "acme", SIIGO)).identity == "ana@example.com"


@pytest.mark.parametrize("identity", ["", "two words", "ñ", "line\nline", "x" * 101])
async def test_an_identity_fits_into_a_header(database: Database, identity: str) -> None:
    with pytest.raises(UnusableIdentity):
        await issue_credential(database, "acme", SERPI, identity)
    assert await list_credentials(database, "acme") == []


async def test_an_unknown_company_has_no_tokens(database: Database) -> None:
    for work in (
        issue_credential(database, "nobody", SERPI),
        list_credentials(database, "nobody"),
        revoke_credential(database, "nobody", 1, NOW),
    ):
        with pytest.raises(CompanyUnknown, match="no company named 'nobody'"):
            await work


async def test_a_revoked_token_is_listed_and_opens_nothing(
    database: Database, owner: psycopg.AsyncConnection
) -> None:
    await create_company(owner, name="other")
    issued = await issue_credential(database, "acme", SERPI)
    (listed,) = await list_credentials(database, "acme")
    assert (listed.id, listed.dialect, listed.identity) == (issued.id, "serpi", issued.identity)
    assert (listed.created_at.tzinfo is not None, listed.revoked_at) == (True, None)
    for company, number in (("other", issued.id), ("acme", issued.id + 1)):
        with pytest.raises(CredentialUnknown, match=f"{company} has no token {number}"):
            await revoke_credential(database, company, number, LATER)
    assert await revoke_credential(database, "acme", issued.id, LATER)
    assert not await revoke_credential(database, "acme", issued.id, LATER + timedelta(days=1))
    (listed,) = await list_credentials(database, "acme")
    assert listed.revoked_at == LATER
    assert await find_credentials_by_secret(database, "serpi", issued.secret) == []
    with pytest.raises(CompanyUnknown):
        async with database.read(issued.id):
            pytest.fail("the credential was revoked")


async def test_the_secret_is_not_stored(database: Database, owner: psycopg.AsyncConnection) -> None:
    issued = await issue_credential(database, "acme", SERPI)
    cursor = await owner.execute("SELECT c::text FROM control.credential c")
    rows = await cursor.fetchall()
    assert rows
    assert not [row for (row,) in rows if issued.secret in row]


async def test_a_secret_opens_one_kind_of_door_and_may_be_that_of_several_companies(
    database: Database,
) -> None:
    for name in ("demo", "twin"):
        await load_demo(database, name=name)
    found = await find_credentials_by_secret(database, "serpi", "demo-serpi-token")
    assert [one.company_name for one in found] == ["demo", "twin"]
    assert await find_credentials_by_secret(database, "siigo", "demo-serpi-token") == []


async def test_a_bearer_met_before_is_not_looked_up_again(database: Database) -> None:
    issued = await issue_credential(database, "acme", SERPI)
    known = Bearers()
    expected = (StandingCredential(issued.id, "acme", issued.identity),)
    assert await known.find(database, "serpi", issued.secret) == expected
    await database.close()
    assert await known.find(database, "serpi", issued.secret) == expected


async def test_a_miss_is_not_remembered(database: Database) -> None:
    known = Bearers()
    assert await known.find(database, "serpi", "demo-serpi-token") == ()
    await load_demo(database)
    assert len(await known.find(database, "serpi", "demo-serpi-token")) == 1
    assert await known.find(database, "siigo", "demo-serpi-token") == ()


async def test_asking_again_sees_what_changed(database: Database) -> None:
    await load_demo(database)
    known = Bearers()
    (first,) = await known.find(database, "serpi", "demo-serpi-token")
    await load_demo(database, replace=True)  # a reset changes nothing
    assert await known.find(database, "serpi", "demo-serpi-token", again=True) == (first,)
    await delete_company(database, "demo", NOW)
    assert await known.find(database, "serpi", "demo-serpi-token") == (first,)
    assert await known.find(database, "serpi", "demo-serpi-token", again=True) == ()
    await load_demo(database)
    (second,) = await known.find(database, "serpi", "demo-serpi-token")
    assert (second.company_name, second.id == first.id) == ("demo", False)


async def test_only_so_many_are_remembered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearers_module, "_CACHED_MAX", 3)
    known = Bearers()
    for _ in range(5):
        issued = await issue_credential(database, "acme", SERPI)
        assert len(await known.find(database, "serpi", issued.secret)) == 1
    assert len(known._known) == 3


async def test_passwords_are_kept_slowly_and_reloading_changes_nothing(
    database: Database, owner: psycopg.AsyncConnection
) -> None:
    await load_demo(database)
    kept = await passwords(owner)
    assert [row[1] for row in kept] == ["colppy_developer", "colppy"]
    assert all(row[2] is None and row[3].startswith("$argon2id$v=19$") for row in kept)
    await load_demo(database, replace=True)
    assert await passwords(owner) == kept


async def test_a_password_kept_like_a_key_becomes_one_again(
    database: Database, owner: psycopg.AsyncConnection
) -> None:
    await load_demo(database)
    kept = await passwords(owner)
    await owner.execute(
        "UPDATE control.credential SET secret_argon2 = NULL, secret_sha256 = sha256('demo')"
        " WHERE dialect = 'colppy'"
    )
    await load_demo(database, replace=True)
    again = await passwords(owner)
    assert [row[:3] for row in again] == [row[:3] for row in kept]
    assert again[1][3] not in (None, kept[1][3])


async def test_a_digest_is_verified_and_remembered() -> None:
    stored = await hash_digest(digest_of_password("contraseña"))
    right, wrong = digest_of_password("contraseña"), digest_of_password("contrasena")
    for _ in range(2):
        assert await is_password(stored, right)
        assert not await is_password(stored, wrong)
        assert not await is_password("no hash", right)
    await pretend_to_verify(right)


async def passwords(owner: psycopg.AsyncConnection) -> list[Any]:
    """The credentials of the demo company's users and of the authors of their programs."""
    cursor = await owner.execute(
        "SELECT id, dialect, secret_sha256, secret_argon2 FROM control.credential"
        " WHERE company_name = 'demo' AND dialect LIKE 'colppy%' ORDER BY id"
    )
    return await cursor.fetchall()
