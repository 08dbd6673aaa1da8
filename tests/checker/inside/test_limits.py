"""What a worker may use, and what the system says of it."""

from checker.inside import limits


def test_a_file_is_read_to_its_end(tmp_path):
    """The system gives a list of processes in pieces, of which each has to be read."""
    numbers = " ".join(map(str, range(10_000)))
    (tmp_path / "children").write_text(numbers, "utf-8")
    assert limits.read(str(tmp_path / "children")) == numbers
