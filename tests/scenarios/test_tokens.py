"""Tokens from the command line: issued and shown once, used at a door, listed, revoked."""

import re
from pathlib import Path

import pytest

from tests.serving import run_cuadra, serving


@pytest.mark.slow
def test_a_token_from_its_issue_to_its_end(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "data"
    with serving(folder, environment={"CUADRA_DATABASE_URL": database_url}) as server:

        def cuadra(*arguments: str, code: int = 0) -> str:
            done = run_cuadra(folder, "token", *arguments, CUADRA_DATABASE_URL=database_url)
            assert done.returncode == code, done
            assert "Traceback" not in done.stderr
            return done.stdout + done.stderr

        told = cuadra("serpi", "--company", "demo")
        assert '"secretkey: demo-secret-key"' in told  # the company has one already
        assert "not stored in clear" in told
        secret = re.search(r'"Authorization: Bearer ([0-9a-f]{64})"', told)
        assert secret is not None

        told = cuadra("siigo", "--company", "demo", "--identity", "ana@example.com")
        body = re.search(r'{"username": "ana@example.com", "access_key": "([0-9a-f]{64})"}', told)
        number = re.search(r"cuadra token revoke (\d+) --company demo", told)
        assert body is not None and number is not None
        login = {"username": "ana@example.com", "access_key": body[1]}
        headers = server.sign_in(login)
        assert server.client.get("/v1/taxes", headers=headers).status_code == 200

        listed = cuadra("list", "--company", "demo")
        assert re.search(rf"(?m)^\s*{number[1]}\s+siigo\s+ana@example.com\s+\d{{4}}-", listed)
        assert body[1] not in listed and secret[1] not in listed

        assert f"token {number[1]} is revoked" in cuadra("revoke", number[1], "--company", "demo")
        assert server.client.get("/v1/taxes", headers=headers).status_code == 401
        assert server.client.post("/auth", json=login).status_code == 400
        assert "revoked before" in cuadra("revoke", number[1], "--company", "demo")

        for arguments, code, complaint in (
            (("serpi", "--company", "nobody"), 1, "no company named 'nobody'"),
            (("list", "--company", "nobody"), 1, "no company named 'nobody'"),
            (("revoke", "999999", "--company", "demo"), 1, "demo has no token 999999"),
            (("serpi", "--company", "demo", "--identity", "x"), 1, "known as demo-secret-key"),
            (("nobody", "--company", "demo"), 2, "No such command 'nobody'"),
        ):
            assert complaint in cuadra(*arguments, code=code)
