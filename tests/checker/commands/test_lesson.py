"""The command `lesson`."""

import io
import re
import sys

import pytest
from rich.console import Console

from checker.kata import CLOSING, load_steps
from checker.render_pages import LessonView, spoken

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def test_a_lesson_as_it_was_written(run, workspace):
    """Without a terminal a lesson comes as it was written, and what to do next after it."""
    done = run("lesson", "step2", cwd=workspace)
    assert done.returncode == 0, done.stderr
    written = (load_steps()[1].folder / "lesson.md").read_text("utf-8").strip()
    assert done.stdout.startswith(f"\n{written}\n")
    assert "run   python -m checker step2" in done.stdout


def test_the_closing_page(run, workspace):
    """The word closing shows the page after the last step."""
    done = run("lesson", "closing", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert CLOSING.read_text("utf-8").splitlines()[0] in done.stdout


@pytest.mark.parametrize("word", ["step1", "step2", "step3", "step4", "closing"])
def test_read_aloud(run, workspace, word):
    """With --plain a lesson has no marks, no drawings and no tables; its code is indented."""
    done = run("lesson", word, "--plain", cwd=workspace)
    assert done.returncode == 0, done.stderr
    prose = [line for line in done.stdout.splitlines() if not line.startswith("    ")]
    assert not re.search(r"[`#|*│└─]|\]\(|---", "\n".join(prose))
    assert not re.search("[│└]|---", done.stdout)
    assert "\n    import databases\n" in done.stdout or word == "closing"


def test_what_is_said_of_a_lesson():
    """Code stays as it is, columns follow each other, rows of tables become sentences."""
    text = """# Title

**Bold** and `a * b`, *as
is*, see [there](https://x.y/z).

- one
- two
  lines

| sign | means |
|---|---|
| `x` | this |

```python
x = 1

y = "**"
```

```text
left   right
-----  -----
a      b
 c
```

A picture:

```
│ drawn
```
"""
    assert spoken(text).splitlines() == [
        "Title.",
        "",
        "Bold and a * b, as is, see there (https://x.y/z).",
        "",
        "one",
        "two lines",
        "",
        "sign: x; means: this.",
        "",
        "    x = 1",
        "",
        '    y = "**"',
        "",
        "left:",
        "",
        "    a",
        "     c",
        "",
        "right:",
        "",
        "    b",
        "",
        "A picture.",
    ]


def test_what_stands_side_by_side_needs_room():
    """Columns go one below the other where they would be broken, and stay where they fit."""
    rows = ("left title   right title", "----------   -----------", "first = 1    second = 2")
    text = "\n".join(["```text", *rows, "```", ""])
    narrow, wide = Console(width=24, file=io.StringIO()), Console(width=40, file=io.StringIO())
    for console in (narrow, wide):
        console.print(LessonView(text))
    lines = [line.strip() for line in narrow.file.getvalue().split("\n")]
    assert [line for line in lines if line] == [
        *("left title:", "first = 1", "right title:", "second = 2")
    ]
    assert "first = 1    second = 2" in wide.file.getvalue()


def test_in_ascii(run, workspace):
    """Where the encoding cannot draw, a lesson is drawn by signs that it has."""
    env = {"PYTHONIOENCODING": "ascii", "FORCE_COLOR": "1"}
    done = run("lesson", "step3", cwd=workspace, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout


@POSIX
def test_page_by_page(terminal, workspace):
    """In a terminal a lesson longer than the screen goes through the pager, with its colours."""
    child = terminal("lesson", "step3", "-w", workspace, env={"PAGER": "head -n 5"})
    text = child.finish()
    assert child.exitstatus == 0
    assert "fetch every user" in text
    assert "Why it matters" not in text
    assert "run   python -m checker step3" in text


@POSIX
@pytest.mark.parametrize("plain", [["--plain"], []], ids=["plain", "dumb"])
def test_not_page_by_page(terminal, workspace, plain):
    """With --plain and in a dumb terminal everything is shown at once."""
    env = {"PAGER": "head -n 5"} | ({} if plain else {"TERM": "dumb"})
    text = terminal("lesson", "step3", "-w", workspace, *plain, env=env).finish()
    assert "Why it matters" in text
