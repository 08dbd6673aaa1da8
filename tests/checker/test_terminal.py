"""Standard output: for terminals of all kinds, for files and pipes, and for being read aloud."""

import io
import re
import sys

import pytest

from checker.terminal import Paper

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
SHOWING = [
    (),
    ("step3",),
    ("all",),
    ("lesson", "step3"),
    ("hint", "--all"),
    ("solution", "step3", "--reveal"),
    ("diff", "step3", "--reveal"),
]
DRAWN = re.compile(r"[─-╿✓✗○❱━•■▌╭╮]")


@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_read_aloud(run, workspace, words):
    """With --plain nothing is drawn: no boxes, bars or ticks, by option or by variable."""
    if words:
        done = run(*words, "--plain", cwd=workspace)
    else:
        done = run(cwd=workspace, env={"KATA_PLAIN": "1"})
    assert done.returncode in (0, 1), done.stderr
    assert DRAWN.search(done.stdout) is None
    assert done.stdout.strip()


@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_no_blanks_at_line_ends(run, workspace, words):
    """What goes through a pipe has no blanks at the ends of lines, and no terminal codes."""
    done = run(*words, cwd=workspace)
    assert done.returncode in (0, 1), done.stderr
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []
    assert "\x1b" not in done.stdout


def test_colours_in_a_file(run, workspace):
    """FORCE_COLOR gives colours in a pipe, but never what moves the cursor; NO_COLOR goes first."""
    shown = run("hint", cwd=workspace, env={"FORCE_COLOR": "1"}).stdout
    codes = set(re.findall(r"\x1b\[[\d;?]*([a-zA-Z])", shown))
    assert codes == {"m"}
    both = run("hint", cwd=workspace, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert not re.search(r"\x1b\[[\d;]*3\dm", both)


@POSIX
def test_a_dumb_terminal(terminal, workspace):
    """With TERM=dumb a terminal gets no codes at all."""
    text = terminal("hint", "-w", workspace, env={"TERM": "dumb"}).finish()
    assert "Hint 1 of 3" in text
    assert "\x1b" not in text


@POSIX
@pytest.mark.parametrize("columns", [40, 120])
def test_narrow_and_wide(terminal, workspace, columns):
    """In a terminal of any width no line is wider than it, and none breaks off."""
    text = terminal("-w", workspace, size=(24, columns), env={"NO_COLOR": "1"}).finish()
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text)
    assert max(map(len, plain.splitlines())) <= columns
    assert "Create the database" in plain


@pytest.mark.parametrize("closed", ["<&-", ">&-", ">&- <&- 2>&-"])
@POSIX
def test_closed_streams(run, workspace, environment, closed):
    """A closed stream brings no traceback, and what can be done without it is done."""
    import subprocess

    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m checker hint -w {workspace} {closed}"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def paper(encoding):
    """A stream with that encoding, and what is written on."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding, "backslashreplace", write_through=True)
    return Paper(stream), stream.buffer


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "a → b  \n  c \n", "a → b\n  c\n"),
        ("ascii", "a → b • “c” d…\n", 'a -> b * "c" d...\n'),
        ("ascii", "ü\n", "\\xfc\n"),
        ("utf-8", "\x1b[1mbold  \x1b[0m\nAnswer: ", "\x1b[1mbold\x1b[0m\nAnswer: "),
    ],
)
def test_what_is_written(encoding, text, written):
    """Blanks at line ends are dropped, a prompt keeps its own; signs suit the encoding."""
    on, buffer = paper(encoding)
    on.write(text)
    assert buffer.getvalue().decode(encoding) == written
