"""Starts a probe, or a resident parent that forks probes.

    python -I -S inside '{"paths": [...], "preload": [...], "resident": null}'

`paths` are added to the import path, `preload` is imported. With `"resident": {"control": 3,
"strong": true}` the process forks a probe for each request on that socket; otherwise it is one.
"""

import builtins
import json
import os
import sys
import types
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
PACKAGE = "checker.inside"
# In the order in which they import each other.
PARTS = (
    "holding",
    "describe",
    "guard",
    "record",
    "limits",
    "probe",
    "filter",
    "walls",
    "watcher",
    "resident",
)


def main() -> NoReturn:
    """Run until the checker closes the channel."""
    settings = json.loads(sys.argv[1])
    sys.argv[:] = ["main.py"]
    sys.path.remove(str(HERE))
    sys.path.extend(path for path in settings["paths"] if path not in sys.path)
    register_at_fork = hold_back_fork_handlers() if settings["resident"] else None
    parts = load_parts()
    # `import __main__` in the learner's file finds an empty module; ours stays alive in `own`.
    own, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    libraries, resident = settings["preload"], settings["resident"]
    if resident is None:
        parts["probe"].serve_alone(libraries)
    control, strong = resident["control"], resident["strong"]
    parts["resident"].reside(libraries, control, register_at_fork, strong=strong)
    raise SystemExit(own)  # never reached: both go on until they leave the process


def hold_back_fork_handlers() -> Callable[[], None]:
    """From now on keep what libraries want done when a process forks; what registers it after all.

    Each fork would pay for it.
    """
    kept: list[dict[str, Any]] = []
    register, os.register_at_fork = os.register_at_fork, lambda **wanted: kept.append(wanted)

    def register_at_fork() -> None:
        os.register_at_fork = register
        for wanted in kept:
            register(**wanted)

    return register_at_fork


def load_parts() -> dict[str, Any]:
    """The modules of this folder, out of reach: with built-ins of their own, and under no name.

    Built-ins that the learner's code replaces stay what they are in here.
    """
    parts: dict[str, Any] = {}
    for part in PARTS:
        name = f"{PACKAGE}.{part}"
        code = SourceFileLoader(name, str(HERE / f"{part}.py")).get_code(name)
        assert code is not None
        parts[part] = sys.modules[name] = types.ModuleType(name)
        own = dict(vars(builtins))  # for each: whoever reaches one part has not reached the others
        vars(parts[part]).update(__builtins__=own, __file__=str(HERE / f"{part}.py"))
        exec(code, vars(parts[part]))
    for part in PARTS:
        del sys.modules[f"{PACKAGE}.{part}"]
    # Installed beside the libraries, this package carries the solutions: it cannot be imported.
    sys.modules["checker"] = None  # type: ignore[assignment]  # that is how Python forbids it
    return parts


if __name__ == "__main__":
    main()
