"""A whole company from one YAML file: the reader of `cuadra company load` and of the demos.

The keys are the fields of `records`. The way of a file is: text, located nodes (`located`), records
(`reading`), checks of what they say together (`company_checks`); every problem found on the way is
told at once, with its line. This module writes nothing: recording the company is others' work.
"""

from collections.abc import Iterable
from importlib.resources import files

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.company_file.company_checks import check_company
from cuadra.catalog.company_file.located import LineProblem, tree_from_text
from cuadra.catalog.company_file.reading import Reading
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.records import Account
from cuadra.errors import CuadraError

BUILT_IN = ("demo", "demo-ar", "template-co")
"""The company files inside the package: two complete sandboxes and the start of a real company."""


class CompanyFileError(CuadraError):
    """A company file cannot be used as it is. One line per problem: `FILE:LINE: message`."""

    def __init__(self, problems: Iterable[LineProblem], *, source: str = "company file") -> None:
        self.source = source
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(f"{source}:{one.line}: {one.message}" for one in self.problems))


def load_company_file(text: str, *, source: str = "company file") -> CompanyFile:
    """The company a YAML text declares, complete and consistent.

    Its `accounts` are the whole chart, in order of code: those of the built-in chart it names, with
    the file's own added or in their place. Raises CompanyFileError with every problem.
    """
    tree, problems = tree_from_text(text)
    if tree is None:
        raise CompanyFileError(problems or [LineProblem(1, "the file is empty")], source=source)
    reading = Reading()
    reading.problems.extend(problems)
    company = reading.record(tree, CompanyFile)
    chart = chart_from_company(company)
    if not reading.is_bad(()):
        readable = not (reading.is_bad(("chart",)) or reading.is_bad(("accounts",)))
        check_company(company, chart if readable else {}, reading)
    if reading.problems:
        raise CompanyFileError(reading.problems, source=source)
    return msgspec.structs.replace(company, accounts=tuple(chart.values()))


def load_built_in(name: str) -> CompanyFile:
    """A company file of the package, by its name in BUILT_IN."""
    return load_company_file(load_built_in_text(name), source=f"{name}.yaml")


def load_built_in_text(name: str) -> str:
    """The text of a company file of the package, by its name in BUILT_IN."""
    assert name in BUILT_IN, f"no company file {name} in the package"
    path = files("cuadra.data").joinpath("companies", f"{name}.yaml")
    return path.read_text(encoding="utf-8")


def chart_from_company(company: CompanyFile) -> dict[str, Account]:
    """The built-in chart of a company file with its own accounts over it, in order of code."""
    built_in = tables.find_chart(company.chart or "") or ()
    chart = {account.code: account for account in (*built_in, *company.accounts)}
    return dict(sorted(chart.items()))
