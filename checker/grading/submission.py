"""What one person handed in, as it is kept, and sent to the process that judges it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from checker.workspace import NoSource, NotHandedIn


@dataclass(frozen=True)
class Submission:
    """What one person handed in: by step name the file to judge, or why there is none.

    On its way to be judged it has only the files that are not judged yet.
    """

    name: str
    files: Mapping[str, bytes | NoSource]
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The submission, without notes, that `to_json` made this document of."""
        files = {
            step: base64.b64decode(file) if isinstance(file, str) else missing_from(file)
            for step, file in document["files"].items()
        }
        return cls(document["name"], files)

    def to_json(self) -> dict[str, Any]:
        """Name and files as a JSON document."""
        files = {
            step: told(file) if isinstance(file, NoSource) else base64.b64encode(file).decode()
            for step, file in self.files.items()
        }
        return {"name": self.name, "files": files}


def told(missing: NoSource) -> list[str]:
    """Why there is no file, in JSON."""
    return [missing.problem.removesuffix("."), missing.fix.removesuffix(".")]


def missing_from(document: Sequence[str]) -> NoSource:
    """Why there is no file, out of JSON."""
    problem, fix = document
    return NotHandedIn(problem, fix)
