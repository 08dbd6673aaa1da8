"""Looks into the interpreter are refused while the file runs, if its text did not give them away.

The programs spell what they do in ways that cannot be read off their text.
"""

import pytest

from checker.examiner import Assignment, examine
from checker.kata import load_steps
from checker.results import Status
from checker.sandbox import Limits
from checker.workers import Workers

STEPS = load_steps()
STEP3 = STEPS[2]
SOLUTION = STEP3.solution.read_text("utf-8")
LOOKS = {
    "frames of the stack": "import sys\ngetattr(sys, '_get' + 'frame')(1)\n",
    "frames by a library's function": ("import inspect\ngetattr(inspect, 'current' + 'frame')()\n"),
    "frames by the loop's own code": (
        "import asyncio, sys\nloop = asyncio.new_event_loop()\nseen = []\n"
        "loop.call_soon(seen.extend, map(getattr(sys, '_get' + 'frame'), [0]))\n"
        "loop.call_soon(loop.stop)\nloop.run_forever()\nassert seen\n"
    ),
    "the frame of an exception": (
        "try:\n    1 / 0\nexcept Exception as e:\n    getattr(e.__traceback__, 'tb_' + 'frame')\n"
    ),
    "the frame of a coroutine": (
        "async def c(): pass\nx = c()\ntry:\n    getattr(x, 'cr_' + 'frame')\n"
        "finally:\n    x.close()\n"
    ),
    "frames of all threads": "import sys\ngetattr(sys, '_current_' + 'frames')()\n",
    "the frame that inspect finds": (
        "import inspect\ntry:\n    1 / 0\nexcept Exception:\n    getattr(inspect, 'tr' + 'ace')()\n"
    ),
    "functions behind a class of ctypes": (
        "found = getattr(object, '__sub' + 'classes__')()\n"
        "[loader] = [c for c in found if c.__name__ == 'CDLL']\n"
        "getattr(loader.__init__, '__glo' + 'bals__')['_dlopen']\n"
    ),
    "tracing": "import sys\ngetattr(sys, 'set' + 'trace')(print)\n",
    "another audit hook": "import sys\nheard = []\n"
    "getattr(sys, 'add' + 'audithook')(lambda *a: heard.append(a))\nassert heard\n",
    "a debugger": "import importlib\nimportlib.import_module('b' + 'db')\n",
    "another interpreter": "import importlib\nimportlib.import_module('_xxsub' + 'interpreters')\n",
    "all objects": (
        "import importlib\nfound = importlib.import_module('g' + 'c')\n"
        "getattr(found, 'get_' + 'objects')()\n"
    ),
    "foreign memory": "import importlib\nimportlib.import_module('ctyp' + 'es').string_at(0)\n",
    "its own memory": "open('/proc/self/' + 'mem', 'rb')\n",
    "code of its own making": (
        "def f(): pass\ncode = getattr(f, '__co' + 'de__')\ncode.replace(co_name='g')\n"
    ),
    "other code for a function": (
        "def f(): pass\ncode = '__co' + 'de__'\nsetattr(f, code, getattr(print_, code))\n"
    ).replace("print_", "(lambda: 1)"),
}


@pytest.fixture(scope="module")
def judge():
    """Judge a program as step 3."""
    workers = Workers()

    def judge(source):
        results = []
        workers.expected = 1
        assignment = Assignment(STEP3, source.encode())
        examine([assignment], STEPS, workers.take, Limits(wall_time=5), 7, results.append)
        return results[0]

    yield judge
    workers.close()


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_is_refused(judge, look):
    """A look that the text does not show ends as failed, and gives nothing."""
    result = judge(LOOKS[look] + SOLUTION)
    assert result.status is Status.FAILED
    assert result.first_problem.id == "step3.file_runs"


@pytest.mark.parametrize(
    "ordinary",
    [
        "from collections import namedtuple\nUser = namedtuple('User', 'id name')\n",
        "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\n",
        "import logging\nlogging.basicConfig(level=10)\nlogging.getLogger('x').warning('hello')\n",
        "import warnings\nwarnings.warn('careful')\n",
        "import enum, dataclasses, typing\nColour = enum.Enum('Colour', 'RED')\n"
        "@dataclasses.dataclass\nclass User:\n    name: str\n"
        "Row = typing.NamedTuple('Row', [('id', int)])\nT = typing.TypeVar('T')\n",
        "from pydantic import BaseModel, create_model\nclass User(BaseModel):\n    name: str\n"
        "Made = create_model('Made', id=(int, 1))\n",
        "import sqlalchemy.orm as orm, logging, typing\nfrom pydantic import BaseModel\n"
        "class Base(orm.DeclarativeBase):\n    pass\n"
        "class Item(BaseModel):\n    parent: 'Item | None' = None\n    tags: 'list[Tag]' = []\n"
        "class Tag(BaseModel):\n    name: str\n"
        "Item.model_rebuild()\nassert Item(tags=[{'name': 'a'}]).__module__ == 'main'\n"
        "logging.basicConfig(format='%(funcName)s %(lineno)d')\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('bad')\n",
        "import inspect, gettext, asyncio, subprocess, unittest.mock\n"
        "inspect.signature(subprocess.run)\nassert inspect.iscoroutinefunction(asyncio.sleep)\n",
        "from contextvars import ContextVar\nimport uuid, decimal, hashlib\nuuid.uuid4()\n",
        "import json\nclass Encoder(json.JSONEncoder):\n    pass\njson.dumps({}, cls=Encoder)\n",
    ],
)
def test_ordinary_code_is_let_alone(judge, ordinary):
    """What libraries do with frames for ordinary code goes on as ever."""
    result = judge(ordinary + SOLUTION)
    assert result.status is Status.PASSED, result.first_problem


@pytest.mark.parametrize(
    "patch",
    [
        "import json\njson.JSONEncoder.encode = lambda self, o: '{}'\n"
        "json.dumps = json.loads = lambda *a, **k: {}\n",
        "import builtins\nfor name in ('type', 'isinstance', 'len', 'any', 'str', 'getattr'):\n"
        "    setattr(builtins, name, lambda *a, **k: True)\n",
        "import os, time\nos.dup2 = os._exit = time.monotonic = lambda *a: 0\n",
        "import sys\nfor name in list(sys.modules):\n"
        "    if name.startswith(('json', 'asyncio')): del sys.modules[name]\n",
        "import databases\nasync def nothing(*a, **k): return []\n"
        "databases.Database.fetch_all = databases.Database.connect = nothing\n",
        "import databases\nfrom databases.core import Connection\n"
        "async def nothing(*a, **k): return []\nConnection.fetch_all = nothing\n",
    ],
)
def test_patches_forge_nothing(judge, patch):
    """A wrong program that patches what it can reach fails, as it would without."""
    wrong = SOLUTION.replace("return await database.fetch_all(query)", "return []")
    assert judge(patch + wrong).status is Status.FAILED
