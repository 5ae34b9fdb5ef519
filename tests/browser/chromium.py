"""Finds the Chromium that the browser tests drive; on Debian, as root, installs it where there is none."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of an installed Chromium: $CHROMIUM, or the first of the usual names on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Installs Debian's chromium with apt-get. Raises CalledProcessError with apt's own words where it cannot."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True, env=environment
    )


if __name__ == "__main__":
    if chromium() is None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            sys.exit("The browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM.")
        install()
    print(f"Browser tests drive {chromium()}")
