"""Files that cannot be read at all: one clear error with the place and the remedy, never a traceback."""

from __future__ import annotations

import os

import pytest

from coercion_sim.errors import ScenarioError
from coercion_sim.scenario import check_scenario, load_scenario


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"", None, "is empty"),
        (b"  \n\t\n", None, "is empty"),
        (b"a = 1\nb = [1, 2\nc = 3\n", 3, "not valid TOML"),
        (b'a = 1\nb = "open\n', 2, "does not end on its line"),
        (b"a = 1\na = 2\n", 2, "not valid TOML"),
        (b"a = 1\nb\n", 2, "not valid TOML"),
        (b"a = 1979-13-45\n", 1, "not valid TOML"),
        (b"ok = 1\n\x93\xfa\x00\x01binary", 2, "not text in UTF-8"),
        ("name = 'x'".encode("utf-16"), None, "UTF-16"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, None, "not valid TOML"),
        (b"a = 1" + b"0" * 10_000, None, "not valid TOML"),
        (b"quarters = 0x" + b"f" * 300, None, "more than 18 digits at quarters"),
        (b"[[measures]]\nopen = 1" + b"0" * 400, None, "more than 18 digits at measures[1].open"),
        (b"a = " + b"[" * 300 + b"]" * 300, None, "nested more than 100 deep"),
    ],
)
def test_unreadable_content_is_one_problem_with_file_and_line(bench, raw: bytes, line: int | None, says: str) -> None:
    problem = bench.only(raw)
    assert says in problem.message
    assert problem.file is not None
    assert problem.file.endswith("small.toml")
    if line is not None:
        assert problem.line == line


def test_the_plan_of_a_sweep_has_its_command(bench) -> None:
    problem = bench.only(b'scenario = "australia-2020"\n[[vary]]\nhow = "grid"\n')
    assert "plan of a sweep" in problem.message
    assert problem.line == 2
    assert problem.allowed is not None
    assert problem.allowed.startswith("coercion-sim sweep ")


def test_empty_text_is_called_empty(bench) -> None:
    for key in ("name", "world"):
        text = bench.write().read_text(encoding="utf-8")
        old = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        assert bench.only(text.replace(old, f'{key} = ""').encode()).message == "must not be empty"


def test_a_missing_file_and_a_folder_are_named(bench) -> None:
    missing = bench.only(bench.folder / "missing.toml")
    assert missing.message == "no such file"
    assert missing.file is not None
    assert missing.file.endswith("missing.toml")
    assert "is a folder" in bench.only(bench.folder).message
    assert "is a folder" in check_scenario(".")[0].message


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs an endless file")
def test_an_endless_file_is_refused_not_read() -> None:
    assert "larger than" in check_scenario("/dev/zero")[0].message


def test_every_failure_raises_the_error_that_exits_with_3(bench) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(bench.write(b"\xff\x00"))
    assert caught.value.exit_code == 3


def test_a_byte_order_mark_and_windows_line_ends_are_harmless(bench) -> None:
    text = bench.write().read_text(encoding="utf-8")
    raw = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").replace('coercer = "CHN"', 'coercer = "CHM"').encode()
    problem = bench.only(raw)
    assert (problem.key, problem.line) == ("actors.coercer", 12)


def test_an_unknown_name_offers_the_nearest_and_the_file_beside(bench, monkeypatch) -> None:
    assert check_scenario("australia-2002")[0].suggestion == "australia-2020"
    bench.write(name="mine.toml")
    monkeypatch.chdir(bench.folder)
    problem = check_scenario("mine")[0]
    assert problem.suggestion == "./mine.toml"


def test_an_installed_package_finds_its_scenarios_inside_itself(tmp_path, monkeypatch) -> None:
    from coercion_sim.scenario import list_scenarios, reading, scenario_folder

    shipped = tmp_path / "coercion_sim" / "_shipped" / "scenarios"
    shipped.mkdir(parents=True)
    (shipped / "only-here.toml").write_text("quarters = 1", encoding="utf-8")
    monkeypatch.setattr(reading, "_PACKAGE", tmp_path / "coercion_sim")
    assert scenario_folder() == shipped
    assert list_scenarios() == ("only-here",)
    assert {p.key for p in check_scenario("only-here")} == {"world", "start"}
