"""Every report on the sample class is, byte for byte, the one that was looked at.

`GOLDEN=write python -m pytest tests/checker/exporters/test_golden.py` writes them anew; look at
the differences before you commit them.
"""

import os
from pathlib import Path

import pytest

from checker.exporters import feedback, grades_csv, gradescope, junit_xml, report_md, results_json

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(
    "exporter", [results_json, grades_csv, junit_xml, gradescope, report_md, feedback]
)
def test_golden(sample, exporter, tmp_path):
    """The files of an exporter have the contents of those in the folder `golden`."""
    exporter.export(sample, tmp_path)
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("[!.]*") if path.is_file()}
    assert made
    for name, path in made.items():
        if os.environ.get("GOLDEN") == "write":
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_bytes(path.read_bytes())
        assert path.read_bytes().decode() == (GOLDEN / name).read_bytes().decode(), name
