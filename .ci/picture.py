"""Draws `.github/terminal.svg`: what a learner sees, from a real run of the checker."""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from checker.kata import SOLUTIONS, STEPS

PICTURE = Path(__file__).parent.parent / ".github" / "terminal.svg"
COMMAND = ["-m", "checker", "step3", "--seed", "3"]
STEP = "step3_fetch_users"


def transcript(folder: Path) -> str:
    """What the checker prints, with its colours, for a workspace in which an await is missing."""
    shutil.copytree(STEPS, folder / "steps")
    for name in ("step1_database_url", "step2_database_instance", STEP):
        shutil.copy(SOLUTIONS / name / "main.py", folder / "steps" / name / "main.py")
    main = folder / "steps" / STEP / "main.py"
    main.write_text(main.read_text("utf-8").replace("return await", "return"), "utf-8")
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
    return outputs[-1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shown = transcript(Path(folder))
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(Text(f"$ python {' '.join(COMMAND)}"))
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title="fastapi-databases-kata", unique_id="kata")
    # A picture that fetches nothing: the reader's own monospace font will do.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
