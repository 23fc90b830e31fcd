"""OECD Inter-Country Input-Output tables by industry: input columns of each economy, and services taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Places, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import read_arrays as read_npz
from coercion_sim.world.audit import Trade
from coercion_sim.world.build.recipe import ServicesSpec
from coercion_sim.world.build.split import ras

Columns = dict[tuple[str, str], dict[str, float]]


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """Read these arrays of an .npz file; refuses a file without one of them, or with numbers that are not finite."""
    arrays = read_npz(path, WorldError, kinds="fiubU")
    WorldError.refuse(
        Problem("array missing", file=str(path), key=name, suggestion=nearest(name, arrays))
        for name in names
        if name not in arrays
    )
    WorldError.refuse(
        Problem("has numbers that are not finite", file=str(path), key=name)
        for name in names
        if arrays[name].dtype.kind == "f" and not np.isfinite(arrays[name]).all()
    )
    return {name: arrays[name] for name in names}


def read_columns(path: Path, world: str) -> tuple[Columns, tuple[str, ...]]:
    """Input columns (economy, using industry) -> input industry -> share of gross output, and the industries.

    Only an industry that has gross output has a column. The column of `world` is the mean over all economies, weighted
    by their gross output of the using industry: it stands for economies and industries the tables do not have.
    """
    read = read_arrays(path, ("countries", "sectors", "input_share", "gross_output"))
    economies, sectors = (tuple(map(str, read[key])) for key in ("countries", "sectors"))
    share, output = (np.asarray(read[key], dtype=np.float64) for key in ("input_share", "gross_output"))
    S, N = len(sectors), len(economies)
    if share.shape != (S, S, N) or output.shape != (S, N):
        shapes = f"{share.shape} and {output.shape}"
        raise WorldError(Problem("wrong shape of input_share or gross_output", file=str(path), found=shapes))
    low, high = float(share.min()), float(share.sum(axis=0).max())
    if low < 0 or high > 1 or output.min() < 0:
        raise WorldError(Problem("input shares need 0 <= share and columns of at most 1", file=str(path)))
    columns = {
        (economies[n], sectors[j]): dict(zip(sectors, share[:, j, n].tolist(), strict=True))
        for j, n in np.argwhere(output > 0)
    }
    spent, total = np.einsum("kjn,jn->kj", share, output), output.sum(axis=1)
    mean = ratio(spent, total)
    columns |= {(world, s): dict(zip(sectors, mean[:, j].tolist(), strict=True)) for j, s in enumerate(sectors)}
    return columns, sectors


def split_services(trade: Trade, path: Path, spec: ServicesSpec) -> tuple[Trade, tuple[str, ...]]:
    """Replace the one services sector of the trade data by its industries, cell by cell (`service_flows`)."""
    names = ("countries", "sectors", "intermediate_flows", "final_sales", "gross_output")
    read = read_arrays(path, names)
    industries, known = (tuple(map(str, read[key])) for key in ("sectors", "countries"))
    inside = trade.sector == spec.code
    wrong = [
        Problem("no industry of the services file", file=str(path), key=f"services.final_abroad.{code}", found=code,
                suggestion=nearest(code, industries))
        for code in spec.final_abroad
        if code not in industries
    ] + ([] if inside.any() else [Problem("sector of services not in the trade data", found=spec.code)])  # fmt: skip
    economies = tuple(sorted(set(trade.exporter[inside]) | set(trade.importer[inside])))
    lost = sorted(set(known) - set(economies))
    if lost:
        wrong.append(Problem("economies without trade in services", file=str(path), found=", ".join(lost)))
    WorldError.refuse(wrong)
    at = {economy: n for n, economy in enumerate(economies)}
    whole = np.zeros((len(economies), len(economies)))
    ends = [np.array([at[str(e)] for e in side[inside]], dtype=np.intp) for side in (trade.exporter, trade.importer)]
    np.add.at(whole, tuple(ends), np.maximum(trade.value[inside], 0.0))
    tables = {key: np.asarray(read[key], dtype=np.float64) for key in names[2:]}
    abroad = np.array([spec.final_abroad.get(code, np.nan) for code in industries])
    flows = service_flows(whole, tables, np.array([at[e] for e in known]), abroad)
    k, i, n = np.nonzero(flows)
    labels, codes = np.array(economies), np.array(industries)
    split = trade.with_cells(~inside, labels[i], labels[n], codes[k], flows[k, i, n])
    return split, _notes(flows, industries, spec)


def service_flows(whole: Array, tables: Mapping[str, Array], at: Places, abroad: Array) -> Array:
    """Divide services sold between economies among K industries, (K, E, E); the industries of a cell add up to `whole`.

    For each exporter a matrix (industry, importer) is fitted proportionally (`ras`) to two margins: what it sells to
    each importer in the trade data, and its output of services by the industries' shares in the tables. The prior is
    the recorded intermediate sales plus final sales, which the tables do not have by destination: of those a share goes
    abroad, `abroad` where given, else the share of the industry's intermediate sales that does, divided among
    importers like all its exporter's services (an ASSUMPTION). An economy outside the tables sells every importer the
    mix the importer buys from the others, and itself the mix of their home sales.

    Parameters
    ----------
    whole : (E, E)
        Services of all kinds, exporter x importer, home sales on the diagonal; US$ million.
    tables
        ``intermediate_flows`` (K, M, M), ``final_sales`` (K, M) and ``gross_output`` (K, M) of the M economies listed.
    at : (M,)
        Their positions among the E economies.
    abroad : (K,)
        Share of final sales that goes abroad, NaN where the intermediate share stands in for it.
    """
    K, E = tables["gross_output"].shape[0], whole.shape[0]
    flows = np.zeros((K, E, E))
    for m, i in enumerate(at):
        if whole[i].sum() <= 0:
            continue
        between, final, output = (tables[key][:, m] for key in ("intermediate_flows", "final_sales", "gross_output"))
        prior = _prior(whole[i], between, final, output, int(i), at, abroad) * (output > 0)[:, None]
        rows = output / output.sum() * whole[i].sum()
        flows[:, i] = ras(prior, rows, whole[i], tolerance=1e-9, what=f"services of economy {i}")
    inside = np.isin(np.arange(E), at)
    apart = flows * (1.0 - np.eye(E))
    home = np.einsum("knn->k", flows)
    for i in np.flatnonzero(~inside):
        mix = apart.sum(axis=1)
        mix[:, i] = home
        mix = np.where(mix.sum(axis=0) > 0, mix, home[:, None])
        flows[:, i] = whole[i] * mix / mix.sum(axis=0)
    return flows


def _prior(sold: Array, between: Array, final: Array, output: Array, i: int, at: Places, abroad: Array) -> Array:
    """Pattern of the services that economy `i` sells, (K, E), before the fit; see `service_flows`."""
    total, home = between.sum(axis=1), between[:, at == i].sum(axis=1)
    foreign = 1.0 - ratio(home, total, 1.0)
    exported = np.where(np.arange(sold.size) == i, 0.0, sold)
    share = np.where(np.isnan(abroad), foreign, abroad) * (exported.sum() > 0)
    prior = np.outer(share * final, exported / max(exported.sum(), 1e-300))
    prior[:, i] += (1.0 - share) * final
    prior[:, at] += between
    prior[:, prior.sum(axis=0) <= 0] = output[:, None]
    prior += 1e-12 * np.outer(output, sold) / sold.sum()  # no margin without a cell
    return prior


def _notes(flows: Array, industries: Sequence[str], spec: ServicesSpec) -> tuple[str, ...]:
    """Say how services were divided, and what each industry sells abroad."""
    total = flows.sum(axis=(1, 2))
    foreign = total - np.einsum("knn->k", flows)
    listed = ", ".join(
        f"{code} {sold / 1e6:.2f} ({out / sold if sold else 0.0:.1%})"
        for code, sold, out in zip(industries, total, foreign, strict=True)
    )
    assumed = ", ".join(f"{code} {share:.0%}" for code, share in spec.final_abroad.items())
    return (
        f"Services ({spec.code}) divided into {len(industries)} industries: each exporter's intermediate sales by "
        "destination and output by industry are data (of the tables' year), final sales by destination an ASSUMPTION: "
        "the share sold abroad is that of the industry's intermediate sales"
        + (f", set for {assumed}" if assumed else "")
        + ", divided among destinations like all services of the exporter; then fitted to the trade data's totals by "
        f"exporter and importer. Sales in US$ trillion (share sold abroad): {listed}.",
    )
