"""Writes `checker/schema.json`, the JSON Schema of reports, from the models in `results`."""

import json
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from checker.results import Report

PATH = Path(__file__).parent.parent / "checker" / "schema.json"


class EveryField(GenerateJsonSchema):
    """Requires all fields: a report always has them, `null` where there is nothing to say."""

    def field_is_required(self, *_args, **_options) -> bool:
        return True


def schema() -> str:
    """The schema as the text of its file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(Report).json_schema(schema_generator=EveryField),
        "title": "Report of the FastAPI and databases kata, schema 1",
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema(), encoding="utf-8")
