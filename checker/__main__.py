"""`python -m checker`: starts the first worker, and the command line while that one loads."""

import gc
import importlib.util
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

# Commands that judge nothing; to start a worker for one of them would only waste power.
WITHOUT_WORKER = {
    *("lesson", "hint", "solution", "diff", "reset", "open", "init", "update", "quiz", "ci"),
    "grade",  # its jobs have workers of their own
    *("--help", "-h", "--version", "--show-completion", "--install-completion"),
}


def main() -> None:
    """Run the command line."""
    try:
        prepare()
        require_libraries()
        from checker.errors import CheckerError
        from checker.results import Isolation
        from checker.workers import Workers

        workers = Workers(Isolation(wanted_isolation(sys.argv)), cold="--cold" in sys.argv)
        try:
            # An error comes again, and is told, when the worker is needed.
            with suppress(CheckerError, OSError):
                if not (WITHOUT_WORKER.intersection(sys.argv) or "_CHECKER_COMPLETE" in os.environ):
                    workers.prepare()
            from checker.cli import run

            run(workers)
        finally:
            workers.close()
            # Or the interpreter looks through all that was ever loaded before it ends.
            gc.freeze()
    except KeyboardInterrupt:
        # Ctrl-C while modules were still being imported; later ones are told by the command line.
        sys.exit(130)


def wanted_isolation(arguments: list[str]) -> str:
    """The isolation level that the command line seems to ask for; it will read it with care."""
    joined = " ".join(arguments).replace("=", " ")
    return "strong" if "--isolation strong" in joined else "process"


def prepare() -> None:
    """Make sure of what everything else relies on, before any of it is imported."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)
    # `python -m` looks for modules in the current folder first, which may be a submission.
    with suppress(OSError):
        here = Path.cwd()
        sys.path[:] = [path for path in sys.path if path and Path(path) != here]
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if sys.flags.optimize:
        sys.exit("Python runs with -O, which removes checks: unset PYTHONOPTIMIZE and run again.")


def require_libraries() -> None:
    """Leave with a sentence if this Python is not the one that the kata is installed in."""
    # To import it here would keep the first worker waiting.
    if importlib.util.find_spec("typer"):
        return
    from checker.errors import ExitStatus

    sys.stderr.write(
        "This Python does not have the kata's libraries: activate the virtual environment with  "
        "source .venv/bin/activate  (Windows: .venv\\Scripts\\activate), or make it with the "
        "first line of the README.\n"
    )
    sys.exit(ExitStatus.UNUSABLE)


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that no worker is left behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
