"""dlt loads a delimited file into PostgreSQL, as its guide for the filesystem source does. Prints the seconds."""

import json
import sys
import time
from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_csv


def main(url: str, folder: str, files: list[str]) -> None:
    began = time.monotonic()
    for path in map(Path, files):
        rows = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_csv(
            sep="|", dtype=str, encoding="cp1252", keep_default_na=False
        )
        pipeline = dlt.pipeline(
            "bare", destination=dlt.destinations.postgres(url), dataset_name="peer_dlt", pipelines_dir=folder
        )
        pipeline.run(rows.with_name(path.stem.lower()[:30]), write_disposition="replace").raise_on_failed_jobs()
    print(json.dumps({"seconds": time.monotonic() - began}))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
