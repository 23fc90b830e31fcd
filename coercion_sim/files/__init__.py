"""The one way in for users' files, and the way out.

In: `read_toml` or `read_json` gives a `Document` (data, and the line of every key); `validate` checks one of its tables
against a pydantic model (usually a `Table`) and returns the model with every `Problem`. Out: files written whole,
TOML that reads back unchanged, hashes.
"""

from coercion_sim.files.document import Document, KeyPath, Origin, has, lay, move_places, put
from coercion_sim.files.explaining import QUARTER, KeyFault, allowed, keys, number_field
from coercion_sim.files.reading import (
    LONGEST_NAME,
    FolderName,
    Label,
    Labels,
    Name,
    Piece,
    QuarterLabel,
    Table,
    check_limits,
    guarded,
    read_file,
    read_json,
    read_text,
    read_toml,
    validate,
    validate_all,
)
from coercion_sim.files.text_table import TextTable, parse_number, read_table, with_points
from coercion_sim.files.writing import (
    code_hash,
    plain,
    plain_data,
    put_in_place,
    read_arrays,
    sha256,
    sync_folder,
    toml_block,
    toml_list,
    toml_table,
    toml_text,
    write_arrays,
    write_bytes,
    write_text,
    write_whole,
)

__all__ = [
    "LONGEST_NAME", "QUARTER", "Document", "FolderName", "KeyFault", "KeyPath", "Label", "Labels", "Name",
    "Origin", "Piece", "QuarterLabel", "Table", "TextTable", "allowed", "check_limits", "code_hash",
    "guarded", "has", "keys", "lay", "move_places", "number_field", "parse_number", "plain", "plain_data", "put",
    "put_in_place", "read_arrays", "read_file", "read_json", "read_table", "read_text", "read_toml", "sha256",
    "sync_folder", "toml_block", "toml_list", "toml_table", "toml_text", "validate", "validate_all",
    "with_points", "write_arrays", "write_bytes", "write_text", "write_whole",
]  # fmt: skip
