"""The rules of the house that no linter knows: words, the clock, who opens write transactions."""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import cuadra
from tests.tidy.tree import CODE, PACKAGE, ROOT, dotted, name_of, nodes, python_files

VENDOR_WORD = re.compile(r"siigo|serpi|pyme|colppy", re.IGNORECASE)
# Where a vendor's word may stand outside dialects/, and which one: the mounts, the values of the crosswalk and of
# company files, and the command line's own verb.
VENDOR_WORDS_ALLOWED = {
    "app.py": VENDOR_WORD,
    "cli": re.compile(r"(siigo[_ ])?pyme", re.IGNORECASE),
    "data": VENDOR_WORD,
    "dialects": VENDOR_WORD,
}
TEXTS = {".csv", ".md", ".py", ".sql", ".toml", ".yaml"}
UNFINISHED = re.compile(r"\b(TODO|FIXME)\b")
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "datetime.datetime.now",
    "datetime.date.today",
}
SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)"
    r"|\b(CURRENT_DATE|CURRENT_TIMESTAMP|LOCALTIMESTAMP|CURRENT_TIME)\b",
    re.IGNORECASE,
)
# Rows of `control` are stamped by the database itself; they are about this installation, not about anybody's books.
SQL_CLOCK_ALLOWED = {"database/migrate.py"}
# Credentials and companies belong to no company; a company is made in a transaction of none.
CONTROL_ALLOWED = {
    "catalog/companies.py",
    "catalog/credentials.py",
    "catalog/request_limits.py",
    "catalog/sessions.py",
    "trade/companies.py",
}


def package_files() -> list[Path]:
    """Every readable file of the package."""
    return sorted(path for path in PACKAGE.rglob("*") if path.suffix in TEXTS)


def inside(path: Path) -> str:
    """A file as the package names it."""
    return path.relative_to(PACKAGE).as_posix()


def test_vendor_words_stay_in_their_dialects() -> None:
    found = []
    for path in package_files():
        allowed = VENDOR_WORDS_ALLOWED.get(inside(path).split("/", 1)[0])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            rest = allowed.sub("", line) if allowed else line
            if VENDOR_WORD.search(rest):
                found.append(f"{name_of(path)}:{number}: {line.strip()}")
    assert found == []


def test_files_are_not_named_after_vendors_outside_dialects() -> None:
    named = [inside(path) for path in package_files() if VENDOR_WORD.search(inside(path))]
    allowed = ("dialects/", "cli/pyme.py")
    assert [name for name in named if not name.startswith(allowed)] == []


def test_the_clock_is_read_in_one_place() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}: {dotted(node.func)}"
        for path in python_files("src")
        if inside(path) != "config.py"
        for node in nodes(path)
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS
    ]
    assert found == []


def test_sql_asks_nobody_what_time_it_is() -> None:
    found = []
    for path in package_files():
        if path.suffix == ".py" and inside(path) not in SQL_CLOCK_ALLOWED:
            texts = [
                node.value
                for node in nodes(path)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            found += [f"{name_of(path)}: {text}" for text in texts if SQL_CLOCK.search(text)]
        elif path.suffix == ".sql":
            text = path.read_text(encoding="utf-8")
            books = re.sub(
                r"CREATE TABLE control\..*?^\);", "", text, flags=re.DOTALL | re.MULTILINE
            )
            found += [f"{name_of(path)}: {clock[0]}" for clock in SQL_CLOCK.finditer(books)]
    assert found == []


def test_write_transactions_are_opened_in_one_place() -> None:
    opened = {
        inside(path)
        for path in python_files("src")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "write" and _is_database(node.value)
    }
    assert opened <= {"trade/group.py"}


def test_only_companies_and_credentials_use_transactions_of_no_company() -> None:
    opened = {
        inside(path)
        for path in python_files("src")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "control"
    }
    assert opened <= CONTROL_ALLOWED


def test_nothing_is_left_to_do() -> None:
    files = [*python_files(*CODE), *package_files(), *ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    files += [ROOT / "Makefile", ROOT / "pyproject.toml"]
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in sorted({*files} - {Path(__file__)})
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_every_module_can_be_imported() -> None:
    names = [module.name for module in walk_packages(cuadra.__path__, "cuadra.")]
    assert "cuadra.cli" in names
    for name in names:
        import_module(name)


def test_every_doctest_runs() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_settings = settings["tool"]["pytest"]["ini_options"]
    assert "--doctest-modules" in pytest_settings["addopts"]
    assert "src" in pytest_settings["testpaths"]


def test_lock_files_name_no_place() -> None:
    for path in ROOT.glob("requirements*.lock"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        assert all("==" in line or "--hash=sha256:" in line for line in lines if line[:1] != "#")


def _is_database(node: ast.AST) -> bool:
    """Whether an expression is called a database."""
    return dotted(node).rpartition(".")[2].lstrip("_") in ("database", "db", "pool")
