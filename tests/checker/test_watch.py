"""Watching, as one sees it: the real command in a real terminal, and without one."""

import re
import signal
import subprocess
import sys
import termios
import threading

import pytest

from checker.kata import SOLUTIONS, load_steps

STEPS = load_steps()
FOLDERS = [step.folder.name for step in STEPS]
SIZES = pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])


def solution(number):
    """The text of a step's solution."""
    return (SOLUTIONS / FOLDERS[number - 1] / "main.py").read_text("utf-8")


WITHOUT_AWAIT = solution(3).replace("return await", "return")


@pytest.fixture
def file(workspace):
    """The learner's file of a step."""
    return lambda number: workspace / "steps" / FOLDERS[number - 1] / "main.py"


def save(path, text):
    """Save as most editors do."""
    new = path.with_name("new")
    new.write_text(text, "utf-8")
    new.replace(path)


@SIZES
def test_from_a_mistake_to_the_next_step(emulator, workspace, file, columns, rows):
    """A mistake is explained, a pass says what was learned and where to go, keys lead there."""
    shown = emulator("watch", "3", cwd=workspace, columns=columns, rows=rows)
    shown.wait_for("Step 3 · Fetch every user", "○ to do", "Goal Write the async", "r run again")
    save(file(3), WITHOUT_AWAIT)
    shown.wait_for(
        "✗ failed · ",
        "❱ 15 return database.fetch_all(query)",
        "fetch_users handed back a coroutine, so the query never ran.",
        "Fix Put await in front of database.fetch_all(query).",
        "q quit",
    )
    shown.press("h").wait_for("Hint A function made with async def", "(1 of 3)")
    shown.press("l").wait_for("Step 3: fetch every user", "b back", without=["Fix"])
    save(file(3), solution(3))
    shown.wait_for("✓ passed · ", "await hands control back", "Press n for step 4", "1 of 4 steps")
    shown.press("s").wait_for("return await database.fetch_all(query)", "a solution")
    shown.press("i").wait_for("25 %", "passed 3 Fetch every user (1 of 3 hints used)")
    shown.press("4").wait_for("Step 4 · Connect and disconnect", "○ to do")
    shown.press("p").wait_for("Step 3 · Fetch every user", "✓ passed · ")
    assert max(map(len, shown.text.splitlines())) <= columns
    assert shown.press("q").end() == 0
    assert shown.sent.endswith("\x1b[?1049l")


def test_the_verdict_is_on_the_last_content(emulator, workspace, file):
    """Bursts, a save during a run, a broken file, a file deleted and made again: the last wins."""
    shown = emulator("watch", "1", cwd=workspace)
    shown.wait_for("to do")
    for number in range(20):
        save(file(1), solution(1) + f"\nprint('burst', {number})\n")
    shown.wait_for("✓ passed", "burst 19")
    file(1).write_text("import time\nprint('begun', flush=True)\ntime.sleep(1000)\n")
    shown.wait_for("checking ...")
    save(file(1), "import databases\nprint('overtaken')\n")
    shown.wait_for("✗ failed, passed before", "overtaken", "does not import FastAPI")
    file(1).write_text("import (\n")
    shown.wait_for("✗ failed", "main.py:1", "skipped")
    file(1).unlink()
    shown.wait_for("cannot be checked", "There is no", "Watching goes on.")
    file(1).write_bytes(STEPS[0].starter)
    shown.wait_for("○ to do", without=["There is no"])
    assert shown.press("q").end() == 0


def test_a_workspace_that_moves(emulator, workspace, tmp_path):
    """A workspace that is gone is told in one sentence, and watched again when it is back."""
    shown = emulator("watch", "1", "--workspace", workspace)
    shown.wait_for("to do")
    workspace.rename(tmp_path / "elsewhere")
    shown.wait_for("cannot be checked", "is gone: put it back", "press q")
    (tmp_path / "elsewhere").rename(workspace)
    shown.wait_for("○ to do", without=["is gone"])
    assert shown.press("q").end() == 0


def test_reset_asks_and_keeps(emulator, workspace, file):
    """A reset needs a yes, keeps the file beside the starter and says where."""
    shown = emulator("watch", "2", cwd=workspace)
    save(file(2), "mine = 1\n")
    shown.wait_for("✗ failed")
    shown.press("x").wait_for("Begin step 2 anew?", "y yes")
    shown.press("n").wait_for("✗ failed", without=["anew?"])
    shown.press("x").wait_for("Begin step 2 anew?")
    shown.press("y").wait_for("○ to do", "Your file is kept as main.")
    assert file(2).read_bytes() == STEPS[1].starter
    kept = list(file(2).parent.glob("main.*.py"))
    assert [path.read_text() for path in kept] == ["mine = 1\n"]
    assert kept[0].name in shown.words
    assert shown.press("q").end() == 0


def test_a_resize_is_followed(emulator, workspace):
    """In every size the keys stay in sight, and everything is drawn for that size."""
    shown = emulator("watch", "3", cwd=workspace)
    shown.wait_for("to do", "q quit")
    shown.resize(40, 24).wait_for("Goal Write the async function fetch_users: it returns every row")
    shown.wait_for("q quit")
    shown.resize(120, 40).wait_for(
        "every row of the table users, read with", "What will be checked"
    )
    shown.resize(30, 6).wait_for("q quit")
    assert shown.press("q").end() == 0


def test_nothing_flickers(emulator, workspace, file):
    """The screen is never cleared, and a change writes only the rows that are other than before."""
    shown = emulator("watch", "3", cwd=workspace, rows=40)
    save(file(3), WITHOUT_AWAIT)
    shown.wait_for("coroutine", "q quit")
    begun = len(shown.sent)
    shown.press("h").wait_for("(1 of 3)")
    change = shown.sent[begun:]
    assert "\x1b[2J" not in change
    assert "\x1b[K" not in change
    assert change.count("\x1b[?2026h") == change.count("\x1b[?2026l") == 1
    assert len(re.findall(r"\x1b\[\d+H", change)) == 2  # the rows of the hint


def modes(shown):
    """How the terminal is set."""
    return termios.tcgetattr(shown.child.child_fd)


@pytest.mark.parametrize(
    ("page", "way", "status"),
    [
        ("", "q", 0),
        ("x", "q", 0),
        ("l", "\x03", 130),
        ("x", signal.SIGTERM, 130),
        ("", signal.SIGHUP, 130),
    ],
)
def test_the_terminal_is_left_as_it_was(emulator, workspace, way, status, page):
    """However watching ends, and whatever is shown then, the terminal is as it was before."""
    shown = emulator("watch", "1", cwd=workspace)
    before = modes(shown)
    shown.wait_for("to do", "q quit")
    assert modes(shown) != before
    shown.press(page)
    if isinstance(way, str):
        shown.press(way)
    else:
        shown.child.kill(way)
    shown.child.expect("1049l", timeout=60)
    shown.child.wait()
    assert modes(shown) == before
    shown.child.close()
    assert shown.child.exitstatus == status


def test_interrupted_during_a_check(emulator, workspace, file, environment, tmp_path):
    """Ctrl-C while a program hangs ends at once, and leaves no process and no file behind."""
    file(1).write_text("while True:\n    pass\n")
    shown = emulator("watch", "1", cwd=workspace)
    shown.wait_for("checking ...")
    assert shown.press("\x03").end() == 130
    assert "Interrupted. Nothing was lost." in shown.sent
    assert list((tmp_path / "temporary").iterdir()) == []


def test_suspended_and_continued(emulator, workspace, file, environment):
    """Ctrl-Z gives the terminal back; continued, watching shows what happened meanwhile."""
    shown = emulator(cwd=workspace, program=("bash", "--norc", "-i"))
    shown.press(f"stty -a > before; {sys.executable} -m checker watch 1\n")
    shown.wait_for("to do", "q quit")
    shown.press("\x1a").wait_for("Stopped")
    save(file(1), solution(1))
    shown.press("stty -a > stopped; fg\n").wait_for("✓ passed", "q quit")
    shown.press("q").press("stty -a > ended; exit\n").end()
    modes = {(workspace / name).read_text() for name in ("before", "stopped", "ended")}
    assert len(modes) == 1


def test_what_a_program_prints_cannot_leave_its_place(emulator, workspace, file):
    """Escapes and markup in a learner's output are shown as text."""
    hostile = r"print('\x1b[2J\x1b]0;title\x07[red]markup[/]')" + "\n"
    shown = emulator("watch", "1", cwd=workspace)
    save(file(1), hostile)
    shown.wait_for(r"\x1b[2J\x1b]0;title\x07[red]markup[/]", "q quit")
    assert "\x1b]0" not in shown.sent
    assert shown.press("q").end() == 0


def test_plain_in_a_terminal(emulator, workspace, file):
    """Plain, or in a terminal that can do nothing, blocks follow each other; keys work as ever."""
    shown = emulator("watch", "1", "--plain", cwd=workspace, rows=80)
    shown.wait_for("to do", "q quit")
    save(file(1), solution(1))
    shown.wait_for("passed", "Press n for step 2")
    shown.press("n").wait_for("Step 2 - Create the database instance", "to do")
    assert shown.press("q").end() == 0
    assert not {"\x1b[?1049h", "╭", "✓"} & set(shown.sent.split())
    assert "\x1b[?" not in shown.sent


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=["dumb", "no colour"])
def test_poor_terminals(emulator, workspace, env):
    """A terminal that cannot draw gets lines, one without colours a screen without them."""
    shown = emulator("watch", "1", cwd=workspace, env=env, rows=60)
    shown.wait_for("to do", "q quit")
    assert ("\x1b[?1049h" in shown.sent) == ("NO_COLOR" in env)
    assert "\x1b[1;3" not in shown.sent
    assert shown.press("q").end() == 0


class Watched:
    """`watch` without a terminal: its process, and what it printed so far."""

    def __init__(self, environment, workspace, *options, **streams):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "checker", "watch", "1", *options],
            cwd=workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            **streams,
        )
        self.timer = threading.Timer(60, self.process.kill)
        self.timer.start()

    def read_until(self, text):
        """All lines up to one that holds a text."""
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        raise AssertionError(f"no {text} in {''.join(lines)} {self.process.stderr.read()}")

    def end(self):
        """The exit status and what was still printed."""
        out, err = self.process.communicate()
        self.timer.cancel()
        return self.process.returncode, out, err


def test_without_a_terminal(environment, workspace, file):
    """Without a terminal each change prints one block, without escapes, until interrupted."""
    watched = Watched(environment, workspace, stdin=subprocess.DEVNULL)
    block = watched.read_until("╰")
    assert "to do" in block
    save(file(1), solution(1))
    block = watched.read_until("Next  Step 2: Create the database instance.")
    assert "✓ passed" in block
    assert "\x1b" not in block
    assert "quit" not in block
    watched.process.send_signal(signal.SIGINT)
    status, out, err = watched.end()
    assert (status, out.strip(), err) == (130, "", "Interrupted. Nothing was lost.\n")


def test_keys_from_a_pipe(environment, workspace):
    """Lines from a pipe are keys; when the pipe closes, the verdict is awaited and it ends."""
    watched = Watched(environment, workspace, stdin=subprocess.PIPE)
    watched.read_until("q quit")
    watched.process.stdin.write("hint\nnext\n")
    watched.process.stdin.close()
    watched.process.stdin = None
    status, out, err = watched.end()
    assert (status, err) == (0, "")
    assert "(1 of 3)" in out
    assert "Step 2" in out


def test_a_reader_that_leaves(environment, workspace):
    """When nobody reads any more, watching ends without a word."""
    watched = Watched(environment, workspace, stdin=subprocess.DEVNULL)
    watched.read_until("to do")
    watched.process.stdout.close()
    watched.process.stdout = None
    assert watched.end()[::2] == (0, "")


def test_standard_input_closed(environment, workspace):
    """A closed standard input is no reason to end."""
    command = f"exec {sys.executable} -m checker watch 1 <&-"
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=workspace,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert any("to do" in line for line in process.stdout)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == "Interrupted. Nothing was lost.\n"
    assert process.returncode == 130


def test_progress_that_cannot_be_read(emulator, workspace):
    """A progress file that is none is set aside with a word, and watching goes on."""
    (workspace / ".kata-progress.json").write_text("{")
    shown = emulator("watch", "1", cwd=workspace)
    shown.wait_for("to do", "it is kept as")
    assert shown.press("q").end() == 0


@pytest.mark.parametrize("word", ["step9", "nonsense"])
def test_no_such_step(run, workspace, word):
    """A step that there is not ends with one sentence and status 2."""
    done = run("watch", word, cwd=workspace)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
