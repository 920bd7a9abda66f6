"""What PyInstaller cannot see: commands and services are imported by name, dialects are files, and
junitparser asks for its own metadata.
"""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

datas = collect_data_files("testferry") + copy_metadata("junitparser")
hiddenimports = collect_submodules("testferry")
