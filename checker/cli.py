"""The command line: declares commands and options, calls, and turns errors into sentences."""

import math
import os
import secrets
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from typer.core import TyperGroup

from checker import COMMAND, __version__, results
from checker.errors import CheckerError, ExitStatus, UnusableInput
from checker.render import printable
from checker.sandbox import Limits
from checker.workers import Workers


class IsolationChoice(StrEnum):
    """The isolation levels that can be asked for."""

    AUTO = "auto"
    PROCESS = "process"


class Terminal(Console):
    """A console whose reader may leave early without changing the exit status."""

    def on_broken_pipe(self) -> None:
        """Throw the rest away."""
        discard_stdout()


def discard_stdout() -> None:
    """Send what is still to be printed nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class Commands(TyperGroup):
    """A command group in which a step's name is a command, too, and errors are one sentence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is no command for an argument of `check`."""
        own = {*self.commands, *(name for option in self.get_params(ctx) for name in option.opts)}
        if not args or args[0].partition("=")[0] not in own:
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; whatever goes wrong ends in one sentence and a status."""
        try:
            status = super().main(*args, **options | {"standalone_mode": False})
            flush_stdout()
            if status == ExitStatus.INTERRUPTED:  # what Typer makes of Ctrl-C
                raise KeyboardInterrupt
        except USAGE_ERROR as error:
            said = error.format_message().rstrip(".")
            status = tell(f"{said}. Type  {COMMAND} --help  for help.", ExitStatus.UNUSABLE)
        except CheckerError as error:
            status = tell(str(error), error.exit_status)
        except KeyboardInterrupt:
            status = tell("Interrupted. Nothing was lost.", ExitStatus.INTERRUPTED)
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            status = tell(
                f"The system refused something the checker needs ({what}): "
                "free some disk space or check permissions, and run the command again.",
                ExitStatus.CHECKER_FAULT,
            )
            discard_stdout()
        except Exception as error:  # a fault of ours ends in a sentence, too
            fault = f"{type(error).__name__}: {error}"[:300]
            status = tell(
                f"The checker itself failed ({fault}). Report it to whoever gave you the kata.",
                ExitStatus.CHECKER_FAULT,
            )
        sys.exit(int(status or 0))


def flush_stdout() -> None:
    """Print what is still buffered, unless nobody reads it any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def tell(sentence: str, status: ExitStatus) -> ExitStatus:
    """Say one sentence on standard error, if anybody can hear it there."""
    with suppress(OSError):
        print(printable(" ".join(sentence.split("\n"))), file=sys.stderr)
    return status


# The base of all that Typer raises on wrong usage; it has no public name in every version.
USAGE_ERROR: Any = typer.BadParameter.__base__

app = typer.Typer(
    cls=Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="""Check your steps of the kata: FastAPI and databases, in four steps.

    Without a command it shows where you are. With the name of a step (step3, 3 or
    step3_fetch_users) it checks that step, with the word all every step.
    """,
    epilog="Examples: [bold]python -m checker[/], [bold]python -m checker step3[/], "
    "[bold]python -m checker all --workspace solutions --json[/]. "
    "The options of a check are told by [bold]python -m checker check --help[/].\n\n"
    "Exit status: 0 all passed, 1 something did not, 2 wrong usage or unusable input, "
    "3 the checker is at fault, 130 interrupted.",
    rich_markup_mode="rich",
)

Workspace = Annotated[
    Path,
    typer.Option("--workspace", "-w", metavar="DIR", help="A folder that holds the step folders."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Isolation = Annotated[
    IsolationChoice, typer.Option(help="How your code is confined while it runs.")
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Draw the same test data as the run with this seed.")
]
WallTime = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0.1, max=3600, help="How long a step's code may run."),
]


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Read the options that stand before a command."""
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def check(
    context: typer.Context,
    step: Annotated[
        str | None, typer.Argument(help="A step, or all; nothing shows where you are.")
    ] = None,
    workspace: Workspace = Path(),
    json: Json = False,
    isolation: Isolation = IsolationChoice.AUTO,
    seed: Seed = None,
    wall_time: WallTime = Limits.wall_time,
) -> ExitStatus:
    """Check a step, or all of them. The word check may be left out."""
    from checker import commands

    session = new_session(context, json, isolation, seed, wall_time, workspace)
    if step is None:
        return commands.show_overview(session)
    return commands.check_all(session) if step == "all" else commands.check_step(session, step)


@app.command()
def verify(
    context: typer.Context,
    json: Json = False,
    isolation: Isolation = IsolationChoice.AUTO,
    seed: Seed = None,
    wall_time: WallTime = Limits.wall_time,
) -> ExitStatus:
    """For maintainers: starters fail where they should, solutions pass."""
    from checker import commands

    return commands.verify(new_session(context, json, isolation, seed, wall_time))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
) -> ExitStatus:
    """Make a fresh workspace in DIR."""
    from checker import commands

    return commands.init(folder, Terminal(highlight=False))


def new_session(
    context: typer.Context,
    json: bool,
    isolation: IsolationChoice,
    seed: int | None,
    wall_time: float,
    workspace: Path = Path(),
) -> Any:
    """The session for a command that judges."""
    from checker.commands import Options, Session

    if math.isnan(wall_time):  # older versions of Typer let it through
        raise UnusableInput("The option --wall-time takes a number of seconds from 0.1 to 3600.")
    options = Options(
        workspace=workspace,
        json=json,
        # A learner's own file needs no stronger walls than its own process.
        isolation=results.Isolation.PROCESS
        if isolation is IsolationChoice.AUTO
        else results.Isolation(isolation),
        seed=secrets.randbelow(2**31) if seed is None else seed,
        limits=Limits(wall_time=wall_time),
    )
    return Session(options, context.obj, Terminal(highlight=False, soft_wrap=False))


def run(workers: Workers) -> NoReturn:
    """Run the command line with the workers that were started ahead; never returns."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # always text
    app(obj=workers, prog_name=COMMAND)
    sys.exit(ExitStatus.CHECKER_FAULT)
