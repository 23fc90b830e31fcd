"""`dashboard`: what it refuses, before any server starts, and where it would listen."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from coercion_sim.cli import show as command
from coercion_sim.cli.app import run as command_line
from coercion_sim.errors import InvalidInput
from fakes.tiny import write_tiny
from support.children import COMMAND_LINE


def errors_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = command_line(["dashboard", *arguments])
    return code, capsys.readouterr().err


def test_says_how_to_install_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "solara" else object())
    code, text = errors_of(capsys, "korea-2017")
    assert code == 3
    assert "needs solara" in text
    assert "pip install 'coercion-sim[dashboard]'" in text


def test_refuses_assets_of_another_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: object())
    monkeypatch.setattr(command, "version", {"solara-server": "1.58.2", "solara-assets": "1.57.0"}.__getitem__)
    code, text = errors_of(capsys, "korea-2017")
    assert code == 3
    assert "1.58.2 and 1.57.0" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("korea-2018",), "korea-2017"),
        (("korea-2017", "--policy", "respond_as_alies"), "respond_as_allies"),
        (("korea-2017", "--set", "economy.factor_mobilty=1.2"), "economy.factor_mobility"),
    ],
)
def test_refuses_what_it_does_not_know(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "check_installed", lambda: None)
    code, text = errors_of(capsys, *arguments)
    assert code == 3
    assert said in text


def test_a_port_out_of_range_is_a_slip_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = errors_of(capsys, "korea-2017", "--port", "70000")
    assert code == 2
    assert "70000" in text


def test_help_loads_neither_solara_nor_mesa() -> None:
    code = (
        "import sys; from coercion_sim.cli.app import run; run(['dashboard', '--help']);"
        "sys.exit(any(m in sys.modules for m in ('solara', 'mesa', 'matplotlib', 'numpy')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_listens_on_this_machine_and_takes_the_next_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("solara", reason="solara is not installed (extra `dashboard`)")
    from coercion_sim.dashboard import server

    with socket.create_server((server.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with server.free_socket(port) as free:
            host, found = free.getsockname()
        assert host == "127.0.0.1"
        assert port < found <= port + server.MORE_PORTS
        monkeypatch.setattr(server, "MORE_PORTS", 0)
        with pytest.raises(InvalidInput, match="no free port"):
            server.free_socket(port)


@pytest.mark.slow
def test_serves_its_page_and_ends_cleanly_when_interrupted(tmp_path: Path) -> None:
    pytest.importorskip("solara", reason="solara is not installed (extra `dashboard`)")
    import signal
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command_words = [sys.executable, "-c", COMMAND_LINE, "dashboard", str(write_tiny(tmp_path)), "--port", str(port)]
    with subprocess.Popen(command_words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            assert served.stdout is not None
            address = served.stdout.readline().split()[2]
            assert address.startswith("http://127.0.0.1:")
            assert "A small quarrel" in urlopen(address, timeout=20).read().decode()
            with pytest.raises(HTTPError, match="400"):
                urlopen(Request(address, headers={"Host": "elsewhere.example"}), timeout=20)
            served.send_signal(signal.SIGINT)
            assert served.wait(20) == 0
        finally:
            served.kill()
