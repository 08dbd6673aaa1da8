"""What several tests share: the real command in a real process, and workspaces to point it at."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from checker.kata import SOLUTIONS, STEPS

# Where it is set, each of a thousand commands would compile the checker anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Set by `uv run`, and then part of each command that the checker tells.
os.environ.pop("UV_RUN_RECURSION_DEPTH", None)
# A run in the background ignores Ctrl-C, and each command would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def environment(tmp_path):
    """The environment of a command: the user's own, with a temporary folder of the test's."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    wanted = {"TMPDIR": str(temporary), "TEMP": str(temporary), "COLUMNS": "80"}
    unwanted = {"NO_COLOR", "FORCE_COLOR", "PYTHONPATH", "CI"}
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in unwanted and not key.startswith("GITHUB_")
    }
    return kept | wanted


@pytest.fixture
def run(tmp_path, environment):
    """Run `python -m checker` with arguments in an empty folder; the finished process."""

    def run(*arguments, timeout=60, cwd=tmp_path, **more):
        return subprocess.run(
            [sys.executable, "-m", "checker", *map(str, arguments)],
            cwd=cwd,
            env=environment | more.pop("env", {}),
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
            **more,
        )

    return run


@pytest.fixture
def run_on_full_disk(run):
    """Run a command that can write into no file, as on a full disk."""
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    return lambda *arguments, **more: run(*arguments, preexec_fn=fill, **more)


@pytest.fixture
def terminal(environment):
    """Start a command in a pseudo-terminal; `finish()` gives what it shows until it ends."""
    pexpect = pytest.importorskip("pexpect")

    class Child(pexpect.spawn):
        """A process in a pseudo-terminal."""

        def finish(self):
            """Wait for the end; all that was shown after what was expected last."""
            self.expect(pexpect.EOF)
            self.close()
            return self.before

    def start(*arguments, size=(24, 80), env=None):
        return Child(
            sys.executable,
            ["-m", "checker", *map(str, arguments)],
            env=environment | {"TERM": "xterm-256color", "COLUMNS": str(size[1])} | (env or {}),
            dimensions=size,
            encoding="utf-8",
            timeout=30,
        )

    return start


@pytest.fixture
def workspace(tmp_path):
    """A learner's fresh workspace, made of the starters."""
    # Whoever runs the tests may work in this checkout, too.
    without = shutil.ignore_patterns(".kata-progress*")
    return shutil.copytree(STEPS, tmp_path / "mine" / "steps", ignore=without).parent


@pytest.fixture
def solved(tmp_path):
    """A workspace in which every step is solved."""
    return shutil.copytree(SOLUTIONS, tmp_path / "solved")


@pytest.fixture
def emulator(tmp_path, environment):
    """Run `python -m checker` with arguments in a terminal of its own; see `Emulator`."""
    pexpect = pytest.importorskip("pexpect")
    pytest.importorskip("pyte")
    opened = []

    checker = (sys.executable, "-m", "checker")

    def start(*arguments, columns=80, rows=24, cwd=tmp_path, env=None, program=checker):
        child = pexpect.spawn(
            program[0],
            [*program[1:], *map(str, arguments)],
            cwd=str(cwd),
            env=environment | {"TERM": "xterm-256color"} | (env or {}),
            dimensions=(rows, columns),
            encoding="utf-8",
            codec_errors="replace",  # under load, a byte was lost once as the window was resized
        )
        opened.append(child)
        return Emulator(child, columns, rows)

    yield start
    for child in opened:
        child.close(force=True)


class Emulator:
    """A command in a pseudo-terminal, and an emulator that knows what one sees there."""

    patience = 60

    def __init__(self, child, columns, rows):
        import pyte

        self.child = child
        self.sent = ""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)

    @property
    def text(self):
        """The screen, row by row."""
        return "\n".join(row.rstrip() for row in self._screen.display)

    @property
    def words(self):
        """The screen as one line, without the breaks and boxes of its layout."""
        return " ".join(re.sub("[│╭╮╰╯─━]", " ", self.text).split())

    def wait_for(self, *texts, without=()):
        """Read until the screen holds all these texts, and none of those; the terminal itself."""
        import pexpect

        end = time.monotonic() + self.patience
        while not self._holds(texts, without):
            assert time.monotonic() < end, f"not {texts} without {without}:\n{self.text}"
            try:
                self._read(timeout=1)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                pytest.fail(f"ended before {texts}:\n{self.text}")
        return self

    def _holds(self, texts, without):
        words = self.words
        if self.sent.count("\x1b[?2026h") != self.sent.count("\x1b[?2026l"):
            return False  # in the middle of a change
        return all(text in words for text in texts) and not any(text in words for text in without)

    def _read(self, timeout):
        text = self.child.read_nonblocking(65536, timeout=timeout)
        self.sent += text
        self._stream.feed(text)

    def press(self, keys):
        """Type keys; the terminal itself."""
        self.child.send(keys)
        return self

    def resize(self, columns, rows):
        """Give the window another size; the terminal itself."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)
        return self

    def end(self):
        """The exit status, once all was read that the command still wrote."""
        import pexpect

        try:
            while True:
                self._read(timeout=self.patience)
        except pexpect.EOF:
            self.child.close()
        return self.child.exitstatus
