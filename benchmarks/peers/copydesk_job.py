"""The main job of this project, whole: read, clean, deduplicate, verify, commit.

It replaces this process, so that the figures are those of the command alone.
"""

import os
import sys
from pathlib import Path

from exchange import arguments


def main() -> None:
    """Become the command."""
    asked = arguments()
    command = Path(sys.executable).with_name("copydesk")
    words = [command, "run", "--direct", "--json", "--to", asked.output / "warehouse", asked.input]
    os.execv(command, [str(word) for word in words])


if __name__ == "__main__":
    main()
