"""``python -m testferry``."""

from testferry.cli import main

if __name__ == "__main__":
    main()
