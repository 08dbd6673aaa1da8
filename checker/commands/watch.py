"""Watch a learner at work: check the step again whenever its file is saved."""

import os
import queue
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import FrameType
from typing import Protocol

from checker import progress
from checker.commands.learner import LESSON, Learner, read_page, short_path
from checker.commands.reset import begin_anew
from checker.commands.session import Session, assignment_for
from checker.errors import ExitStatus, UnusableInput
from checker.examiner import Assignment, examine
from checker.kata import CLOSING, Step
from checker.render import Glyphs
from checker.results import StepResult
from checker.terminal import Terminal
from checker.watch.files import FileWatcher
from checker.watch.judge import Judge
from checker.watch.keyboard import Input, Keyboard, Outside, Typed
from checker.watch.pages import Material
from checker.watch.screen import Screen
from checker.watch.state import (
    Check,
    Effect,
    Event,
    Leave,
    Next,
    Remember,
    RememberHints,
    Reset,
    State,
    Tick,
    Told,
    Unusable,
    start,
    update,
)
from checker.watch.transcript import Transcript
from checker.worker import Worker

SLOW = 0.3
"""Seconds after which a check that still runs is mentioned; sooner it would only flicker."""
SIGNALS = {
    "SIGINT": Outside.INTERRUPTED,
    "SIGTERM": Outside.INTERRUPTED,
    "SIGHUP": Outside.INTERRUPTED,
    "SIGWINCH": Outside.RESIZED,
    "SIGTSTP": Outside.SUSPENDED,
}
Events = queue.SimpleQueue[Event | Outside | BaseException]


class View(Protocol):
    """A way to show the state of watching."""

    def open(self) -> None:
        """Get ready to show."""

    def show(self, state: State, material: Material) -> int:
        """Show how things are now; how many rows the page can be scrolled."""

    def close(self) -> None:
        """Leave everything as it was."""


def watch(session: Session, word: str | None, *, poll: bool) -> ExitStatus:
    """Watch one step after the other until the user leaves."""
    learner = Learner(session.options.workspace, session.console)
    step = learner.current(word)
    events: Events = queue.SimpleQueue()
    view, keys = ways(session.console, events.put)
    watching = Watching(session, learner, events, view, keys)
    past = {step.name: learner.progress.of(step.name) for step in learner.steps}
    state = State(
        learner.steps,
        learner.steps.index(step),
        done=learner.progress.done,
        once=frozenset(name for name in past if past[name].state is not progress.State.OPEN),
        hints={name: past[name].hints for name in past},
        keys=keys.can_be_pressed,
    )
    return watching.run(state, poll=poll)


def ways(console: Terminal, emit: Callable[[Event | Outside], None]) -> tuple[View, Input]:
    """How to show and how to be told: by a screen and keys, or by lines."""
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    lines = console.plain or console.is_dumb_terminal or console.legacy_windows or not terminal
    glyphs = Glyphs.of(console)
    view = Transcript(console, glyphs) if lines else Screen(console, glyphs)
    return view, Keyboard(emit) if terminal else Typed(emit)


class Watching:
    """One call of `watch`: brings events to the state, and carries out its effects."""

    def __init__(
        self, session: Session, learner: Learner, events: Events, view: View, keys: Input
    ) -> None:
        self._session = session
        self._learner = learner
        self._workspace = learner.workspace
        self._events = events
        self._view = view
        self._keys = keys
        self._judge = Judge(self._examine, session.workers, events.put)
        self._materials = {step.name: material(learner, step) for step in learner.steps}
        self._left = self._ending = False
        self._state = State(learner.steps)

    def run(self, state: State, *, poll: bool) -> ExitStatus:
        """Watch until the user leaves, and leave the terminal as it was, whatever happens."""
        files = {step.name: self._workspace.file(step) for step in state.steps}
        watcher = FileWatcher(files, self._events.put, poll=poll)
        with ExitStack() as stack:
            stack.enter_context(signals_as_events(self._events.put))
            # What is last here is closed first: the terminal, before anything may take a while.
            for part in (self._judge, watcher, self._keys, self._view):
                part.open()
                stack.callback(part.close)
            self._follow(start(state))
            self._show()
            while not self._left:
                self._handle(self._next_event())
        return ExitStatus.PASSED

    def _next_event(self) -> Event | Outside | BaseException:
        try:
            return self._events.get(timeout=self._patience)
        except queue.Empty:
            return Tick.SLOW if self._state.checking else Outside.RESIZED

    @property
    def _patience(self) -> float:
        """Seconds to wait for the next event."""
        if self._state.checking and not self._state.slow:
            return SLOW
        # Windows neither says that a console was resized nor lets Ctrl-C end the waiting. Elsewhere
        # a signal that comes just before Python begins to wait is noticed only after it.
        return 0.25 if sys.platform == "win32" else 1.0

    def _handle(self, event: Event | Outside | BaseException) -> None:
        match event:
            case BaseException():
                raise event
            case Outside.INTERRUPTED:
                raise KeyboardInterrupt
            case Outside.SUSPENDED:
                self._suspend()
            case Outside.CLOSED:
                self._ending = True
            case Outside.RESIZED:
                pass
            case _:
                self._follow(update(self._state, event))
        self._show()
        self._left = self._left or (self._ending and not self._state.checking)

    def _show(self) -> None:
        bottom = self._view.show(self._state, self._materials[self._state.step.name])
        self._state = replace(self._state, bottom=bottom)

    def _follow(self, following: Next) -> None:
        self._state, effects = following
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Check(step, run):
                self._check(step, run)
            case Reset(step):
                self._tell(self._reset(step))
            case Remember(result):
                self._learner.progress.record([result])
                self._tell(self._learner.progress.remark)
            case RememberHints(step, count):
                self._learner.progress.record_hints(step.name, count)
                self._tell(self._learner.progress.remark)
            case Leave():
                self._left = True

    def _check(self, step: Step, run: int) -> None:
        try:
            assignment = assignment_for(self._workspace, step, missing_is_failure=False)
        except UnusableInput as error:
            self._events.put(Unusable(run, self._explained(error)))
        else:
            self._judge.request(run, assignment)

    def _explained(self, error: UnusableInput) -> str:
        """Why there is nothing to check; watching goes on."""
        if self._workspace.steps.is_dir():
            return f"{error} Watching goes on."
        return (
            f"The folder {str(self._workspace.steps)!r} is gone: put it back and watching goes "
            "on, or press q."
        )

    def _tell(self, sentence: str) -> None:
        if sentence:
            self._events.put(Told(sentence))

    def _reset(self, step: Step) -> str:
        """Begin a step anew; what to say about it."""
        if not self._learner.is_own:
            return "These are the kata's solutions: nothing was reset."
        try:
            kept = begin_anew(self._workspace, step, step.starter)
        except UnusableInput as error:
            return str(error)
        self._learner.progress.record_reset(step.name)
        return f"{step.name} begins anew." + (f" Your file is kept as {kept.name}." if kept else "")

    def _examine(
        self,
        assignments: Iterator[Assignment],
        new_worker: Callable[[], Worker],
        announce: Callable[[StepResult], None],
    ) -> None:
        options = self._session.options
        self._session.workers.demand(options.isolation, cold=options.cold)
        examine(
            assignments, self._session.steps, new_worker, options.limits, options.seed, announce
        )

    def _suspend(self) -> None:
        """Stop as Ctrl-Z asks, and take the terminal again when it is continued."""
        self._view.close()
        self._keys.close()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._keys.open()
        self._view.open()


def material(learner: Learner, step: Step) -> Material:
    """The names and texts that the screen shows of a step."""
    return Material(
        file=short_path(learner.workspace.file(step)),
        solution_file=short_path(step.solution),
        lesson=read_page(step.folder / LESSON),
        solution=read_page(step.solution),
        closing=read_page(CLOSING),
        quiz=learner.command("quiz"),
    )


@contextmanager
def signals_as_events(emit: Callable[[Outside], None]) -> Iterator[None]:
    """Let signals wait their turn instead of breaking into whatever is being done."""

    def handle(number: int, _frame: FrameType | None) -> None:
        emit(SIGNALS[signal.Signals(number).name])

    known = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in known}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
