"""Writes the JSON Schemas of what the checker hands to programs, from its typed models."""

import json
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from checker.exporters.results_json import Results
from checker.results import Report

FOLDER = Path(__file__).parent.parent / "checker"
SCHEMAS = {
    "schema.json": (Report, "Report of the FastAPI and databases kata, schema 1"),
    "results-schema.json": (Results, "Results of a class, schema 1"),
}


class EveryField(GenerateJsonSchema):
    """Requires all fields: a report always has them, `null` where there is nothing to say."""

    def field_is_required(self, *_args, **_options) -> bool:
        return True


def schema(name: str) -> str:
    """The schema of that name as the text of its file."""
    model, title = SCHEMAS[name]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(model).json_schema(schema_generator=EveryField),
        "title": title,
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    for name in SCHEMAS:
        (FOLDER / name).write_text(schema(name), encoding="utf-8")
