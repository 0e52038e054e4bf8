"""Fuzzing that is led by what the code does, where `atheris` is installed: `python -m fuzz.guided xml -runs=20000`.

`atheris` is no dependency of the project: install it beside (`uv pip install atheris`). Arguments behind the sample's
name are libFuzzer's own.
"""

import contextlib
import sys
import tempfile
import warnings
from pathlib import Path

import atheris  # type: ignore[import-not-found, unused-ignore]

with atheris.instrument_imports(include=["csae.readers", "csae.unpacking"]):
    from fuzz.samples import samples
    from fuzz.trying import outcome_of
from dataclasses import replace


def main() -> None:
    warnings.simplefilter("ignore")
    sample = next(item for item in samples() if item.name == sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="csae-guided-") as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        (corpus / "good").write_bytes(sample.content)
        folder = Path(scratch) / "tried"
        folder.mkdir()

        def one(content: bytes) -> None:
            outcome_of(replace(sample, content=content), folder)

        atheris.Setup([sys.argv[0], *sys.argv[2:], f"-artifact_prefix={Path.cwd()}/", str(corpus)], one)
        with contextlib.suppress(KeyboardInterrupt):
            atheris.Fuzz()


if __name__ == "__main__":
    main()
