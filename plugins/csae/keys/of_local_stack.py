"""The key of a local stack, which keeps its own and starts with no other."""

from pathlib import Path

from csae.local_stack import state
from csae.pseudonyms import Keys, read_keys


def has_key(home: Path, keys: Keys) -> bool:
    return read_keys(state.pseudonym_key_file(home)).key_id == keys.key_id


def replace_key(home: Path, new_key: Path) -> None:
    """Broken off anywhere, it leaves a stack that starts, with the old key or with the new."""
    secrets_file = state.secrets_dir(home) / "stack.json"
    known = state.Secrets.model_validate_json(secrets_file.read_bytes())
    unknown = known.model_copy(update={"pseudonym_key_sha256": None})
    state.write_private(secrets_file, unknown.model_dump_json(indent=2).encode())
    state.write_private(state.pseudonym_key_file(home), new_key.read_bytes())
    state.load_secrets(home)
