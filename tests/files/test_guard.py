"""The guard of readers: any failure has a name, sizes are checked before they are taken, limits name their place."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from coercion_sim.errors import GameError, InvalidInput, ResultsError, WorldError
from coercion_sim.files import check_limits, guarded, read_arrays, read_json, read_toml, write_arrays


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ValueError("no  good\nat all"), "is not a readable game (no good at all)"),
        (ValueError("x" * 900), "x..."),
        (KeyError("tree"), "'tree'"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (RecursionError("maximum"), "nested too deeply"),
        (MemoryError(), "larger than memory"),
        (FileNotFoundError(2, "No such file"), "no such file"),
        (PermissionError(13, "Permission denied"), "cannot be read (Permission denied)"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "is not a readable game"),
    ],
)
def test_any_failure_has_file_reason_and_remedy(fault: Exception, words: str) -> None:
    with pytest.raises(GameError) as caught, guarded(Path("g.json"), "game", GameError, "write it anew", "tree"):
        raise fault
    (problem,) = caught.value.problems
    assert words in problem.message
    assert (problem.file, problem.key, problem.allowed) == ("g.json", "tree", "write it anew")
    assert "\n" not in str(problem)
    assert caught.value.__cause__ is fault


def test_named_errors_and_interrupts_pass_as_they_are() -> None:
    for fault in (WorldError("mine"), KeyboardInterrupt(), SystemExit(3)):
        with pytest.raises(type(fault)) as caught, guarded("f", "file"):
            raise fault
        assert caught.value is fault
    with pytest.raises(ResultsError, match="f: cannot be read"), guarded("f", "", ResultsError):
        raise ValueError("x")


# ------------------------------------------------------------------ limits


def nested(levels: int) -> Any:
    inside: Any = 1
    for n in range(levels):
        inside = [inside] if n % 2 else {"a": inside}
    return inside


@pytest.mark.parametrize(("levels", "fits"), [(99, True), (101, True), (102, False), (5000, False)])
def test_nesting_ends_somewhere(levels: int, fits: bool) -> None:
    if fits:
        check_limits(nested(levels))
    else:
        with pytest.raises(ValueError, match="nested more than 100"):
            check_limits(nested(levels))


def test_long_numbers_are_named_by_their_key(tmp_path: Path) -> None:
    check_limits({"a": 10**18 - 1, "b": [-(10**18) + 1], "c": True, "d": 1e300})
    path = tmp_path / "f.toml"
    for number in ("9" * 19, "9" * 400, "9" * 5000, "0x" + "f" * 300):
        path.write_text(f"[[measures]]\nopen = {number}\n")
        with pytest.raises(InvalidInput, match=r"measures\[1\]\.open|limit") as caught:
            read_toml(path)
        assert len(str(caught.value)) < 400


def test_numbers_of_json_are_floats_past_eighteen_digits(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('{"a": 123456789012345678, "b": 100000000000000000000, "c": ' + "9" * 5000 + "}")
    assert read_json(path).data == {"a": 123456789012345678, "b": 1e20, "c": float("inf")}


# ------------------------------------------------------------------ arrays


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text("abcxyz._ ", min_size=1, max_size=5),
        arrays_of.arrays(
            st.sampled_from(["<f8", ">f8", "<i4", "|b1", "<u2", "<f4", "<U7"]),
            arrays_of.array_shapes(min_dims=0, min_side=0),
        ),
        max_size=4,
    ),
    st.integers(0, 9),
)
def test_arrays_come_back_bit_for_bit(tmp_path: Path, kept: dict[str, Any], level: int) -> None:
    write_arrays(tmp_path / "a.npz", kept, level=level)
    first = (tmp_path / "a.npz").read_bytes()
    back = read_arrays(tmp_path / "a.npz", kinds="fiubU")
    assert back.keys() == kept.keys()
    for key, array in kept.items():
        assert (back[key].dtype, back[key].shape, back[key].tobytes()) == (array.dtype, array.shape, array.tobytes())
    write_arrays(tmp_path / "a.npz", dict(reversed(kept.items())), level=level)
    assert (tmp_path / "a.npz").read_bytes() == first


def test_numpy_reads_what_is_written_and_the_reverse(tmp_path: Path) -> None:
    table = np.arange(12.0).reshape(3, 4)
    write_arrays(tmp_path / "a.npz", {"t": table})
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["t"], table)
    np.savez_compressed(tmp_path / "b.npz", t=np.asfortranarray(table))
    np.testing.assert_array_equal(read_arrays(tmp_path / "b.npz")["t"], table)


def archive(path: Path, header: str, data: bytes = bytes(8), *, name: str = "a.npy") -> Path:
    """Write an archive of one member with this header."""
    text = header.encode() + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(name, b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data)
    return path


HEADER = "{{'descr': {}, 'fortran_order': False, 'shape': {}}}"


@pytest.mark.parametrize(
    "header",
    [
        HEADER.format("'<f8'", "(1000000000000,)"), HEADER.format("'<f8'", "(2,)"), HEADER.format("'<f8'", "(-1,)"),
        HEADER.format("'<f8'", "(0,)"), HEADER.format("'<f8'", "('a',)"), HEADER.format("'|O'", "(1,)"),
        HEADER.format("'<f8'", "()")[:20], "", "[" * 900, HEADER.format("3", "(1,)"), HEADER.format("'none'", "(1,)"),
    ],
)  # fmt: skip
def test_headers_that_do_not_fit_are_named_before_memory_is_taken(tmp_path: Path, header: str) -> None:
    path = archive(tmp_path / "a.npz", header)
    tracemalloc.start()
    try:
        with pytest.raises(WorldError) as caught:
            read_arrays(path, WorldError)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == (str(path), "a")


def test_a_file_that_says_more_than_it_can_hold_is_refused_unread(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", HEADER.format("'<f8'", "(1,)"))
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match="2,147,483,648 bytes in a file of"):
        read_arrays(path)


def test_encrypted_doubled_and_other_members_are_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", HEADER.format("'<f8'", "(1,)"))
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match="encrypted"):
        read_arrays(path)
    out = io.BytesIO()
    np.save(out, np.ones(2))
    with zipfile.ZipFile(path, "w") as twice:
        twice.writestr("a.npy", out.getvalue())
        with pytest.warns(UserWarning, match="Duplicate"):
            twice.writestr("a.npy", out.getvalue())
    with pytest.raises(InvalidInput, match="two members"):
        read_arrays(path)
    with zipfile.ZipFile(path, "w") as words:
        words.writestr("readme.txt", "hello")
    with pytest.raises(InvalidInput, match=r"readme\.txt"):
        read_arrays(path)
