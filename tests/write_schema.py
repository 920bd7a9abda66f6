"""Write the shipped JSON Schema anew: ``python tests/write_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from testferry.settings.schema import schema

PAGE = Path(__file__).parent.parent / "src" / "testferry" / "testferry.schema.json"

if __name__ == "__main__":
    PAGE.write_text(json.dumps(schema()) + "\n", "utf-8")
