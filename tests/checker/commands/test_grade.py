"""What is shown while a class is graded."""

import pytest
from rich.progress import Task, TaskID

from checker.commands.grade import Pace


@pytest.mark.parametrize(
    ("earlier", "completed", "seconds", "words"),
    [
        (0, 0, 5, ""),
        (10, 10, 5, ""),
        (0, 27, 10, "2.7/s, 0:05 left"),
        (0, 27, 100, "0.3/s, 0:48 left"),  # it waits for the others
        (10, 30, 600, "0.0/s, 5:00 left"),
        (10, 40, 20, "1.5/s, 0:00 left"),
    ],
)
def test_pace(earlier, completed, seconds, words):
    """Rate and time left are those of the run until now, without what was judged before."""
    task = Task(TaskID(0), "", 40, completed, lambda: seconds, fields={"earlier": earlier})
    task.start_time = 0
    assert Pace().render(task).plain == words
