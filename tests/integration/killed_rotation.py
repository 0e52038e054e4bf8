"""A rotation that kills itself at a step: `python -m integration.killed_rotation ORDER`, the order being JSON."""

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from csae import landing, warehouse
from csae.keys import rotating
from csae.settings import Settings
from csae.sources import load_sources


def main(order: dict[str, Any]) -> None:
    module_name, _, name = order["step"].partition(":")
    module = importlib.import_module(module_name)
    step, calls = getattr(module, name), 0

    def struck(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == order["nth"] and order["when"] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(*arguments, **named)
        if calls == order["nth"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, struck)
    settings = Settings(**order["settings"])
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        rotating.rotate(
            connection,
            landing.client(settings.s3_endpoint_url),
            settings,
            load_sources(settings.sources_dir),
            Path(order["new_key"]),
        )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
