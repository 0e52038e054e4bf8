"""pandas puts a delimited file into PostgreSQL with `to_sql`. Prints the seconds."""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine


def main(url: str, files: list[str]) -> None:
    began = time.monotonic()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    for path in map(Path, files):
        for part in pd.read_csv(path, sep="|", dtype=str, encoding="cp1252", keep_default_na=False, chunksize=50_000):
            part.to_sql(path.stem.lower(), engine, schema="public", if_exists="append", index=False)
    print(json.dumps({"seconds": time.monotonic() - began}))


main(sys.argv[1], sys.argv[2:])
