"""Key files: what is read as a secret and what is refused, each with what to do."""

import base64
import hashlib
import re
import secrets
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.gates import Share, Undecoded, broken_bounds
from csae.keys import of_local_stack
from csae.keys.comparing import PURPOSE_OF
from csae.keys.files import PseudonymKeyError, read_secret
from csae.keys.rereading import REFUSED_BY_THE_GATE
from csae.linkage import worlds
from csae.local_stack import state
from csae.pseudonyms import PURPOSES, derive_keys, read_keys
from csae.sources.expectations import BoundsByKind

SECRET = hashlib.sha256(b"a key of the tests").digest()


def file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "pseudonym.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def refusal(path: Path | None) -> str:
    with pytest.raises(PseudonymKeyError) as caught:
        read_secret(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        SECRET,
        SECRET * 2,
        SECRET.hex().encode(),
        SECRET.hex().upper().encode() + b"\n",
        base64.b64encode(SECRET) + b"\n",
        base64.urlsafe_b64encode(SECRET).rstrip(b"="),
    ],
    ids=["bytes", "more bytes", "hexadecimal", "with a line end", "base64", "base64 of URLs"],
)
def test_a_key_file_is_read_whole(tmp_path: Path, content: bytes) -> None:
    assert read_secret(file(tmp_path, content)) == content
    assert read_keys(file(tmp_path, content)) == derive_keys(content)


def test_no_key_file_is_named() -> None:
    assert "point CSAE_PSEUDONYM_KEY_FILE at a file of at least 32 random bytes" in refusal(None)


def test_the_key_file_is_not_there(tmp_path: Path) -> None:
    assert re.search(r"gone\.key cannot be read .*; check CSAE_PSEUDONYM_KEY_FILE", refusal(tmp_path / "gone.key"))


def test_a_key_that_is_too_short_stays_secret(tmp_path: Path) -> None:
    said = refusal(file(tmp_path, b"Zqx" * 10))
    assert "holds 30 bytes; put at least 32 random ones in" in said
    assert "Zqx" not in said


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601, 0o777])
def test_a_key_that_others_may_read_is_refused_and_told_how_to_mend(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, SECRET, mode)
    assert f"(mode {mode:04o}); run chmod o= {path}, or let what mounts it give it mode 0440" in refusal(path)
    path.chmod(mode & 0o770)
    if mode & 0o400:
        assert read_secret(path) == SECRET


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_owner_and_group_may_read_it(tmp_path: Path, mode: int) -> None:
    assert read_secret(file(tmp_path, SECRET, mode)) == SECRET


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(32), "repeats itself or counts"),
        (b"\xff" * 64, "repeats itself or counts"),
        (bytes(range(32)), "repeats itself or counts"),
        (bytes(range(250, 0, -5)), "repeats itself or counts"),
        (b"\x01\x80" * 20, "repeats itself or counts"),
        (b"00" * 32, "repeats itself or counts"),
        (b"0123456789abcdef" * 4, "repeats itself or counts"),
        (SECRET.hex().encode()[:40], "a text of 20 bytes; at least 32 random ones"),
        (base64.b64encode(SECRET[:24]), "a text of 24 bytes; at least 32 random ones"),
        (b"k" * 32, "a text that anybody could think of"),
        (b"changeme" * 8, "a text that anybody could think of"),
        (b"Correct horse battery staple, and 3 more words", "a text that anybody could think of"),
        (b"AVeryLongPasswordThatNobodyWouldEverGuessAtAll", "a text that anybody could think of"),
        ("Ein sehr langes Schlüsselwort für alles und jeden".encode(), "a text that anybody could think of"),
    ],
)
def test_what_is_not_random_is_no_key(tmp_path: Path, content: bytes, said: str) -> None:
    text = refusal(file(tmp_path, content))
    assert said in text
    assert "make another: (umask 077; head -c 32 /dev/urandom > FILE)" in text


def test_a_key_that_the_project_publishes_is_no_key(tmp_path: Path) -> None:
    published = hashlib.sha256(b"synthetic people have no secret").digest()
    assert derive_keys(published) == worlds.KEYS
    assert "holds a key that this project publishes" in refusal(file(tmp_path, published))


@given(st.integers(32, 96))
def test_random_bytes_are_a_key_in_every_form(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    secret = secrets.token_bytes(length)
    for content in (secret, secret.hex().encode()):
        assert read_secret(file(tmp_path_factory.getbasetemp(), content)) == content


@pytest.mark.parametrize("broken_off_at", [1, 2, 3, 4])
def test_a_local_stack_takes_another_key_and_starts_wherever_that_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_off_at: int
) -> None:
    state.make_home(tmp_path / "home")
    state.load_secrets(tmp_path / "home")
    path, writes, write = state.pseudonym_key_file(tmp_path / "home"), 0, state.write_private
    first = path.read_bytes()

    def breaking(place: Path, content: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == broken_off_at:
            raise KeyboardInterrupt
        write(place, content)

    monkeypatch.setattr(state, "write_private", breaking)
    with pytest.raises(KeyboardInterrupt) if broken_off_at <= 3 else nullcontext():
        of_local_stack.replace_key(tmp_path / "home", file(tmp_path, SECRET))
    monkeypatch.undo()
    state.load_secrets(tmp_path / "home")
    assert path.read_bytes() == (first if broken_off_at <= 2 else SECRET)
    of_local_stack.replace_key(tmp_path / "home", file(tmp_path, SECRET))
    state.load_secrets(tmp_path / "home")
    assert read_secret(path) == SECRET


def test_every_token_of_the_warehouse_has_a_purpose() -> None:
    schema = (Path(worlds.__file__).parents[1] / "schema" / "raw.sql").read_text()
    assert set(re.findall(r"\w+_tokens?\b", schema)) == set(PURPOSE_OF)
    assert set(PURPOSE_OF.values()) == set(PURPOSES)


def test_every_rule_by_which_the_gate_rejects_a_load_is_known_as_one() -> None:
    """By any other reason a load was refused while it was read, and what stands of it counts for nothing."""
    bounds = BoundsByKind.model_validate({"crimes": {"min": 2, "max": 2}, "max_quarantined_share": 0.5})
    broken = [
        item
        for crimes in (Share(1, 1), Share(3, 0))
        for item in broken_bounds(bounds, {"crimes": crimes}, {"observed_ethnicity": Undecoded(99, 99)}, 7)
    ]
    assert {item.rule for item in broken if not item.rejects} == {"many_crimes"}
    assert {item.rule for item in broken if item.rejects} == set(REFUSED_BY_THE_GATE)
