"""What the machine must have: found, installed where allowed, else named with the command that brings it."""

import subprocess

import pytest

from tools import bootstrap, machine
from tools.machine import Need, Stop


def needs(present: dict[str, bool]) -> list[Need]:
    return [Need(f"{name} library", lambda name=name: present[name], f"lib{name}0", name, name) for name in present]


def only(*names: str):
    return lambda name: f"/usr/bin/{name}" if name in names else None


class Apt:
    """Stands in for subprocess.run; the packages "arrive" when they are installed."""

    def __init__(self, present: dict[str, bool], works: bool = True) -> None:
        self.present, self.works, self.commands = present, works, []

    def __call__(self, command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if "install" in command and self.works:
            self.present.update(dict.fromkeys(self.present, True))
        return subprocess.CompletedProcess(command, 0 if self.works else 100, "", "E: no such package")


def test_nothing_is_run_where_all_is_there():
    apt = Apt({"pango": True})
    machine.provide(needs(apt.present), prefix=lambda: [], run=apt)
    assert apt.commands == []


def test_root_installs_only_what_is_missing_after_refreshing_the_lists():
    apt = Apt({"pango": False, "harfbuzz": True})
    said: list[str] = []
    machine.provide(needs(apt.present), prefix=lambda: [], run=apt, say=said.append)
    update, install = apt.commands
    assert update[-1] == "update"
    assert install[-1] == "libpango0"
    assert "libharfbuzz0" not in install
    assert said == ["Installing system packages: libpango0"]


def test_without_the_right_to_install_the_command_is_given_and_nothing_is_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine.shutil, "which", only("apt-get"))
    apt = Apt({"pango": False, "harfbuzz": False})
    with pytest.raises(Stop) as stopped:
        machine.provide(needs(apt.present), prefix=lambda: None, run=apt)
    assert "- pango library\n  - harfbuzz library" in str(stopped.value)
    assert apt.commands == []


def test_an_install_that_brings_nothing_says_what_apt_said():
    apt = Apt({"pango": False}, works=False)
    with pytest.raises(Stop, match="E: no such package"):
        machine.provide(needs(apt.present), prefix=lambda: [], run=apt, say=lambda _: None)


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get update && sudo apt-get install -y --no-install-recommends libpango0"),
        ("dnf", "sudo dnf install -y pango"),
        ("brew", "brew install pango"),
        ("none", "your system's package manager"),
    ],
)
def test_the_advice_speaks_the_system_s_own_language(manager: str, command: str):
    assert command in machine.advice(needs({"pango": False}), which=only(manager))


def test_packages_that_serve_two_needs_are_named_once():
    assert "brew install pango harfbuzz\n" in machine.advice(machine.PRINTING, which=only("brew"))


@pytest.mark.parametrize(
    ("programs", "user", "sudo", "expected"),
    [
        (("apt-get",), 0, 1, []),
        (("apt-get", "sudo"), 1000, 0, ["sudo", "-n"]),
        (("apt-get", "sudo"), 1000, 1, None),
        (("apt-get",), 1000, 0, None),
        (("sudo",), 0, 0, None),
    ],
)
def test_apt_is_used_only_by_root_or_by_sudo_without_a_password(programs, user, sudo, expected):
    def run(command, **options):
        return subprocess.CompletedProcess(command, sudo)

    assert machine.apt_prefix(which=only(*programs), user=lambda: user, run=run) == expected


def test_a_library_is_looked_for_by_its_own_name_before_it_is_called_missing():
    def refuse(name: str) -> object:
        raise OSError(name)

    assert machine.library("libc.so.6")
    assert not machine.library("libno-such-thing-1.0.so.0", load=refuse)


def test_any_of_the_usual_chromiums_will_do():
    assert machine.browser(only("chromium-browser")) == "/usr/bin/chromium-browser"
    assert machine.browser(only("firefox")) is None


def test_an_old_python_gets_a_sentence_and_a_newer_one_beside_it_is_found():
    assert "needs Python 3.11 or newer; this is Python 3.9" in bootstrap.refusal((3, 9))
    assert bootstrap.newer_python(only("python3.12", "python3.9")) == "/usr/bin/python3.12"
    assert bootstrap.newer_python(only("python3.10")) is None
