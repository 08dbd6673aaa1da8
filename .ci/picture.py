"""Draws the pictures in `.github`: what a learner sees, from real runs of the checker."""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

from checker.kata import SOLUTIONS, STEPS

PICTURES = Path(__file__).parent.parent / ".github"
COMMAND = ["-m", "checker", "step3", "--seed", "3"]
STEP = "step3_fetch_users"
END_OF_CHANGE = "\x1b[?2026l"


def unawaited(folder: Path) -> None:
    """Make a workspace in which an await is missing in step 3."""
    shutil.copytree(STEPS, folder / "steps")
    for name in ("step1_database_url", "step2_database_instance", STEP):
        shutil.copy(SOLUTIONS / name / "main.py", folder / "steps" / name / "main.py")
    main = folder / "steps" / STEP / "main.py"
    main.write_text(main.read_text("utf-8").replace("return await", "return"), "utf-8")


def transcript(folder: Path) -> Text:
    """What the checker prints, with its colours, after the command."""
    outputs = [
        subprocess.run(
            [sys.executable, "-m", "checker", *arguments],
            cwd=folder,
            env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": "80"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        ).stdout
        for arguments in (["step1"], ["step2"], COMMAND[2:])
    ]
    return Text(f"$ python {' '.join(COMMAND)}\n") + Text.from_ansi(outputs[-1])


def screenshot(folder: Path) -> Text:
    """The screen of `watch` after a hint was asked for."""
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "checker", "watch", "step3", "--seed", "3"],
        cwd=folder,
        env=os.environ | {"TERM": "xterm-256color"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    for awaited, key in (("coroutine", "h"), ("1 of 3", "q")):
        child.expect_exact(awaited)
        stream.feed(child.before + child.after)
        child.expect_exact(END_OF_CHANGE)
        stream.feed(child.before)
        child.send(key)
    child.expect(pexpect.EOF)
    rows = [[screen.buffer[row][column] for column in range(80)] for row in range(24)]
    return Text("\n").join(Text.assemble(*map(drawn, row)) for row in rows)


def drawn(character: pyte.screens.Char) -> tuple[str, Style]:
    """A character with its style."""
    color = {"default": None, "brown": "yellow"}.get(character.fg, character.fg)
    return character.data, Style(color=color, bold=character.bold)


def save(text: Text, name: str) -> None:
    """Write a picture of a terminal that shows a text."""
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(text)
    svg = console.export_svg(title="fastapi-databases-kata", unique_id="kata")
    # A picture that fetches nothing: the reader's own monospace font will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (PICTURES / name).write_text(svg, "utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        unawaited(Path(folder))
        save(transcript(Path(folder)), "terminal.svg")
        save(screenshot(Path(folder)), "watch.svg")


if __name__ == "__main__":
    main()
