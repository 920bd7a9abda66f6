"""``python -m testferry``."""

import os
import sys


def _forget_this_folder() -> None:
    """Python looks for modules here first: in a checkout with an `httpx.py` it would be run."""
    try:
        here = os.getcwd()
    except OSError:
        here = ""
    if not sys.flags.safe_path and sys.path[:1] in ([""], [here]):
        del sys.path[0]


if __name__ == "__main__":
    _forget_this_folder()
    from testferry.cli import main

    main()
