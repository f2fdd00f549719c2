"""Commands of `flask` against an installation, several by one process: starting costs more than what they do.

Run as a program it reads lists of arguments, as JSON, and prints what each command said, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys


def flask(environment, *commands):
    """Run the commands one after another, until one fails; return what each said."""
    command = [sys.executable, "-m", "tests.runtime.commands"]
    done = subprocess.run(command, env=environment, input=json.dumps(commands), capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _all(commands):
    from wsgi import app  # noqa: PLC0415 -- an application made in the tests' process would take over their connections

    for arguments in commands:
        result = app.test_cli_runner().invoke(args=arguments)
        if result.exit_code:
            sys.exit(f"{arguments}: {result.output} {result.exception!r}")
        yield result.output.strip()


if __name__ == "__main__":
    print(json.dumps(list(_all(json.load(sys.stdin)))))
