"""A key file: the one interface to whatever keeps secrets. It is refused where it is no secret."""

import binascii
import hashlib
import re
import stat
from itertools import pairwise
from pathlib import Path

_MIN_SECRET_BYTES = 32
_FEWEST_DIFFERENT = 16
"""Of 32 random bytes 30 differ on average, and fewer than 16 in less than one key of 10^10."""
_HEXADECIMAL = re.compile(rb"\s*(?:[0-9a-fA-F]{2})+\s*")
_BASE64 = re.compile(rb"\s*(?=[^\s]*[A-Z])(?=[^\s]*[a-z])(?=[^\s]*[0-9])[A-Za-z0-9+/_-]+={0,2}\s*")
"""Of 32 random bytes or more it has letters of both cases and digits; words seldom have all three."""
_PUBLISHED = frozenset(
    {
        # csae.linkage.worlds: made-up people are tokenised with it.
        "d2963fc1a4a88a96c87a7db7b446ab4e343abf596e5c1eb44df53ba329e98dd4",
    }
)
"""SHA-256 of secrets that stand in this project, and so are none."""


class PseudonymKeyError(Exception):
    """The key file is missing, open to others or no secret. The message says which file and what to do."""


def read_secret(path: Path | None) -> bytes:
    """At least 32 random bytes, or their text in hexadecimal or base64; read whole. Raises `PseudonymKeyError`."""
    if path is None:
        raise PseudonymKeyError(
            "No pseudonym key is set; point CSAE_PSEUDONYM_KEY_FILE at a file of at least 32 random bytes."
        )
    try:
        mode, secret = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise PseudonymKeyError(
            f"The pseudonym key file {path} cannot be read ({error.strerror}); check CSAE_PSEUDONYM_KEY_FILE."
        ) from None
    if mode & stat.S_IRWXO:
        raise PseudonymKeyError(
            f"The pseudonym key file {path} is open to every user of this machine (mode {stat.S_IMODE(mode):04o}); run "
            f"chmod o= {path}, or let what mounts it give it mode 0440 or less."
        )
    if len(secret) < _MIN_SECRET_BYTES:
        raise PseudonymKeyError(
            f"The pseudonym key file {path} holds {len(secret)} bytes; put at least {_MIN_SECRET_BYTES} random ones in."
        )
    if fault := _fault(secret):
        raise PseudonymKeyError(
            f"The pseudonym key file {path} {fault}; make another: (umask 077; head -c 32 /dev/urandom > FILE)."
        )
    return secret


def _fault(secret: bytes) -> str | None:
    """Why these bytes are no secret."""
    if hashlib.sha256(secret).hexdigest() in _PUBLISHED:
        return "holds a key that this project publishes"
    content = _content(secret)
    if content is None:
        return "holds a text that anybody could think of, and no random bytes"
    if len(content) < _MIN_SECRET_BYTES:
        return f"holds a text of {len(content)} bytes; at least {_MIN_SECRET_BYTES} random ones are needed"
    steps = {(later - byte) % 256 for byte, later in pairwise(content)}
    if min(len(set(content)), len(steps)) < _FEWEST_DIFFERENT:
        return "repeats itself or counts, so it is not random"
    return None


def _content(secret: bytes) -> bytes | None:
    """What a text in hexadecimal or base64 stands for; other bytes as they are; none of any other text."""
    if _HEXADECIMAL.fullmatch(secret):
        return binascii.unhexlify(secret.strip())
    if _BASE64.fullmatch(secret):
        plain = secret.strip().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
        except binascii.Error:
            return None
    return None if _is_text(secret) else secret


def _is_text(secret: bytes) -> bool:
    try:
        return all(letter.isprintable() or letter.isspace() for letter in secret.decode())
    except UnicodeDecodeError:
        return False
