"""Published worlds with their published answers, read from the shared data folder; tests skip where it is absent."""

from __future__ import annotations

import csv
import json
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.world import World


def shared(*parts: str) -> Path:
    """Path of a file under the shared data folder (COERCION_SIM_SHARED, else beside the repository); skip if absent."""
    root = Path(os.environ.get("COERCION_SIM_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
    path = root.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"shared data not here: {'/'.join(parts)} (set COERCION_SIM_SHARED)")
    return path


def table(*parts: str) -> dict[str, np.ndarray]:
    """Columns of a CSV file by name: numbers where every cell is one, text otherwise."""
    with shared(*parts).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, np.ndarray] = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        try:
            columns[name] = np.array([float(cell) for cell in cells])
        except ValueError:
            columns[name] = np.array(cells)
    return columns


def arrays(*parts: str) -> dict[str, np.ndarray]:
    """Arrays of an .npz file by name."""
    with np.load(shared(*parts)) as file:
        return {name: file[name] for name in file}


def cp_world() -> World:
    """Caliendo and Parro (2015): 31 regions, 40 sectors, 1993, with published final shares and value added."""
    z = arrays("trade_vectors", "cp2015_nafta", "inputs.npz")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*slightly below 0.*")  # one input share of -0.0006, kept
        return World.from_shares(
            "cp2015",
            [str(x) for x in table("trade_vectors", "cp2015_nafta", "regions.csv")["region"]],
            [str(x) for x in table("trade_vectors", "cp2015_nafta", "sectors.csv")["sector"]],
            spending_share=z["pi_nij"].transpose(2, 1, 0),
            spending=z["X_nj"].T / 1e6,  # US$ to US$ million
            tariff=z["tau_nij"].transpose(2, 1, 0),
            trade_elasticity=z["theta_j"],
            value_added_share=z["gamma_nj"].T,
            input_share=z["gamma_nkj"].transpose(1, 2, 0),
            final_share=z["alpha_nj"].T,
            value_added=z["wL_n"] / 1e6,
        )


def cp_world_as_published() -> World:
    """The same with input and value-added shares as they stand in the file, which miss 1 by up to 4e-7."""
    z = arrays("trade_vectors", "cp2015_nafta", "inputs.npz")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*slightly below 0.*")
        return replace(
            cp_world(), value_added_share=z["gamma_nj"].T, input_share=z["gamma_nkj"].transpose(1, 2, 0), repairs=()
        )


def cp_nafta_tariff() -> np.ndarray:
    """Tariffs of 2005 among Canada, Mexico and the USA, those of 1993 elsewhere, (S, N, N)."""
    return arrays("trade_vectors", "cp2015_nafta", "inputs.npz")["tau_nij_cfl"].transpose(2, 1, 0)


def bilateral(folder: str, column: str) -> tuple[list[str], np.ndarray]:
    """States in order of appearance and one column of ``bilateral.csv`` as a matrix (exporter, importer)."""
    rows = table("trade_vectors", folder, "bilateral.csv")
    states = list(dict.fromkeys(str(x) for x in rows["exporter"]))
    index = {state: i for i, state in enumerate(states)}
    matrix = np.full((len(states), len(states)), np.nan)
    for exporter, importer, value in zip(rows["exporter"], rows["importer"], rows[column], strict=True):
        matrix[index[exporter], index[importer]] = value
    assert np.isfinite(matrix).all()
    return states, matrix


def gravity_world(folder: str, column: str, theta: float = 4.0) -> World:
    """One sector, no inputs, no tariffs: structural gravity."""
    states, flows = bilateral(folder, column)
    return World.from_flows(folder, states, ["goods"], flows[None], theta)


def closed_forms() -> dict[str, Any]:
    """Cases with an exact answer."""
    return dict(json.loads(shared("trade_vectors", "closed_form", "closed_form.json").read_text(encoding="utf-8")))


def autarky_world() -> World:
    """Two equal states, two sectors, input-output links: own shares .8, value added 100 each."""
    case = closed_forms()["symmetric_autarky"]
    gamma, alpha = np.array(case["value_added_share"]), np.array(case["alpha"])
    inputs = (1 - gamma) * np.array(case["io_share_rows_input_cols_output_within_intermediates"])
    sales = np.linalg.solve(np.eye(2) - inputs, alpha * case["value_added_per_country"])
    own = case["trade_share_own"]
    return World.from_flows(
        case["name"],
        case["countries"],
        case["sectors"],
        sales[:, None, None] * np.array([[own, 1 - own], [1 - own, own]])[None],
        case["theta"],
        value_added_share=np.repeat(gamma[:, None], 2, axis=1),
        input_share=np.repeat(inputs[:, :, None], 2, axis=2),
    )
