"""What `cuadra serve` prints once, when it is ready: addresses, settings, the demo companies' credentials."""

from cuadra.catalog.company_file import load_built_in
from cuadra.catalog.company_records import Credential
from cuadra.catalog.tables import find_dialect, list_dialects
from cuadra.config import Config

DEMO_COMPANIES = ("demo", "demo-ar")


def print_banner(config: Config, *, demo: bool) -> None:
    """Print the block in one piece."""
    lines = _addresses(config)
    if demo:
        lines += [
            "",
            "Demo companies (everything is strict; rate limits and blocking are off)",
        ]
        for name in DEMO_COMPANIES:
            file = load_built_in(name)
            lines.append(f"  {name}: {file.company.legal_name}")
            lines += [_credential(credential) for credential in file.credentials]
    print("\n".join(lines), flush=True)


def _addresses(config: Config) -> list[str]:
    base = f"http://{config.host}:{config.port}"
    data = "your PostgreSQL" if config.database_url else str(config.data_folder)
    doors = [find_dialect(code) for code in list_dialects()]
    return [
        f"Cuadra is ready at {base}",
        *[f"  {door.name:<17} {base}, paths {door.paths}" for door in doors if door and door.paths],
        f"  {'Trial balance':<17} {base}/cuadra/v1/reports/trial-balance",
        f"  {'Health':<17} {base}/healthz {base}/readyz {base}/metrics",
        f"  {'Data':<17} {data}",
    ]


def _credential(credential: Credential) -> str:
    """A credential the way its door takes it."""
    door = find_dialect(credential.dialect)
    assert door is not None, "the company file names known dialects only"
    text = door.credential.format(identity=credential.identity, secret=credential.secret)
    return f"    {door.name:<17} {text}"
