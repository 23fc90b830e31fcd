"""Results for other programs: arrays of xarray, files of Stata, RO-Crates, read back and compared with the tables."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

from coercion_sim.cli.app import run as command_line
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results, open_results, run_in_memory, run_into
from coercion_sim.experiments.store.export import GRIDS, stata_names
from coercion_sim.experiments.store.ownership import others, own_files
from coercion_sim.outcomes import TABLES, column
from support.folders import fake_job, folder_of, losses
from support.small_results import make

# ------------------------------------------------------------------ xarray


@pytest.fixture
def swept(tmp_path: Path) -> Results:
    return run_into(tmp_path / "sweep", fake_job(losses(1.0, 1.5, 2.0), replicates=2)).results


@pytest.mark.parametrize("name", sorted(GRIDS))
def test_arrays_have_every_cell_of_the_table(swept: Results, name: str) -> None:
    pytest.importorskip("xarray", reason="xarray is not installed (extra `analysis`)")
    rows, arrays = swept.frame(name), swept.to_xarray(name)
    axes = ["policy", "point", "replicate", *GRIDS[name]]
    assert list(arrays.sizes) == axes
    assert {*arrays.data_vars, *axes, "step"} >= set(rows.columns)
    assert all(arrays[v].dims == tuple(axes) for v in arrays.data_vars)
    cells = rows[axes].merge(arrays.to_dataframe().reset_index(), on=axes, how="left")
    pd.testing.assert_frame_equal(cells[list(rows.columns)], rows, check_exact=True, check_dtype=False)


def test_arrays_keep_order_units_and_what_is_missing() -> None:
    pytest.importorskip("xarray", reason="xarray is not installed (extra `analysis`)")
    results = make(replicates=3, failed=[("stand_alone", 1)])
    states = results.to_xarray("states")
    assert list(states.policy.values) == list(results.policies)
    assert list(states.quarter.values) == list(results.quarters)
    assert list(states.state.values) == list(results.states)
    assert list(states.step.values) == list(range(12))
    entry = column("coercion_effect", "states")
    assert states.coercion_effect.attrs == {
        "units": "% of GDP", "long_name": entry.words, "description": entry.definition,
    }  # fmt: skip
    assert states.attrs["seed"] == 7
    gone = states.coercion_effect.sel(policy="stand_alone", replicate=1)
    assert np.isnan(gone.values).all()
    assert int(np.isnan(states.coercion_effect.values).sum()) == 12 * 4
    loss = results.to_xarray().target_loss_pv.sel(policy="stand_alone", point=0)
    assert loss.values == pytest.approx([0.4, np.nan, 0.4 * 1.2], nan_ok=True)
    part = results.only(policies=["respond_as_allies"]).to_xarray("states", ["burden"])
    assert list(part.data_vars) == ["burden"]
    assert list(part.policy.values) == ["respond_as_allies"]


def test_a_table_on_no_grid_and_an_absent_column_are_named(made: Results) -> None:
    for name in ("events", "disputes"):
        with pytest.raises(InvalidInput, match=r"no grid.*found " + name):
            made.to_xarray(name)
    pytest.importorskip("xarray", reason="xarray is not installed (extra `analysis`)")
    with pytest.raises(ResultsError, match="burdens"):
        made.to_xarray("states", ["burdens"])


def test_without_xarray_the_remedy_is_named(made: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InvalidInput, match=r"xarray is not installed.*pip install 'coercion-sim\[analysis\]'"):
        made.to_xarray()


# ------------------------------------------------------------------ Stata


def test_stata_files_read_back_as_the_tables_with_labels(swept: Results, tmp_path: Path) -> None:
    paths = swept.to_stata(tmp_path / "stata")
    assert [p.stem for p in paths] == list(swept.tables)
    for path in paths:
        table, names = swept.frame(path.stem), stata_names(swept.table(path.stem).column_names)
        with pd.io.stata.StataReader(path) as reader:
            labels, read = reader.variable_labels(), reader.read()
            assert reader.data_label.startswith(path.stem)
        assert list(read.columns) == [names[c] for c in table.columns]
        for name, short in names.items():
            if table[name].dtype.kind in "iuf":
                np.testing.assert_array_equal(read[short].to_numpy(float), table[name].to_numpy(float))
            else:
                assert read[short].tolist() == table[name].fillna("").tolist()
        assert all(labels.values())
        assert max(map(len, labels.values())) <= 80
    with pd.io.stata.StataReader(tmp_path / "stata" / "states.dta") as reader:
        assert reader.variable_labels()["burden"] == "Burden of own responses (% of GDP)"
    again = swept.to_stata(tmp_path / "again")
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]


def test_names_of_stata_are_short_and_each_once() -> None:
    long = "param.policy.respond_as_allies.a_very_long_parameter_of_it"
    columns = ["policy", "param.economy.factor_mobility", long, long.replace("very", "vary"), "in", "param.2nd", "a.b"]
    names = stata_names(columns)
    assert names["policy"] == "policy"
    assert names["param.economy.factor_mobility"] == "economy_factor_mobility"
    assert names["in"] == "v_in"
    assert names["param.2nd"] == "v_2nd"
    assert len(set(names.values())) == len(columns)
    assert all(len(n) <= 32 and n.isidentifier() for n in names.values())
    assert names[long].endswith("long_parameter_of_it")
    assert all(len(c.name) <= 32 for table in TABLES.values() for c in table)


def test_texts_too_long_and_numbers_not_finite_pass_through_stata(tmp_path: Path) -> None:
    results = make(replicates=1)
    runs = results.frame("runs")
    runs.loc[0, "error"] = "é" * 3000
    runs.loc[0, "worst_residual"] = np.inf
    import pyarrow as pa

    results._tables["runs"] = pa.Table.from_pandas(runs, preserve_index=False)
    (path,) = results.to_stata(tmp_path, ["runs"])
    read = pd.read_stata(path)
    assert read.error[0] == "é" * 3000
    assert np.isnan(read.worst_residual[0])


# ------------------------------------------------------------------ RO-Crate


def references(value: Any) -> Iterator[str]:
    """Identifiers that an entity refers to."""
    if isinstance(value, Mapping):
        if set(value) == {"@id"}:
            yield value["@id"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def read_crate(folder: Path) -> dict[str, dict[str, Any]]:
    """Entities by identifier, after the checks of the specification's structure."""
    crate = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    assert set(crate) == {"@context", "@graph"}
    assert crate["@context"][0] == "https://w3id.org/ro/crate/1.2/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    root = entities[descriptor["about"]["@id"]]
    assert root["@id"] == "./"
    assert root["@type"] == "Dataset"
    assert all(root[must] for must in ("name", "description", "datePublished", "license"))
    assert pd.Timestamp(root["datePublished"])
    known = {*entities, "https://w3id.org/ro/crate/1.2", "http://schema.org/CompletedActionStatus"}
    assert [r for e in entities.values() for r in references({k: v for k, v in e.items() if k != "@id"})
            if r not in known] == []  # fmt: skip
    return entities


def parts(entities: Mapping[str, dict[str, Any]], of: str = "./") -> set[str]:
    """Files that a data set has, those of its data sets too."""
    inside = [part["@id"] for part in entities[of].get("hasPart", ())]
    return {p for p in inside if not p.endswith("/")} | {
        f for p in inside if p.endswith("/") for f in parts(entities, p)
    }


def test_a_crate_names_every_file_with_its_hash(made: Results) -> None:
    folder = folder_of(made)
    (folder / "a note.txt").write_text("mine")
    made.to_stata(tables=["outcomes"])
    assert made.to_crate(author="Institute of Trade") == folder / "ro-crate-metadata.json"
    entities = read_crate(folder)
    files = {unquote(i): e for i, e in entities.items() if e["@type"] == "File"}
    assert {unquote(p) for p in parts(entities)} == set(files)
    assert {"manifest.json", "a note.txt", "stata/outcomes.dta", "states/part-00000.parquet"} <= set(files)
    for name, entity in files.items():
        data = (folder / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(data).hexdigest()
        assert int(entity["contentSize"]) == len(data)
    for name, written in made.manifest["files"].items():
        assert files[name]["sha256"] == written["sha256"]
    assert entities["#authors"]["name"] == "Institute of Trade"
    assert entities["./"]["identifier"] == made.manifest["key"]


def test_a_crate_names_software_command_licence_and_units(made: Results) -> None:
    made.to_crate("MIT")
    entities = read_crate(folder_of(made))
    software, run = entities["#coercion-sim"], entities["#run"]
    assert software["version"] == made.manifest["package"]["version"]
    assert software["identifier"] == made.manifest["package"]["code"]
    assert run["instrument"] == {"@id": "#coercion-sim"}
    assert run["endTime"] == made.manifest["finished"]
    assert entities["./"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert entities["./"]["citation"] == {"@id": "#coercion-sim"}
    burden = entities["#states.burden"]
    assert burden["unitText"] == "% of GDP"
    assert burden["description"] == column("burden", "states").definition


def test_a_crate_is_ours_to_replace_and_a_foreign_one_is_not(made: Results) -> None:
    folder = folder_of(made)
    path = made.to_crate()
    first = path.read_bytes()
    assert made.to_crate().read_bytes() == first
    assert path in own_files(folder)
    assert open_results(folder).policies == made.policies
    path.write_text('{"@graph": []}')
    assert "ro-crate-metadata.json" in others(folder)
    with pytest.raises(ResultsError, match="not of coercion-sim"):
        made.to_crate()


def test_what_cannot_be_exported_is_named(made: Results) -> None:
    for licence in ("", "my own!"):
        with pytest.raises(InvalidInput, match="license: no licence"):
            made.to_crate(licence)
    memory = run_in_memory(fake_job(replicates=1)).results
    for name in ("to_crate", "to_stata"):
        with pytest.raises(InvalidInput, match="results in memory have no folder"):
            getattr(memory, name)()


def test_the_command_exports_both(made: Results, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(made)
    assert command_line(["export", str(folder), "--to", "stata", "--table", "outcomes"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(folder / "stata" / "outcomes.dta")]
    assert command_line(["export", str(folder), "--to", "crate", "--license", "CC0-1.0"]) == 0
    assert "stata/outcomes.dta" in read_crate(folder)
    assert command_line(["export", str(folder), "--to", "crate", "--table", "runs"]) == 2
    assert command_line(["export", str(folder), "--to", "stata", "--table", "run", "--table", "foo"]) == 3
    said = capsys.readouterr().err
    assert "did you mean runs" in said
    assert f"unknown table; found 'foo'; allowed: {', '.join(made.tables)}" in said
