"""What `cuadra serve` prints once, when it is ready: addresses, settings, the demo companies' credentials."""


from cuadra.catalog.company_file import load_built_in
from cuadra.catalog.records import Credential
from cuadra.config import Config

DOORS = {
    "siigo": ("Siigo Nube", "/auth, /v1/…"),
}


def print_banner(config: Config, *, demo: bool) -> None:
    """Print the block. Every line stands alone, so that it can be copied."""
    base = f"http://{config.host}:{config.port}"
    lines = [
        f"Cuadra is ready at {base}",
        f"  data       {config.database_url and 'your PostgreSQL' or config.data_folder}",
        f"  health     {base}/healthz  {base}/readyz  {base}/metrics",
        f"  reports    {base}/cuadra/v1/reports/trial-balance?year=2026",
    ]
    lines += [f"  {name:<10} {base}  {paths}" for name, paths in DOORS.values()]
    if demo:
        lines += ["", "Demo companies (everything strict; rate limits and blocking off):"]
        for name in ("demo", "demo-ar"):
            file = load_built_in(name)
            lines.append(f"  {name}: {file.company.legal_name}")
            lines += [f"    {_credential_line(credential)}" for credential in file.credentials]
    print("\n".join(lines), flush=True)  # noqa: T201 - this is what the program says


def _credential_line(credential: Credential) -> str:
    """A credential as its door takes it."""
    match credential.dialect:
        case "siigo":
            return f"Siigo Nube        username={credential.identity} access_key={credential.secret}"
        case "siigo_pyme":
            return f"Siigo Pyme        Bearer {credential.secret} id_connection={credential.identity}"
        case "serpi":
            return f"SERPI             secretkey: {credential.identity} Bearer {credential.secret}"
        case "colppy_developer":
            return f"Colppy developer  {credential.identity} / {credential.secret}"
        case "colppy":
            return f"Colppy user       {credential.identity} / {credential.secret}"
    return f"{credential.dialect} {credential.identity} {credential.secret}"
