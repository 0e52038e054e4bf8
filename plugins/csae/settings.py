"""Where the services are and where files go, from environment variables alone.

The embedded stack puts the same variables in place as an operator of real services would, so nothing
else in the package knows which of the two it is talking to.
"""

import os
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """The `CSAE_*` environment variables; AWS credentials are read by boto3 from the usual `AWS_*` ones.

    One that holds a secret may be a file instead, `csae_warehouse_url` say, in the folder `CSAE_SECRETS_DIR`.
    """

    model_config = SettingsConfigDict(env_prefix="CSAE_", frozen=True, secrets_dir=os.environ.get("CSAE_SECRETS_DIR"))

    home: Path = Path(".csae")
    """All state of the embedded stack; spool files and logs also of a real one."""
    project_dir: Path = PROJECT_DIR
    """Holds `forces/`, `dbt_project/`, `expectations/` and `dags/`."""
    forces_dir: Path | None = None
    warehouse_url: SecretStr | None = None
    """`postgresql://user:password@host:port/database`; empty means the embedded stack."""
    s3_endpoint_url: str | None = None
    landing_bucket: str = "landing"
    archive_bucket: str | None = "archive"
    """Keeps every object that was read by its content; empty switches it off."""
    pseudonym_key_file: Path | None = None
    """A file of at least 32 random bytes; the embedded stack makes its own."""

    @property
    def home_dir(self) -> Path:
        return self.home.expanduser().resolve()

    @property
    def sources_dir(self) -> Path:
        return self.forces_dir or self.project_dir / "forces"

    @property
    def spool_dir(self) -> Path:
        return self.home_dir / "spool"

    @property
    def logs_dir(self) -> Path:
        return self.home_dir / "logs"

    @property
    def is_embedded(self) -> bool:
        return self.warehouse_url is None
