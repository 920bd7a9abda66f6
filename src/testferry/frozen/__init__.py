"""For PyInstaller, which asks an installed package what it needs: the entry point
``pyinstaller40`` leads here.
"""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Name the folder with our hook."""
    return [str(Path(__file__).parent)]
