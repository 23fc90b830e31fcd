"""Small files in the layouts of the public data sets, traps included, written by hand."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def matrix_text(rows: Sequence[str], columns: Sequence[str], values: Array, corner: str = "V1") -> str:
    """A labelled matrix as CSV."""
    lines = [",".join((corner, *columns))]
    lines += [",".join((label, *(f"{x:.10g}" for x in row))) for label, row in zip(rows, values, strict=True)]
    return "\n".join(lines) + "\n"


class SmallTable:
    """An input-output table among areas (parts of countries included) with `final` components of final demand."""

    def __init__(
        self, areas: Sequence[str], industries: Sequence[str], buyers: Sequence[str], final: int, seed: int = 0
    ) -> None:
        rng = np.random.default_rng(seed)
        self.areas, self.industries, self.buyers = tuple(areas), tuple(industries), tuple(buyers)
        M, S, F = len(areas), len(industries), len(buyers)
        self.between = rng.uniform(0.5, 5.0, (M, S, M, S)).round(3)
        self.final = rng.uniform(5.0, 50.0, (M, S, F, final)).round(3)
        self.final[..., -1] = rng.uniform(-4.0, 4.0, (M, S, F)).round(3)  # changes of stocks, some below 0
        self.value = rng.uniform(60.0, 90.0, (M, S)).round(3)
        self.taxes = rng.uniform(1.0, 3.0, (M, S)).round(3)
        self.final_taxes = rng.uniform(1.0, 3.0, (F, final)).round(3)

    def empty(self, area: str) -> None:
        """No sales and no purchases of industries of an area, as for CHN where CN1 and CN2 have them."""
        m = self.areas.index(area)
        self.between[m] = self.between[:, :, m] = self.final[m] = self.value[m] = self.taxes[m] = 0.0

    def sums(self, whole: Mapping[str, str]) -> tuple[list[str], Array, Array, Array]:
        """Countries, flows (S, N, N), inputs (S, S, N) and GDP (N,) by plain loops; `whole` names a part's country."""
        countries = sorted({whole.get(a, a) for a in (*self.areas, *self.buyers)}, key=lambda c: (c == "ROW", c))
        at = {c: n for n, c in enumerate(countries)}
        S, N = len(self.industries), len(countries)
        flows, inputs, gdp = np.zeros((S, N, N)), np.zeros((S, S, N)), np.zeros(N)
        for m, seller in enumerate(self.areas):
            i = at[whole.get(seller, seller)]
            gdp[i] += (self.value[m] + self.taxes[m]).sum()
            for k in range(S):
                for b, buyer in enumerate(self.areas):
                    n = at[whole.get(buyer, buyer)]
                    flows[k, i, n] += self.between[m, k, b].sum()
                    inputs[k, :, n] += self.between[m, k, b]
                for f, buyer in enumerate(self.buyers):
                    flows[k, i, at[whole.get(buyer, buyer)]] += self.final[m, k, f].sum()
        for f, buyer in enumerate(self.buyers):
            gdp[at[whole.get(buyer, buyer)]] += self.final_taxes[f].sum()
        return countries, flows, inputs, gdp

    @property
    def body(self) -> Array:
        """Rows of industries without totals: intermediate use, then final use area by area."""
        M, S = len(self.areas), len(self.industries)
        return np.hstack([self.between.reshape(M * S, M * S), self.final.reshape(M * S, -1)])


def icio_text(table: SmallTable, components: Sequence[str], edition: int = 2025) -> str:
    """ICIO in the layout of an edition: 2016 has component_area, a discrepancy column and one row of value added."""
    rows = [f"{a}_{i}" for a in table.areas for i in table.industries]
    body, names = table.body, [f"{a}_{c}" for a in table.buyers for c in components]
    count, taxes, value = len(rows), np.r_[table.taxes.ravel(), table.final_taxes.ravel()], table.value.ravel()
    if edition == 2016:
        F, C = len(table.buyers), len(components)
        order = [f * C + c for c in range(C) for f in range(F)]
        body = np.hstack([body[:, :count], body[:, count:][:, order], np.full((count, 1), 0.25)])
        names = [f"{c}_{a}" for c in components for a in table.buyers] + ["DISC"]
        taxes = np.r_[taxes[:count], taxes[count:][order], 0.0]
    total = body.sum(axis=1)
    pad = np.zeros(body.shape[1] - count)
    below = {"VA.TAXSUB" if edition == 2016 else "VA": np.r_[value, pad], "TLS": taxes}
    if edition == 2016:
        below = {"VA.TAXSUB": below["VA.TAXSUB"] + taxes}
    last, out = ("TOTAL", "OUTPUT") if edition in (2016, 2018, 2021) else ("OUT", "OUT")
    values = np.vstack([np.c_[body, total], *(np.r_[x, x.sum()] for x in below.values()), np.r_[total, pad, 0.0]])
    return matrix_text([*rows, *below, out], [*rows, *names, last], values)


def figaro_text(table: SmallTable, product: bool = False) -> str:
    """FIGARO: government first, no totals, value added and taxes below, ``CPA_`` before products."""
    mark = "CPA_" if product else ""
    rows = [f"{a}_{mark}{i}" for a in table.areas for i in table.industries]
    columns = [*rows, *(f"{a}_{c}" for a in table.buyers for c in ("P3_S13", "P3_S14", "P3_S15", "P51G", "P5M"))]
    pad = np.zeros(table.final_taxes.size)
    value = table.value.ravel()
    below = {
        "W2_D21X31": np.r_[table.taxes.ravel(), table.final_taxes.ravel()],
        "W2_OP_RES": np.r_[np.zeros(value.size), pad + 7.0],
        "W2_D1": np.r_[0.6 * value, pad],
        "W2_D29X39": np.r_[0.1 * value, pad],
        "W2_B2A3G": np.r_[0.3 * value, pad],
    }
    return matrix_text([*rows, *below], columns, np.vstack([table.body, *below.values()]), corner="rowLabels")


WIOD_LABELS = ("IndustryCode", "IndustryDescription", "Country", "RNr", "Year")


def wiod_frame(table: SmallTable, year: int = 2014) -> dict[str, list[Any]]:
    """WIOD 2016 as columns of the data frame `wiot`; final demand is numbered 57 to 61."""
    S = len(table.industries)
    labels = [
        (code, f"Industry {code}", a, str(k + 1), str(year))
        for a in table.areas
        for k, code in enumerate(table.industries)
    ]
    total = table.body.sum(axis=1)
    used = np.r_[table.taxes.ravel(), table.final_taxes.ravel()]
    value = np.r_[table.value.ravel(), np.zeros(table.final_taxes.size)]
    margin = np.full(used.size, 3.0)
    labels += [(code, code, "TOT", str(S + at), str(year)) for at, code in enumerate(("II_fob", "TXSP", "VA", "GO"))]
    values = np.vstack([np.c_[table.body, total], *(np.r_[x, x.sum()] for x in (margin, used, value, margin))])
    names = [f"{a}{k + 1}" for a in table.areas for k in range(S)]
    names += [f"{a}{57 + f}" for a in table.buyers for f in range(table.final.shape[3])] + ["TOT"]
    frame: dict[str, list[Any]] = {key: [row[at] for row in labels] for at, key in enumerate(WIOD_LABELS)}
    return frame | {name: values[:, at].tolist() for at, name in enumerate(names)}


def frame_text(frame: Mapping[str, Sequence[Any]]) -> str:
    """A data frame as CSV."""
    lines = [",".join(frame), *(",".join(map(str, row)) for row in zip(*frame.values(), strict=True))]
    return "\n".join(lines) + "\n"


def rdata_bytes(frame: Mapping[str, Sequence[Any]], name: str = "wiot", version: int = 2) -> bytes:
    """An R file with one data frame, as `save` writes it without compression ("R Internals", section 1.8)."""

    def chars(text: str) -> bytes:
        return struct.pack(">ii", 9 | 64 << 12, len(text)) + text.encode()

    symbols: list[str] = []

    def symbol(text: str) -> bytes:
        if text in symbols:
            return struct.pack(">i", (symbols.index(text) + 1) << 8 | 255)
        symbols.append(text)
        return struct.pack(">i", 1) + chars(text)

    def texts(words: Sequence[str]) -> bytes:
        return struct.pack(">ii", 16, len(words)) + b"".join(map(chars, words))

    def column(cells: Sequence[Any]) -> bytes:
        if isinstance(cells[0], str):
            return texts(cells)
        return struct.pack(">ii", 14, len(cells)) + np.asarray(cells, ">f8").tobytes()

    head = b"RDX%d\nX\n" % version + struct.pack(">iii", version, 0x30602, 0x20300)
    if version == 3:
        head += struct.pack(">i", 5) + b"UTF-8"
    rows = len(next(iter(frame.values())))
    body = struct.pack(">i", 2 | 1024) + symbol(name)
    body += struct.pack(">ii", 19 | 256 | 512, len(frame)) + b"".join(map(column, frame.values()))
    body += struct.pack(">i", 2 | 1024) + symbol("names") + texts(list(frame))
    body += struct.pack(">i", 2 | 1024) + symbol("class") + texts(["data.frame"])
    body += struct.pack(">i", 2 | 1024) + symbol("row.names") + struct.pack(">iiii", 13, 2, -(2**31), -rows)
    return head + body + struct.pack(">i", 254) + struct.pack(">i", 254)


#: Two goods, one without its leading zero, quantities missing and padded, Taiwan as 490, the United States as 842.
BACI_ROWS = """t,i,j,k,v,q
2019,156,842,10121,1500.5,           NA
2019,156,842,850110,2500,12.1
2019,842,156,270900,   100.25,3
2019,490,156,854231,4000,          NA
2019,156,490,854231,20,1
2019,276,490,9999AA,5,1
"""

ITPD_ROWS = """\
exporter_iso3,exporter_dynamic_code,importer_iso3,importer_dynamic_code,year,\
industry_id,industry_descr,broad_sector,trade,flag_mirror,flag_zero
AUS,AUS,AUS,AUS,2019,1,Wheat,Agriculture,900,0,p
AUS,AUS,CHN,CHN,2019,1,Wheat,Agriculture,80.5,1,p
CHN,CHN,CHN,CHN,2019,1,Wheat,Agriculture,2000,0,p
CHN,CHN,AUS,AUS,2019,170,"Other services, n.e.c.",Services,12,0,p
CHN,CHN,CHN,CHN,2019,170,"Other services, n.e.c.",Services,5000,0,p
AUS,AUS,AUS,AUS,2019,170,"Other services, n.e.c.",Services,700,0,p
CHN,CHN,AUS,AUS,2019,1,Wheat,Agriculture,0,0,r
AUS,AUS,CHN,CHN,2018,1,Wheat,Agriculture,1,0,p
"""

GRAVITY_ROWS = """\
year,country_id_o,country_id_d,iso3_o,iso3_d,country_exists_o,country_exists_d,distw_harmonic,dist,contig,\
comlang_off,col_dep_ever,gdp_o,gdp_d,fta_wto
2019,DEU.2,FRA,DEU,FRA,1,1,790.5,878,1,0,0,3890000000,2730000000,1
2019,DEU.1,FRA,DEU,FRA,0,1,790.5,878,1,0,0,,2730000000,0
2019,FRA,DEU.2,FRA,DEU,1,1,790.5,878,1,0,0,2730000000,3890000000,1
2019,FRA,VAT,FRA,VAT,1,1,1000,1100,0,0,0,2730000000,,0
2018,FRA,DEU.2,FRA,DEU,1,1,790.5,878,1,0,0,1,1,1
"""

#: The United States (2) and Canada (20), with Kosovo (347); 990 is Samoa, 3 is nobody.
ATOP_ROWS = """ddyad,stateA,stateB,year,atopally,defense,offense,neutral,nonagg,consul,asymm
2020,2,20,2016,1,1,0,0,0,1,0
2020,2,20,2017,1,1,0,0,0,1,0
2020,2,20,2018,1,0,0,0,0,1,0
20002,20,2,2018,1,1,0,0,0,1,0
2347,2,347,2018,1,0,0,0,1,0,0
2347,2,347,2015,1,0,0,0,1,0,0
2990,2,990,2017,1,1,0,0,0,0,0
2003,2,3,2018,1,1,0,0,0,0,0
"""


def write(path: Path, text: str) -> Path:
    """Write text and return the path."""
    path.write_text(text, encoding="utf-8")
    return path
