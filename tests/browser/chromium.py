"""The browser of the browser tests: `python -m tests.browser.chromium` gets one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_LIMIT = 300  # seconds; without a network the attempt must not hold up the tests


def find_chromium() -> Path | None:
    """Return a browser that runs: one of this machine, else Playwright's own, else None."""
    installed = [Path(path) for path in map(shutil.which, NAMES) if path]
    return next(filter(_runs, installed), None) or next(filter(_runs, [_playwright_chromium()]), None)


def get_chromium() -> Path | None:
    """Return a browser that runs, installed where there is none and this account may do so."""
    for attempt in (_nothing, _download, _install_package):
        attempt()
        found = find_chromium()
        if found:
            return found
    return None


def main() -> int:
    """Say which browser the tests will use; its absence is loud, but no failure."""
    browser = get_chromium()
    if browser:
        sys.stdout.write(f"Browser tests use {browser}.\n")
    else:
        sys.stdout.write(
            "\n!!! NO BROWSER: the browser tests are SKIPPED. No Chromium is on this machine, "
            "Playwright's could not be downloaded, and no package could be installed. "
            "Install chromium and run the tests again. !!!\n\n"
        )
    return 0


def _playwright_chromium() -> Path:
    """Return where Playwright keeps its browser, whether it is there or not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _runs(browser: Path) -> bool:
    """Ask the browser for its version: a stub, or one that lacks libraries, cannot answer."""
    try:
        asked = subprocess.run([str(browser), "--version"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _nothing() -> None:
    """Look at what is there before anything is fetched."""


def _download() -> None:
    sys.stdout.write("No Chromium here; asking Playwright for its own.\n")
    _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_package() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    sys.stdout.write("Installing the package chromium.\n")
    _try(["apt-get", "update", "-qq"])
    _try(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"])


def _try(program: list[str]) -> None:
    """Run a program that may fail: what counts is whether a browser runs afterwards."""
    try:
        subprocess.run(
            program,
            check=False,
            timeout=DOWNLOAD_LIMIT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return


if __name__ == "__main__":
    sys.exit(main())
