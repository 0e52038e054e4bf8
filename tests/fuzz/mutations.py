"""What can go wrong with a file's bytes: each mutation is a function of them and of a seeded source of chance."""

import io
import random
import struct
import zipfile
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]
LONGEST = 1 << 18
TOKENS = (
    *(b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b"|", b",", b"\t", b"~|~", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\x1f"),
    *(b"\xff\xfe", b"\xfe\xff", b"\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x80\xae", b"\x1a"),
    *(b"<", b">", b"&", b"&#0;", b"&#x110000;", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"<!DOCTYPE x>"),
    *(b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>', b"&b;", b"<a>" * 300, b' xmlns="urn:x"', b"</E>"),
    *(
        b"{",
        b"}",
        b"[",
        b"]" * 3,
        b"[" * 2000,
        b'{"a":' * 500,
        b"null",
        b"NaN",
        b"1e999",
        b"-0",
        b"\\u0000",
        b"\\ud800",
    ),
    *(b"99999999999999999999", b"-1", b"1.23E+11", b"1900-01-00", b"45123", b"=1+1", b"@SUM(A1)", b"../../etc/passwd"),
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"%PDF-1.7", b"\xd0\xcf\x11\xe0", b"A" * 300, b"Zqx" * 40_000),
)


def _at(content: bytes, draw: random.Random) -> int:
    return draw.randrange(len(content) + 1)


def _span(content: bytes, draw: random.Random, longest: int) -> tuple[int, int]:
    start = _at(content, draw)
    return start, min(len(content), start + draw.randint(1, longest))


def flip_bits(content: bytes, draw: random.Random) -> bytes:
    result = bytearray(content)
    for _ in range(draw.randint(1, 8) if content else 0):
        result[draw.randrange(len(result))] ^= 1 << draw.randrange(8)
    return bytes(result)


def change_bytes(content: bytes, draw: random.Random) -> bytes:
    result = bytearray(content)
    for _ in range(draw.randint(1, 16) if content else 0):
        result[draw.randrange(len(result))] = draw.randrange(256)
    return bytes(result)


def cut_short(content: bytes, draw: random.Random) -> bytes:
    return content[: _at(content, draw)]


def cut_head(content: bytes, draw: random.Random) -> bytes:
    return content[draw.randint(1, 64) :]


def take_out(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw, 200)
    return content[:start] + content[end:]


def insert_token(content: bytes, draw: random.Random) -> bytes:
    for _ in range(draw.randint(1, 3)):
        at = _at(content, draw)
        content = content[:at] + draw.choice(TOKENS) + content[at:]
    return content


def replace_by_token(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw, 12)
    return content[:start] + draw.choice(TOKENS) + content[end:]


def insert_noise(content: bytes, draw: random.Random) -> bytes:
    at = _at(content, draw)
    return content[:at] + draw.randbytes(draw.randint(1, 64)) + content[at:]


def repeat_span(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw, 300)
    span = content[start:end]
    times = min(draw.choice([2, 3, 50, 5000]), LONGEST // max(1, len(span)))
    return content[:end] + span * times + content[end:]


def move_span(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw, 200)
    rest, span = content[:start] + content[end:], content[start:end]
    at = _at(rest, draw)
    return rest[:at] + span + rest[at:]


def shuffle_lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    draw.shuffle(lines)
    return b"".join(lines)


def join_twice(content: bytes, draw: random.Random) -> bytes:
    return content + content[draw.choice([0, 0, _at(content, draw)]) :]


def other_line_ends(content: bytes, draw: random.Random) -> bytes:
    return content.replace(b"\n", draw.choice([b"\r", b"\r\n", b"\n\r", b"\x85", b"", b"\n\n"]))


def other_encoding(content: bytes, draw: random.Random) -> bytes:
    text = content.decode("latin-1" if draw.random() < 0.5 else "utf-8", "ignore")
    return text.encode(
        draw.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp037", "cp1252"]), "ignore"
    )


def number_up(content: bytes, draw: random.Random) -> bytes:
    """Lengths and places that binary formats keep."""
    if len(content) < 8:
        return content
    at = draw.randrange(len(content) - 4)
    value = draw.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, draw.getrandbits(32)])
    return content[:at] + struct.pack("<I", value) + content[at + 4 :]


def nothing_left(_: bytes, draw: random.Random) -> bytes:
    return draw.choice([b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 100, b" " * 5000, draw.randbytes(200)])


MUTATIONS: tuple[Mutation, ...] = (
    *(flip_bits, change_bytes, cut_short, cut_head, take_out, insert_token, insert_token, replace_by_token),
    *(insert_noise, repeat_span, move_span, shuffle_lines, join_twice, other_line_ends, other_encoding, number_up),
)


def mutated(content: bytes, draw: random.Random) -> bytes:
    """One to three mutations, one upon the other."""
    if draw.random() < 0.01:
        return nothing_left(content, draw)
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        content = draw.choice(MUTATIONS)(content, draw)[: LONGEST * 4]
    return content


def mutated_within(content: bytes, draw: random.Random) -> bytes:
    """An archive whose members are changed, left out, renamed or twice there, and packed again as it should be."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(item.filename, archive.read(item)) for item in archive.infolist()]
    target = draw.randrange(len(parts))
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", draw.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])) as archive:
        for number, (name, part) in enumerate(parts):
            if number != target:
                archive.writestr(name, part)
                continue
            fate = draw.random()
            if fate < 0.85:
                archive.writestr(name, mutated(part, draw))
            elif fate < 0.9:
                archive.writestr(draw.choice(["../up", "/etc/x", "C:\\x", name.upper(), "a/" * 50 + "b"]), part)
            elif fate < 0.95:
                archive.writestr(name + "2", part)
                archive.writestr(name, content)
    return result.getvalue()
