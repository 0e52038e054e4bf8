"""The YAML of a source for a test: what every spec must say, and the columns that the test is about."""

from textwrap import indent


def spec(
    source: str,
    *extracts: str,
    name: str = "",
    status: str = "live",
    mode: str = "delta",
    due: str = "daily 03:00",
    bounds: str = "",
) -> str:
    """A source of one layout, due on no day where `due` is empty. `bounds` is YAML; more can be written below it."""
    return f"""
source: "{source}"
name: {name or f"Force {source}"}
status: {status}
owner: {{team: Data quality, contact: data@force.example}}
delivery: {{mode: {mode}{due and f', due: "{due}"'}}}
layouts:
  - valid_from: 2026-01-01
    extracts:
{indent("".join(extracts), " " * 6)}{bounds and f"bounds: {bounds}"}
"""


def extract(name: str, files: str = "*.csv", delimiter: str = ",", **columns: str) -> str:
    """An extract of one delimited file. `columns` are YAML by kind of record, such as `crime` and `involvement`."""
    kinds = "".join(f"  {kind}:\n    columns:\n{indent(text.strip(), ' ' * 6)}\n" for kind, text in columns.items())
    form = f'{{type: delimited, delimiter: "{delimiter}", encoding: utf-8}}'
    return f'{name}:\n  files: "{files}"\n  format: {form}\n{kinds}'
