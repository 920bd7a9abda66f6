"""What counts if nobody says anything, where more than one room goes by it. No imports."""

from __future__ import annotations

SETTLE = 90.0  # seconds that a lost request may still be applied: --settle
TIMEOUT = 120.0  # seconds for the answer to one request: --timeout
