"""Time and memory of the importers on files of full size, made here in the layout of the data set and deleted again.

python benchmarks/importers.py [baci] [icio]     # a folder for the files: --folder (default: the temporary one)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS, PRODUCTS, ECONOMIES = 10_875_031, 4_992, 226
AREAS, FINAL = 81, 6

READ = """
import sys, time, pathlib
from coercion_sim.world.sources.{module} import {reader}
begin, cpu = time.perf_counter(), time.process_time()
table = {reader}(pathlib.Path(sys.argv[1]), {year})
wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
status = pathlib.Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
shape = table.flows.shape
print(f"{{wall:.1f}} s, {{cpu:.1f}} CPU s, {{peak:.0f}} MB at most; sum {{table.flows.sum():,.1f}}, {{shape}}")
"""


def make_baci(path: Path, rows: int = ROWS) -> float:
    """Write a BACI year: sorted by exporter, importer, product; 2 % of quantities missing, padded; return its value."""
    from coercion_sim.world.codes import countries, hs_sectors

    rng = np.random.default_rng(1)
    codes = np.array([int(c.baci.split(";")[0]) for c in countries() if c.baci and not c.last_year][:ECONOMIES])
    headings = [code for code in hs_sectors() if len(code) == 4 or (len(code) == 2 and int(code) < 98)]
    six = sorted({f"{(head + '00')[:4]}{sub:02d}" for head in headings for sub in range(10, 99)})
    products = np.array(sorted(rng.choice(len(six), PRODUCTS, replace=False)))
    keys = np.unique(rng.integers(0, ECONOMIES * ECONOMIES * PRODUCTS, rows + rows // 20))
    keys = np.sort(rng.choice(keys, rows, replace=False))
    total = 0.0
    with path.open("w", encoding="utf-8") as out:
        out.write("t,i,j,k,v,q\n")
        for start in range(0, rows, 500_000):
            part = keys[start : start + 500_000]
            i, rest = np.divmod(part, ECONOMIES * PRODUCTS)
            j, k = np.divmod(rest, PRODUCTS)
            value = np.round(rng.lognormal(3, 3, len(part)), 3)
            amount = np.round(value * rng.uniform(0.1, 2, len(part)), 3)
            missing = rng.random(len(part)) < 0.02
            total += float(value.sum())
            out.writelines(
                f"2019,{a},{b},{six[c]},{v:>12},{'          NA' if none else q}\n"
                for a, b, c, v, q, none in zip(
                    codes[i].tolist(), codes[j].tolist(), products[k].tolist(), value.tolist(), amount.tolist(),
                    missing.tolist(), strict=True,
                )
            )  # fmt: skip
    return total / 1000


def make_icio(path: Path) -> float:
    """Write an ICIO table of 81 areas and 50 industries, the 2025 regular layout; return the sum of its flows."""
    from coercion_sim.world.codes import countries

    rng = np.random.default_rng(2)
    areas = [*sorted({c.icio.split(";")[0] for c in countries() if c.icio})[: AREAS - 1], "ROW"]
    industries = [f"C{n:02d}" if n >= 10 else f"A0{n + 1}" for n in range(50)]
    labels = [f"{area}_{industry}" for area in areas for industry in industries]
    final = [f"{a}_{c}" for a in areas for c in ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")]
    total = 0.0
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(("V1", *labels, *final, "OUT")) + "\n")
        for label in labels:
            row = rng.lognormal(0, 2, len(labels) + len(final)).round(4)
            row[len(labels) + 4 :: FINAL] *= rng.choice((-1, 1), AREAS)
            total += float(row.sum())
            out.write(f"{label}," + ",".join(map(str, row.tolist())) + f",{row.sum():.4f}\n")
        below = rng.uniform(100, 200, len(labels))
        pad = ",".join(["0"] * (len(final) + 1))
        for name in ("TLS", "VA"):
            out.write(f"{name}," + ",".join(f"{x:.4f}" for x in below) + f",{pad}\n")
        out.write("OUT," + ",".join(f"{x:.4f}" for x in below) + f",{pad}\n")
    return total


def measure(name: str, folder: Path) -> None:
    """Make the file, read it in a process of its own, print what it took, delete the file."""
    file, make, module, year = {
        "baci": ("BACI_HS17_Y2019_V202501.csv", make_baci, "trade_tables", "2019"),
        "icio": ("2019_SML.csv", make_icio, "io_tables", "2019"),
    }[name]
    path = folder / file
    try:
        begin = time.perf_counter()
        total = make(path)
        size = path.stat().st_size / 2**20
        print(f"{name}: {size:.0f} MB made in {time.perf_counter() - begin:.0f} s, sum {total:,.1f}", flush=True)
        script = READ.format(module=module, reader=f"read_{name}", year=year)
        subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    finally:
        path.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=["baci", "icio", []], default=[])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    for name in options.which or ("icio", "baci"):
        measure(name, options.folder)


if __name__ == "__main__":
    main()
