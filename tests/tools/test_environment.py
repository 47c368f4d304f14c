"""Packages are installed when, and only when, what they depend on has changed."""

from pathlib import Path

import pytest

from tools import environment, tasks
from tools.environment import Stamps, fingerprint


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("flask==3\n")
    return path


def test_a_stamp_holds_for_the_same_files_and_the_same_python(tmp_path: Path, requirements: Path):
    stamps = Stamps(tmp_path / "stamps.json")
    assert not stamps.has("runtime", fingerprint("3.11.2", [requirements]))
    stamps.put("runtime", fingerprint("3.11.2", [requirements]))
    assert Stamps(tmp_path / "stamps.json").has("runtime", fingerprint("3.11.2", [requirements]))
    assert not stamps.has("runtime", fingerprint("3.12.1", [requirements]))
    requirements.write_text("flask==4\n")
    assert not stamps.has("runtime", fingerprint("3.11.2", [requirements]))


def test_one_stamp_does_not_speak_for_another(tmp_path: Path):
    stamps = Stamps(tmp_path / "stamps.json")
    stamps.put("runtime", "a")
    stamps.put("font", "b")
    assert stamps.has("runtime", "a")
    assert not stamps.has("development", "a")


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"runtime": 7}'])
def test_a_spoilt_stamp_counts_as_none(tmp_path: Path, content: str):
    path = tmp_path / "stamps.json"
    path.write_text(content)
    assert not Stamps(path).has("runtime", "a")


class Installing:
    """Notes the commands that would install, with .venv in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, refusing: tuple[str, ...] = ()) -> None:
        self.commands: list[str] = []
        self.refusing = refusing
        folder.joinpath("venv").mkdir()
        monkeypatch.setattr(environment, "VENV", folder / "venv")
        monkeypatch.setattr(environment, "_call", self.call)
        monkeypatch.setattr(environment, "_venv_version", lambda: "3.11.2")
        self.stamps = Stamps(folder / "venv" / "stamps.json")

    def call(self, command: list[str], quiet: bool = False) -> int:
        self.commands.append(" ".join(command))
        return 1 if any(word in self.commands[-1] for word in self.refusing) else 0

    def asked(self, development: bool = False, uv: str | None = None) -> int:
        before = len(self.commands)
        environment._packages("3.11.2", uv, development, self.stamps)
        return len(self.commands) - before


def test_the_second_set_up_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch)
    assert installing.asked() > 0
    assert installing.asked() == 0


def test_the_test_tools_bring_the_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch)
    assert installing.asked(development=True) > 0
    assert installing.asked(development=False) == 0


def test_the_runtime_does_not_bring_the_test_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch)
    installing.asked(development=False)
    assert installing.asked(development=True) > 0


def test_uv_that_finds_no_packages_gives_way_to_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch, refusing=("/bin/uv",))
    installing.asked(uv="/bin/uv")
    assert installing.commands[0].startswith("/bin/uv pip install")
    assert "-m pip install" in installing.commands[-1]


def test_an_install_that_fails_leaves_no_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch, refusing=("pip install",))
    for _ in range(2):
        with pytest.raises(environment.Stop, match="pip could not install"):
            installing.asked()


def test_no_index_is_ever_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installing = Installing(tmp_path, monkeypatch, refusing=("/bin/uv",))
    installing.asked(uv="/bin/uv", development=True)
    assert not [command for command in installing.commands if "index" in command or "http" in command]


def test_the_demo_never_touches_the_database_this_shell_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tasks, "VAR", tmp_path)
    real = {"FEEAPP_DATABASE_URL": "postgresql://books", "FEEAPP_ENV": "production", "PATH": "/usr/bin"}
    demo = tasks.demo_environ(real)
    assert demo["FEEAPP_DATABASE_URL"].endswith("/demo.sqlite")
    assert "FEEAPP_ENV" not in demo
    assert demo["PATH"] == "/usr/bin"


def test_the_demo_s_key_is_made_once_and_is_its_owner_s_alone(tmp_path: Path):
    path = tmp_path / "demo.key"
    key = tasks.demo_key(path)
    assert len(key) == 64
    assert tasks.demo_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
