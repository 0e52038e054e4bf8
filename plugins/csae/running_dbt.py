"""The process that dbt runs in, and the one place that imports it. `csae.transform` starts it and talks with it.

Commands come in as lines of JSON, each the arguments of one, and are answered by lines of JSON: `[done, total]` when a
node has ended, and at last an object with `success`, `seconds` and `results` (status and name of each node, and the
statement of a test that failed). What dbt imports and what it knows of the project is paid for once, however many
commands come.

It ends when its stdin does, and at once where a command is under way then: whoever asked has been killed.
"""

import json
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import Queue
from threading import Thread

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

_ENDED = frozenset({"LogModelResult", "LogTestResult", "LogSeedResult", "LogNodeNoOpResult"})
_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_log = logging.getLogger("csae.dbt")


def main() -> None:
    common = sys.argv[1:]
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    _open_log(Path(common[common.index("--log-path") + 1]))
    commands: Queue[list[str]] = Queue()
    Thread(target=_listen, args=(commands,), daemon=True).start()
    manifest: Manifest | None = None
    while command := commands.get():
        runner = dbtRunner(manifest, callbacks=[lambda message: _follow(message, answers)])
        if manifest is None:
            parsed = _invoke(runner, ["parse", "--no-write-json", *common]).result
            manifest = runner.manifest = parsed if isinstance(parsed, Manifest) else None
        outcome = _invoke(runner, [*command, *common]) if manifest else dbtRunnerResult(success=False)
        results = [
            (str(item.status), item.node.unique_id, item.node.compiled_code if item.status == "fail" else None)
            for item in getattr(outcome.result, "results", ())
        ]
        seconds = getattr(outcome.result, "elapsed_time", 0.0)
        _answer(answers, {"success": outcome.success, "results": results, "seconds": seconds})
        commands.task_done()


def _listen(commands: "Queue[list[str]]") -> None:
    with os.fdopen(0, closefd=False) as lines:
        for line in lines:
            commands.put(json.loads(line))
    if commands.unfinished_tasks:
        os._exit(1)
    commands.put([])


def _invoke(runner: dbtRunner, command: list[str]) -> dbtRunnerResult:
    outcome = runner.invoke(command)
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception:
        print(outcome.exception, file=sys.stderr)  # one that comes before dbt has its log is told nowhere else
    return outcome


def _follow(message: EventMsg, answers: int) -> None:
    """dbt's own loggers would write out each of its events of debugging before they throw it away."""
    level = _LEVELS.get(message.info.level)
    if level:
        _log.log(level, "%s", message.info.msg)  # type: ignore[attr-defined]  # of protobuf
    if message.info.name in _ENDED:
        total = getattr(message.data, "total", 0) or message.data.num_models
        _answer(answers, [message.data.index, total])


def _answer(answers: int, answer: object) -> None:
    line = json.dumps(answer).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _open_log(directory: Path) -> None:
    handler = RotatingFileHandler(directory / "dbt.log", maxBytes=10 * 1024 * 1024, backupCount=5, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] [%(threadName)s]: %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False


if __name__ == "__main__":
    main()
