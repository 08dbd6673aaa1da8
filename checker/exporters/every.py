"""Every report that each class gets."""

from pathlib import Path

from checker.exporters import (
    grades_csv,
    gradescope,
    junit_xml,
    report_html,
    report_md,
    results_json,
)
from checker.grading.model import Grades

EXPORTERS = (results_json, grades_csv, junit_xml, report_md, report_html)


def export(grades: Grades, folder: Path) -> list[Path]:
    """Write them all to a folder; pages for students (`feedback`) are asked for apart.

    Returns the files for one submission that somebody changed, which stay.
    """
    for exporter in EXPORTERS:
        exporter.export(grades, folder)
    return gradescope.export(grades, folder)
