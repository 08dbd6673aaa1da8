"""Write the configuration for a system that checks or grades by itself."""

import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from checker import origin, render
from checker.errors import ExitStatus, UnusableInput

TEMPLATES = Path(__file__).with_name("configurations")
PLACEHOLDER = "@KATA@"
FROM_INDEX = (
    "Whoever owns this name on the package index (PyPI) supplies the grader.",
    "Unless you know that it is there and whose it is, set another source here,",
    "or write this file anew with --kata, as --kata git+https://HOST/KATA@COMMIT.",
)
"""What is said of a release, which pip takes from the package index."""
NOT_IN_QUOTES = set("\"\\$`'\n\r")


@dataclass(frozen=True)
class Configuration:
    """The files of a configuration, as template and place, and what to do with them."""

    files: dict[str, str]
    next: str


CONFIGURATIONS = {
    "github": Configuration(
        {"github.yml": ".github/workflows/kata.yml"}, "commit it to the learners' repository"
    ),
    "classroom": Configuration(
        {"classroom.yml": ".github/workflows/classroom.yml"},
        "commit it to the assignment's template repository",
    ),
    "gitlab": Configuration({"gitlab.yml": ".gitlab-ci.yml"}, "commit it to the learners' project"),
    "gradescope": Configuration(
        {"setup.sh": "setup.sh", "run_autograder": "run_autograder"},
        "zip -j autograder.zip setup.sh run_autograder, and upload it to the assignment",
    ),
}


def write(system: str, folder: Path, kata: str | None, console: Console) -> ExitStatus:
    """Write a configuration below a folder; nothing that exists is overwritten.

    `kata` is what `pip install` takes to install the kata; by default the same as is here.
    """
    requirement = kata or origin.requirement()
    if NOT_IN_QUOTES.intersection(requirement):
        raise UnusableInput(
            f"{requirement!r} cannot stand in a configuration: "
            "name a package, an address or a path without quotes, $ and \\ for --kata."
        )
    configuration = CONFIGURATIONS[system]
    paths = [folder / place for place in configuration.files.values()]
    existing = next((path for path in paths if path.exists() or path.is_symlink()), None)
    if existing:
        raise UnusableInput(
            f"The file {str(existing)!r} exists: remove it, or choose another folder with --out."
        )
    for template, path in zip(configuration.files, paths, strict=True):
        write_file(TEMPLATES / template, path, requirement)
    told = [configuration.next]
    if requirement == origin.RELEASE:
        told.append(
            f"find out whose {requirement} on the package index is, because that grades, "
            "or set another source with --kata"
        )
    console.print(render.done_lines(*map(str, paths)), render.next_lines(*told), sep="")
    return ExitStatus.PASSED


def write_file(template: Path, path: Path, requirement: str) -> None:
    """Write one file; one that begins with `#!` can be run."""
    text = template.read_text("utf-8")
    if requirement == origin.RELEASE:
        comment = "".join(rf"\1# {line}\n" for line in FROM_INDEX)
        text = re.sub(rf"^( *)(?=KATA\b.*{PLACEHOLDER})", rf"{comment}\1", text, flags=re.MULTILINE)
    text = text.replace(PLACEHOLDER, requirement)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if text.startswith("#!"):
            path.chmod(path.stat().st_mode | 0o111)
    except OSError as error:
        raise UnusableInput(
            f"The file {str(path)!r} cannot be written ({error.strerror}): "
            "choose a folder that you may write to with --out."
        ) from error
