"""What a file is by its first bytes, whatever its name and the YAML say."""

from pathlib import Path

from csae.readers.tables import ExtractError
from csae.sources.formats import Format

DOCTYPE = b"<!DOCTYPE"
ZIP_MARK = b"PK\x03\x04"
GZIP_MARK, SEVEN_ZIP_MARK, RAR_MARK = b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"
_KINDS: tuple[tuple[bytes, str], ...] = (
    (ZIP_MARK, "a workbook or an archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or a protected workbook"),
    (GZIP_MARK, "packed by gzip"),
    (SEVEN_ZIP_MARK, "a 7z archive"),
    (RAR_MARK, "a rar archive"),
    (b"%PDF-", "a PDF"),
    (b"SQLite format 3\0", "a database"),
    (b"PAR1", "a Parquet file"),
)
_TEXTS = ("delimited", "fixed_width", "xml", "json", "ndjson")


def refuse_another_kind(path: Path, name: str, form: Format) -> None:
    """Raises `ExtractError` for a file that is to be text and is something else by its first bytes."""
    if form.type not in _TEXTS:
        return
    with path.open("rb") as stream:
        head = stream.read(16)
    kind = next((kind for mark, kind in _KINDS if head.startswith(mark)), None)
    if kind:
        raise ExtractError(
            "file_unreadable",
            f"{name}: the file is {kind}, and the YAML says that it is {form.type}. Ask the force for its usual file, "
            "or correct 'format' in the YAML.",
        )


def document_type_refused(name: str) -> ExtractError:
    return ExtractError(
        "document_type_refused",
        f"{name}: the XML declares a document type, which can make a reader fetch or unfold other data. "
        "Ask the force to send it without <!DOCTYPE>.",
    )
