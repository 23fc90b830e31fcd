"""Build the site and check it: ``python docs/tools/build.py [FOLDER]`` (``build/site`` if absent).

A warning of Sphinx, a dead link, a file from the internet or a page more than two clicks away makes the exit code 1.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import gallery
from checks import problems
from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path) -> int:
    """Write the site into a folder, print every fault, and return the exit code."""
    gallery.page()  # draws the figures, before the pages are read side by side
    shutil.rmtree(folder, ignore_errors=True)
    trees = folder.parent / f"{folder.name}-trees"
    options = ["-W", "--keep-going", "-q", "-j", "2", "-c", str(ROOT / "docs"), "-d", str(trees)]
    code = build_main([*options, str(ROOT), str(folder)])
    if not (folder / "index.html").is_file():
        return 1
    faults = problems(folder)
    print("\n".join([*faults, f"{len(faults)} faults; the site is {folder / 'index.html'}"]))
    return 1 if code or faults else 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").resolve()))
