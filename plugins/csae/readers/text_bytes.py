"""The bytes of a text file, checked before a row is read from it: a wrong encoding garbles names in silence."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from csae.limits import Limits
from csae.readers.tables import ExtractError, beyond
from csae.sources.formats import Encoding

_BLOCK_BYTES = 1 << 20
_NAMES: dict[Encoding, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little-endian)",
    "utf-16-be": "UTF-16 (big-endian)",
    "cp1252": "Windows-1252",
    "iso-8859-1": "ISO-8859-1",
    "iso-8859-14": "ISO-8859-14",
    "cp850": "code page 850",
}
_MARK = "\ufeff"
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARK_OTHER_WAY, _LINE_END_OTHER_WAY = "\ufffe", "\u0a00"
# In ISO-8859 these bytes are control characters that nobody writes; in Windows-1252 they are quotes and dashes.
_CONTROLS = re.compile("[\x80-\x9f]")


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """For reading, line ends as they are, behind the byte order mark if there is one."""
    stream = path.open(encoding=encoding, newline="")
    if encoding != "utf-16" and stream.read(1) != _MARK:
        stream.seek(0)
    return stream


def checked_lines(path: Path, name: str, encoding: Encoding, *, ends_with_newline: bool) -> Iterator[str]:
    """The text in blocks, to the end.

    Raises `ExtractError` as `checked_text` does, for an endless line, and for a last one without its end.
    """
    limits = Limits.current()
    line, last, open_characters = 1, "", 0
    for text in checked_text(path, name, encoding):
        longest, open_characters = _line_lengths(text, open_characters, limits.record_characters)
        if longest > limits.record_characters:
            raise beyond(name, f"line {line} or one below it has more characters than the", limits, "record_characters")
        line, last = line + text.count("\n"), text[-1:] or last
        yield text
    if ends_with_newline and last != "\n":
        raise ExtractError(
            "file_cut_short",
            f"{name}: the last line ({line}) has no line end, so the file may be cut short. Ask the force to send it "
            "again; if its files always end so, set 'ends_with_newline: false' in the YAML.",
        )


def _line_lengths(text: str, before: int, limit: int) -> tuple[int, int]:
    """The longest line as far as it matters, and how long the last one is so far; `before` is what the first had."""
    first = min((at for end in "\r\n" if (at := text.find(end)) >= 0), default=-1)
    if first < 0:
        return before + len(text), before + len(text)
    last = len(text) - 1 - max(map(text.rfind, "\r\n"))
    longest = max(before + first, last)
    if limit < len(text):
        longest = max(longest, *map(len, re.split(r"[\r\n]", text)[1:]))
    return longest, last


def checked_text(path: Path, name: str, encoding: Encoding) -> Iterator[str]:
    """The text in blocks, to the end. Raises `ExtractError` for an empty file and bytes of another encoding."""
    check = _Bytes(name, encoding)
    with path.open("rb") as stream:
        check.start(stream.read(4))
        stream.seek(0)
        while block := stream.read(_BLOCK_BYTES):
            yield check.decoded(block)
    check.end()


class _Bytes:
    """What is known of a file's bytes so far."""

    def __init__(self, name: str, encoding: Encoding) -> None:
        self.name, self.encoding, self.declared = name, encoding, _NAMES[encoding]
        self.is_wide = encoding.startswith("utf-16")
        self.line = 1
        self.is_first, self.has_accents = True, False
        self.decoder = codecs.getincrementaldecoder(encoding)("strict")
        self.utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")
        """None as soon as the bytes are no UTF-8."""

    def start(self, head: bytes) -> None:
        if head in (b"", codecs.BOM_UTF8, *_UTF_16_MARKS):
            raise ExtractError("file_empty", f"{self.name}: the file is empty. Ask the force to send it again.")
        if self.encoding == "utf-16" and head[:2] not in _UTF_16_MARKS:
            raise self._wrong(
                "the file does not begin with the byte order mark of UTF-16; "
                "if it is UTF-16 without one, utf-16-le or utf-16-be is right"
            )

    def decoded(self, block: bytes) -> str:
        if not self.is_wide and b"\0" in block:
            raise self._nul(block[: block.index(0)].count(10))
        before = self.decoder.getstate()
        try:
            text = self.decoder.decode(block)
        except UnicodeDecodeError as error:
            waiting = len(error.object) - len(block)
            self.decoder.setstate(before)
            line = self.line + self.decoder.decode(block[: max(0, error.start - waiting)]).count("\n")
            byte = f"0x{error.object[error.start]:02x}"
            raise self._wrong(f"line {line} holds a byte ({byte}) that {self.declared} does not have") from None
        if "\0" in text:
            raise self._nul(text[: text.index("\0")].count("\n"))
        if self.is_first and self.is_wide:
            self._check_wide(block, text)
        self._check_controls(text)
        self._keep_utf8(block)
        self.is_first = False
        self.line += text.count("\n")
        return text

    def end(self) -> None:
        if self.decoder.getstate()[0]:
            raise ExtractError(
                "file_cut_short",
                f"{self.name}: the file ends within a character, so it is cut short. Ask the force to send it again.",
            )
        if not self.is_wide and self.encoding != "utf-8" and self.has_accents and self.utf8 is not None:
            raise ExtractError(
                "encoding_wrong",
                f"{self.name}: the file is UTF-8, not {self.declared} as the YAML says; its accented letters would be "
                "garbled. Correct 'encoding' in the YAML.",
            )

    def _check_wide(self, block: bytes, text: str) -> None:
        """In UTF-16 every delimiter and line end has a zero byte, which other text never has."""
        if b"\0" not in block:
            raise self._wrong(f"the file is not {self.declared} as the YAML says, but text with a byte a letter")
        if text.startswith(_MARK_OTHER_WAY) or (_LINE_END_OTHER_WAY in text and "\n" not in text):
            raise self._wrong(f"the file is not {self.declared} as the YAML says: its bytes stand in the other order")

    def _check_controls(self, text: str) -> None:
        found = _CONTROLS.search(text) if self.encoding.startswith("iso-8859") else None
        if found:
            line = self.line + text[: found.start()].count("\n")
            byte = f"0x{ord(found[0]):02x}"
            raise self._wrong(
                f"line {line} holds a byte ({byte}) that {self.declared} has no letter for (cp1252, perhaps)"
            )

    def _keep_utf8(self, block: bytes) -> None:
        self.has_accents = self.has_accents or not block.isascii()
        try:
            if self.utf8 is not None:
                self.utf8.decode(block)
        except UnicodeDecodeError:
            self.utf8 = None

    def _nul(self, lines_before: int) -> ExtractError:
        hint = "" if self.is_wide else " (UTF-16, perhaps)"
        return self._wrong(
            f"row {self.line + lines_before} holds a NUL {'character' if self.is_wide else 'byte'}, so the file is not "
            f"{self.declared} text as the YAML says{hint}"
        )

    def _wrong(self, cause: str) -> ExtractError:
        return ExtractError(
            "encoding_wrong",
            f"{self.name}: {cause}. Ask the force for {self.declared}, or correct 'encoding' in the YAML.",
        )
