"""The JSON Schema of a source's YAML, so that editors complete it and mark mistakes while they are made."""

import json
from pathlib import Path
from typing import Any

from csae.sources.model import Source

FILE_NAME = "source.schema.json"
MODELINE = f"# yaml-language-server: $schema={FILE_NAME}"
"""The first line of each file in `forces/`."""


def json_schema() -> dict[str, Any]:
    """What an editor can know; the rest is said when the file is loaded."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Source.model_json_schema(by_alias=True, mode="validation"),
        "title": "A source of the National CSAE Dataset",
    }


def write_schema(directory: Path) -> Path:
    path = directory / FILE_NAME
    path.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
