"""What the tests of packed files, archives and manifests share."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from csae.landing import LandedFile, SpooledFile
from csae.readers import ExtractError
from csae.sources.model import Layout

DAY = date(2026, 9, 1)
CSV = {"type": "delimited", "delimiter": ";", "encoding": "utf-8"}
CRIMES = {"columns": {"crime_ref": "Ref"}}
ROWS = b"Ref;Name\nA;ZqxZo\xc3\xab\nB;ZqxTwo\n"
PEOPLE = b"Ref;Role\nA;S\n"


def layout(**keys: Any) -> Layout:
    extracts = {
        "crimes": {"files": "crimes*.csv", "format": CSV, "crime": CRIMES, "ignored_columns": ["Name"]},
        "people": {"files": "people*.csv", "format": CSV, "involvement": CRIMES, "ignored_columns": ["Role"]},
    }
    return Layout.model_validate({"valid_from": DAY, "extracts": extracts, **keys})


def zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 3, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def flagged(content: bytes) -> bytes:
    """The archive with the bit set that says that its members are encrypted."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01" + content[at + 9 :]


def landed(folder: Path, name: str, content: bytes) -> SpooledFile:
    path = folder / f"spooled {hashlib.sha256(name.encode() + content).hexdigest()[:12]}"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return SpooledFile(LandedFile(f"06/{DAY}/{name}", "06", DAY, name, sha256[:8], len(content)), path, sha256)


def refusal(found: Any) -> str:
    """The reason code, in words that show no cell and keep no other error."""
    assert isinstance(found, ExtractError)
    assert "zqx" not in f"{found!r} {found}".lower()
    assert found.__context__ is None or found.__suppress_context__
    return found.reason_code
