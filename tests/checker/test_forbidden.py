"""What a file may not use, read off its text."""

import pytest

from checker.forbidden import MODULES, forbidden_use
from checker.inside.guard import UNWANTED
from checker.source import Source

FORBIDDEN = {
    "import gc": "gc",
    "import ctypes as c": "ctypes",
    "from _pytest._code import code": "_pytest._code",
    "import sys\nsys._getframe(1)": "_getframe",
    "from sys import _getframe as f": "_getframe",
    "import inspect\ninspect.currentframe()": "currentframe",
    "import inspect\ninspect.stack()": "inspect.stack",
    "from inspect import stack": "stack",
    "object.__subclasses__()": "__subclasses__",
    "getattr(f, '__globals__')": "__globals__",
    "match e:\n    case object(tb_frame=f):\n        pass": "tb_frame",
    "match_args = ('f_back',)": "f_back",
    "show(capture_locals=True)": "capture_locals",
    "exec(text)": "exec",
    "eval('a' + 'b')": "eval",
    "exec('import gc')": "exec",
    "exec('x = 1')": "exec",
    "__import__('ctypes')": "ctypes",
    "import importlib\nimportlib.import_module('bdb')": "bdb",
    "locals().held": "locals().held",
    "import sys\nsys.modules['g' + 'c']": "sys.modules",
    "# coding: unicode_escape\nx = 1": "the encoding unicode-escape",
}
ALLOWED = (
    "import inspect\ninspect.signature(print)",
    "import logging\nlogging.error('x', exc_info=True)",
    "import traceback\ntraceback.print_exc()",
    "import sys\nsys.modules['main']",
    "globals()['DATABASE_URL'] = 'sqlite:///./test.db'",
    "import importlib\ndatabases = importlib.import_module('databases')",
    "getattr(database, name)()",
    "print(vars(database))",
    "import re\nre.compile(pattern)",
    "rows = dict(row._mapping)",
    "database.is_connected = True",
    "stack = []\ntrace = code = 1",
    "def broken(",
)


@pytest.mark.parametrize("program", FORBIDDEN)
def test_what_leads_into_the_checker_is_found(program):
    """A name that leads to frames, interpreters or memory is found, however it is spelt."""
    use = forbidden_use(Source(program.encode()))
    assert use is not None
    assert use.what == FORBIDDEN[program]
    assert use.node.lineno >= 1


@pytest.mark.parametrize("program", ALLOWED)
def test_ordinary_code_is_let_alone(program):
    """What a learner may write for reasons of their own is not found."""
    assert forbidden_use(Source(program.encode())) is None


def test_the_first_use_is_told():
    """Of several uses, the first in the file is named."""
    use = forbidden_use(Source(b"x = 1\nimport gc\nimport ctypes\n"))
    assert (use.what, use.node.lineno) == ("gc", 2)


def test_what_the_worker_refuses_is_told_before():
    """A module that is refused in the worker is found in the file, too, where its line is known."""
    assert sorted(UNWANTED - MODULES) == []
