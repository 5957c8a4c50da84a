"""``python -m screen.market.sample [FOLDER]``: rebuild the bundled sample, byte for byte."""

from __future__ import annotations

import sys
from pathlib import Path

from screen.market.sample.source import DATA
from screen.market.sample.timeline import SAMPLE_END
from screen.market.sample.universe import THEME

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Write the sample into the folder given, or into the package."""
    from exposures.load import load_theme
    from screen.market.sample.generator import write_sample

    folder = Path(arguments[0]) if arguments else DATA
    sizes = write_sample(load_theme(THEME, as_of=SAMPLE_END), folder)
    for name, size in sizes.items():
        sys.stdout.write(f"{size:>9,}  {name}\n")
    sys.stdout.write(f"{sum(sizes.values()):>9,}  bytes in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
