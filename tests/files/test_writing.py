"""Files are written whole, TOML reads back unchanged, and hashes change with what is hashed."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.files import (
    code_hash,
    put_in_place,
    sha256,
    sync_folder,
    toml_block,
    toml_list,
    toml_table,
    toml_text,
    write_bytes,
    write_text,
    write_whole,
)


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "a\nb é")
    assert (tmp_path / "a.txt").read_bytes() == "a\nb é".encode()
    write_bytes(tmp_path / "a.txt", b"\r\n\x00")
    assert (tmp_path / "a.txt").read_bytes() == b"\r\n\x00"
    assert sha256(tmp_path / "a.txt") == hashlib.sha256(b"\r\n\x00").hexdigest()
    sync_folder(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    write_text(path, "old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert path.read_text() == "old"


def test_a_link_is_followed_and_a_pipe_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("old")
    (tmp_path / "link").symlink_to("kept")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "kept").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text(tmp_path / "pipe", "news")
    assert os.read(reader, 10) == b"news"
    assert (tmp_path / "pipe").is_fifo()
    os.close(reader)


def test_a_finished_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    put_in_place(tmp_path / "new", tmp_path / "old")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("old", "new")]


def test_the_hash_of_code_knows_its_rooms() -> None:
    assert code_hash(("errors.py",)) != code_hash(("rng.py",))
    assert code_hash(("files",)) == code_hash(("files",))
    assert len(code_hash(("files", "errors.py"))) == 64


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)


@given(words, st.lists(words, max_size=4), st.floats(allow_nan=False))
def test_anything_written_as_toml_reads_back(text: str, listed: list[str], number: float) -> None:
    table = {"text": text, "number": number, "list": listed}
    lines = [f"text = {toml_text(text)}", f"list = {toml_list(listed)}", f"table = {toml_table(table)}"]
    read = tomllib.loads("\n".join([*lines, *toml_block("block", [toml_text(word) for word in listed])]))
    assert read == {"text": text, "list": listed, "table": table, "block": listed}
