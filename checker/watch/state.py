"""What watching is about, without any input or output: an event and a state give the next state.

`update` is all there is to it. What has to be done outside comes back as effects, for the
command to carry out; what a key does depends on the page that is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto

from checker.kata import Step
from checker.results import Status, StepResult
from checker.source import Source


class Page(StrEnum):
    """What the screen shows."""

    VERDICT = auto()
    LESSON = auto()
    SOLUTION = auto()
    LIST = auto()
    END = auto()
    ASK_RESET = auto()
    ASK_SOLUTION = auto()


@dataclass(frozen=True)
class Verdict:
    """What came of one content of a step's file; `at` is the time of day, to show."""

    result: StepResult
    source: Source
    at: str = ""

    @property
    def passed(self) -> bool:
        """Whether the step passed."""
        return self.result.status is Status.PASSED


@dataclass(frozen=True)
class State:
    """Where the learner is and what they see.

    `done` names the steps that passed when they were checked last, `once` those that ever did,
    `hints` tells for each step how many of its hints are open. `run` numbers the checks, so that
    the result of one that was overtaken is known as such. `bottom` is how far the page can be
    scrolled on the screen that shows it. `notice` is a sentence that stays until a key is pressed,
    or a file saved after it was `read` beside a verdict; `trouble` is one that stays until there
    is a verdict. `keys` says whether there is a way to press any.
    """

    steps: tuple[Step, ...]
    index: int = 0
    done: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    hints: Mapping[str, int] = field(default_factory=dict)
    page: Page = Page.VERDICT
    scroll: int = 0
    bottom: int = 0
    run: int = 0
    checking: bool = False
    slow: bool = False
    verdict: Verdict | None = None
    notice: str = ""
    read: bool = False
    trouble: str = ""
    keys: bool = True

    @property
    def step(self) -> Step:
        """The step that is watched."""
        return self.steps[self.index]

    @property
    def passed(self) -> bool:
        """Whether the step that is watched passes now."""
        return self.verdict is not None and self.verdict.passed

    @property
    def open_hints(self) -> tuple[str, ...]:
        """The hints of this step that the learner has asked for."""
        return self.step.hints[: self.hints.get(self.step.name, 0)]

    @property
    def following(self) -> int | None:
        """Where `next` leads: the step after this one, or after the last the first not done."""
        if self.index + 1 < len(self.steps):
            return self.index + 1
        return next((i for i, step in enumerate(self.steps) if step.name not in self.done), None)


@dataclass(frozen=True)
class Key:
    """A key was pressed: its character, or the name of one that has none (`up`, `escape`)."""

    name: str


@dataclass(frozen=True)
class Saved:
    """The file of a step is no longer what it was."""

    step: str


@dataclass(frozen=True)
class Judged:
    """A check came to its end."""

    run: int
    verdict: Verdict


@dataclass(frozen=True)
class Unusable:
    """A check could not begin, for a reason that a person can mend."""

    run: int
    why: str


@dataclass(frozen=True)
class Told:
    """Something that the learner asked for was done, or could not be."""

    sentence: str


class Tick(StrEnum):
    """What happens by itself. `SLOW`: a check takes so long that one should say so."""

    SLOW = auto()


Event = Key | Saved | Judged | Unusable | Told | Tick


@dataclass(frozen=True)
class Check:
    """Judge the step's file as it is now; the check's number is `run`."""

    step: Step
    run: int


@dataclass(frozen=True)
class Reset:
    """Put the step's starter back, and keep what was there."""

    step: Step


@dataclass(frozen=True)
class Remember:
    """Keep what came of a step."""

    result: StepResult


@dataclass(frozen=True)
class RememberHints:
    """Keep how many hints of a step are open."""

    step: Step
    count: int


@dataclass(frozen=True)
class Leave:
    """End watching."""


Effect = Check | Reset | Remember | RememberHints | Leave
Next = tuple[State, tuple[Effect, ...]]

QUESTIONS = {Page.ASK_RESET, Page.ASK_SOLUTION}
SCROLLING = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, " ": 10}
PAGES = {
    "l": Page.LESSON,
    "i": Page.LIST,
    "x": Page.ASK_RESET,
    "b": Page.VERDICT,
    "escape": Page.VERDICT,
    "enter": Page.VERDICT,
}
KEYS = {
    "n": "next",
    "p": "previous",
    "h": "hint",
    "l": "lesson",
    "s": "solution",
    "i": "all steps",
    "x": "reset",
    "r": "run again",
    "q": "quit",
}


def keys_of(state: State) -> dict[str, str]:
    """The keys that do something now, each with what it does."""
    if state.page is Page.ASK_SOLUTION:
        return {"y": "yes", "n": "no", "h": "a hint instead", "q": "quit"}
    if state.page is Page.ASK_RESET:
        return {"y": "yes", "n": "no", "q": "quit"}
    if state.page is Page.LIST:
        return {f"1-{len(state.steps)}": "go to step"} | KEYS
    if state.page in (Page.LESSON, Page.SOLUTION, Page.END):
        return {"space": "page on", "j": "down", "k": "up", "b": "back"} | KEYS
    return {"space": "page on"} | KEYS if state.bottom else KEYS


def start(state: State) -> Next:
    """The first thing to do."""
    return check(state)


def update(state: State, event: Event) -> Next:
    """What an event leads to."""
    match event:
        case Key(name):
            return press(replace(state, notice=""), name)
        case Saved(step):
            return saved(state, step)
        case Judged(run, verdict) if run == state.run:
            return judged(state, verdict)
        case Unusable(run, why) if run == state.run:
            return replace(state, checking=False, slow=False, verdict=None, trouble=why), ()
        case Told(sentence):
            return replace(state, notice=sentence, read=False), ()
        case Tick.SLOW:
            return replace(state, slow=state.checking), ()
    return state, ()


def check(state: State) -> Next:
    """Check the step's file; what was known of it stays on the screen until there is more."""
    state = replace(state, run=state.run + 1, checking=True, slow=False)
    return state, (Check(state.step, state.run),)


def saved(state: State, step: str) -> Next:
    """Check what was saved and show it; another step's file is only mentioned."""
    if step == state.step.name:
        notice = "" if state.read else state.notice
        return check(replace(state, page=Page.VERDICT, scroll=0, notice=notice))
    number = next(other.number for other in state.steps if other.name == step)
    where = f"Step {number} was saved, this is step {state.step.number}: "
    way = "press n to go on." if number > state.step.number else "press p to go back."
    return replace(state, notice=where + way, read=False), ()


def judged(state: State, verdict: Verdict) -> Next:
    """Show a verdict."""
    name = state.step.name
    done = state.done | {name} if verdict.passed else state.done - {name}
    state = replace(state, checking=False, slow=False, verdict=verdict, trouble="", read=True)
    return replace(state, done=done, once=state.once | done), (Remember(verdict.result),)


def press(state: State, key: str) -> Next:
    """What a key leads to."""
    if key in ("q", "interrupt"):
        return state, (Leave(),)
    if state.page is Page.ASK_SOLUTION and key == "h":
        return hint(state)
    if state.page in QUESTIONS:
        return answer(state, yes=key == "y")
    if key in SCROLLING:
        wanted = state.scroll + SCROLLING[key]
        return replace(state, scroll=max(0, min(wanted, state.bottom))), ()
    if state.page is Page.LIST and key.isdecimal() and 0 < int(key) <= len(state.steps):
        return go_to(state, int(key) - 1)
    if key in PAGES:
        return turn(state, PAGES[key]), ()
    return press_other(state, key)


def press_other(state: State, key: str) -> Next:
    """What a key leads to that does more than turn to a page."""
    match key:
        case "n":
            return go_on(state)
        case "p":
            return go_to(state, state.index - 1) if state.index else told_first(state)
        case "h":
            return hint(state)
        case "s":
            known = state.step.name in state.once
            return turn(state, Page.SOLUTION if known else Page.ASK_SOLUTION), ()
        case "r":
            return check(replace(state, page=Page.VERDICT, scroll=0))
    return state, ()


def turn(state: State, page: Page) -> State:
    """Show a page; asked for a second time it gives way to the verdict."""
    return replace(state, page=Page.VERDICT if page is state.page else page, scroll=0)


def answer(state: State, *, yes: bool) -> Next:
    """What follows from the answer to a question."""
    if yes and state.page is Page.ASK_SOLUTION:
        return turn(state, Page.SOLUTION), ()
    effects = (Reset(state.step),) if yes else ()
    return turn(state, Page.VERDICT), effects


def go_to(state: State, index: int) -> Next:
    """Watch another step."""
    return check(turn(replace(state, index=index, verdict=None, trouble=""), Page.VERDICT))


def go_on(state: State) -> Next:
    """Go to the next step, or, when all are done, to the end of the kata."""
    if state.following is None:
        return turn(state, Page.END), ()
    if state.following == state.index:
        return replace(state, notice="This is the last step that is left."), ()
    return go_to(state, state.following)


def told_first(state: State) -> Next:
    """Say that there is no step before the first."""
    return replace(turn(state, Page.VERDICT), notice="This is the first step."), ()


def hint(state: State) -> Next:
    """Open the next hint of the step."""
    step, count = state.step, len(state.open_hints)
    state = replace(state, page=Page.VERDICT, scroll=0)
    if count == len(step.hints):
        return replace(state, notice="These are all the hints; s shows the solution."), ()
    hints = {**state.hints, step.name: count + 1}
    return replace(state, hints=hints), (RememberHints(step, count + 1),)
