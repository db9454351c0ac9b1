"""Prints the table of figures and writes them as JSON."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

SIZES = (10_000, 100_000)
MILLION = 1_000_000


def main() -> None:
    """Measure in a folder that is deleted afterwards."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="harken-bench-", dir=asked.folder) as name:
        folder = Path(name)
        # The server runs under an account of its own where a superuser starts it.
        folder.chmod(0o711)
        _settle(folder)
        from benchmarks.database import fresh_database
        from benchmarks.measures import measure_size
        from benchmarks.report import circumstances, print_table

        rows = []
        sizes = [*asked.sizes, *([MILLION] if asked.million else [])]
        for size in sizes:
            with fresh_database(folder / str(size)):
                for row in measure_size(size, folder=folder / str(size), asked=asked):
                    rows.append(row)
                    sys.stderr.write(f"{row}\n")
                    # Written anew with each figure, so that a run that is stopped leaves what it measured.
                    figures = {"circumstances": circumstances(asked), "figures": rows}
                    asked.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print_table(rows)
        sys.stdout.write(f"Written to {asked.out}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SIZES), help="numbers of conversations")
    parser.add_argument("--million", action="store_true", help=f"measure {MILLION:,} conversations as well")
    parser.add_argument("--generator", type=Path, help="a program that takes --n, --only and --out")
    parser.add_argument("--vectors", type=int, default=100_000, help="at most so many synthetic vectors")
    parser.add_argument("--skip", nargs="*", default=[], choices=["words", "meaning", "export"])
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--out", type=Path, default=Path("benchmarks.json"))
    return parser.parse_args()


def _settle(folder: Path) -> None:
    """Point the settings at the folder before anything reads them."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("HARKEN_OWNER_DATABASE_URL", None)
    os.environ["HARKEN_VAR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    import django

    django.setup()


if __name__ == "__main__":
    main()
