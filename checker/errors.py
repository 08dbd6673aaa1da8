"""Errors meant for the person at the terminal: one sentence each, with an exit status."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the command line ends with."""

    PASSED = 0
    FAILED = 1
    UNUSABLE = 2
    CHECKER_FAULT = 3
    INTERRUPTED = 130


class CheckerError(Exception):
    """Something stopped the checker; `str(error)` is the sentence a user reads."""

    exit_status = ExitStatus.CHECKER_FAULT


class UnusableInput(CheckerError):
    """The user asked for something that cannot be done; unlike its parent, not our fault."""

    exit_status = ExitStatus.UNUSABLE


class Interrupted(CheckerError):
    """The user interrupted something; the sentence says how far it came."""

    exit_status = ExitStatus.INTERRUPTED
