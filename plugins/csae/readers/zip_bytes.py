"""The members of a `.zip`, workbooks among them, by the bytes that really come out of them.

What an archive says of itself is not believed: a directory may be larger than the archive can mean, a size may be
less than what follows, and the checksum of a part may fit. So a member counts only when its bytes end where they
should, are as many as were said, and have the checksum that was said.
"""

import errno
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from csae.limits import Limits

_BLOCK_BYTES = 1 << 20
_INPUT_BYTES = 1 << 16
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_DIRECTORY_BYTES_A_MEMBER = 4_096
"""More than names and times take; `zipfile` reads the directory whole, and keeps an object for each 46 bytes of it."""
_IS_ENCRYPTED = 0x1
DAMAGED: tuple[type[Exception], ...] = (
    OSError,  # with EINVAL, for a place before the file's beginning; others are the machine's
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
)
"""What `zipfile`, `gzip` and `zlib` raise for bytes that are not what they should be."""
_PLAIN_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)


class DirectoryTooLargeError(Exception):
    """The directory holds far more than the members that an archive may have."""


class _Wary(RawIOBase):
    """A file for `zipfile`, which reads no more of it at once than a directory may have."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream, self._most_bytes = stream, most_bytes

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(self._most_bytes + 1 if size < 0 else min(size, self._most_bytes + 1))
        if len(data) > self._most_bytes:
            raise DirectoryTooLargeError
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


class ZipBytes:
    """An archive that is open for reading.

    Opening and reading raise what `zipfile` and `zlib` raise for damage, and `DirectoryTooLargeError`.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._stream: BufferedReader = path.open("rb")
        most_bytes = max(1 << 17, limits.members * _DIRECTORY_BYTES_A_MEMBER)
        try:
            self._archive = zipfile.ZipFile(cast(BinaryIO, _Wary(self._stream, most_bytes)))
            self.members = [item for item in self._archive.infolist() if not item.is_dir()]
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> "ZipBytes":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()
        self._stream.close()

    def member(self, name: str) -> zipfile.ZipInfo:
        return self._archive.getinfo(name)

    def blocks(self, item: zipfile.ZipInfo) -> Iterator[bytes]:
        """The member's bytes. One that is more or less than it should be is a `zipfile.BadZipFile`, at its end."""
        with self._archive.open(item):
            pass  # looks whether both headers say the same, and whether members lie one upon the other
        self._stream.seek(item.header_offset)
        header = self._stream.read(_LOCAL_HEADER.size)
        *_, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        self._stream.seek(name_bytes + extra_bytes, 1)
        checksum, length = 0, 0
        for block in self._inflated(item):
            checksum, length = zlib.crc32(block, checksum), length + len(block)
            if length > item.file_size:
                raise zipfile.BadZipFile
            yield block
        if length != item.file_size or checksum != item.CRC:
            raise zipfile.BadZipFile

    def _inflated(self, item: zipfile.ZipInfo) -> Iterator[bytes]:
        if item.compress_type == zipfile.ZIP_STORED:
            yield from self._packed(item.compress_size)
            return
        if item.compress_type != zipfile.ZIP_DEFLATED:
            raise NotImplementedError
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        for data in self._packed(item.compress_size):
            waiting, block = data, b""
            while waiting or len(block) == _BLOCK_BYTES:
                block = inflate.decompress(waiting, _BLOCK_BYTES)
                waiting = inflate.unconsumed_tail
                if block:
                    yield block
            if inflate.unused_data:
                break
        if not inflate.eof or inflate.unused_data:
            raise zipfile.BadZipFile

    def _packed(self, length: int) -> Iterator[bytes]:
        while length:
            data = self._stream.read(min(length, _INPUT_BYTES))
            if not data:
                raise EOFError
            length -= len(data)
            yield data


def is_of_the_machine(error: Exception) -> bool:
    """Whether it says something of the disk, and nothing of the file."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def is_encrypted(item: zipfile.ZipInfo) -> bool:
    return bool(item.flag_bits & _IS_ENCRYPTED)


def is_plain_file(item: zipfile.ZipInfo) -> bool:
    """Not a link, a device or a pipe."""
    return stat.S_IFMT(item.external_attr >> 16) in _PLAIN_KINDS
