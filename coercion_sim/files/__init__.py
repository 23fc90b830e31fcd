"""Files in and out: text, TOML with the line of each key, tables checked by pydantic, files written whole, hashes."""

from coercion_sim.files.atomic import put_in_place, sha256, sync_folder, write_text, write_whole
from coercion_sim.files.calendar import Quarter, suggest_quarter
from coercion_sim.files.content_hash import code_hash
from coercion_sim.files.table import Label, Labels, Name, QuarterLabel, Table, unit_of
from coercion_sim.files.toml_lines import Path as TomlPath
from coercion_sim.files.toml_lines import locate
from coercion_sim.files.toml_text import line_of, read_toml, toml_block, toml_list, toml_table, toml_text

__all__ = [
    "Label",
    "Labels",
    "Name",
    "Quarter",
    "QuarterLabel",
    "Table",
    "TomlPath",
    "code_hash",
    "line_of",
    "locate",
    "put_in_place",
    "read_toml",
    "sha256",
    "suggest_quarter",
    "sync_folder",
    "toml_block",
    "toml_list",
    "toml_table",
    "toml_text",
    "unit_of",
    "write_text",
    "write_whole",
]
