"""Home sales for data that are trade between economies alone, from recorded GDP."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.audit import Trade
from coercion_sim.world.build.recipe import HomeSpec

#: Least share of its output that an economy sells at home, where recorded exports leave less.
LEAST_AT_HOME = 0.1


def with_home_sales(trade: Trade, gdp: Mapping[str, float], spec: HomeSpec) -> tuple[Trade, tuple[str, ...]]:
    """Add to trade of one sector what each economy sells at home: `output_over_gdp` times GDP, less its exports.

    Flows of an economy to itself in the data are replaced. At least `LEAST_AT_HOME` of output is sold at home; where
    exports leave less, that is reported.

    Raises
    ------
    WorldError
        For economies without recorded GDP.
    """
    foreign = trade.exporter != trade.importer
    economies = tuple(sorted({*trade.exporter.tolist(), *trade.importer.tolist()}))
    bare = [economy for economy in economies if economy not in gdp]
    if bare:
        raise WorldError(Problem("home sales need the GDP of every economy of the trade data", found=", ".join(bare)))
    output = np.array([spec.output_over_gdp * gdp[economy] for economy in economies])
    exports = np.array([trade.value[foreign & (trade.exporter == economy)].sum() for economy in economies])
    home = np.maximum(output - exports, LEAST_AT_HOME * output)
    labels = np.array(economies)
    whole = Trade(
        trade.file,
        np.concatenate([trade.exporter[foreign], labels]),
        np.concatenate([trade.importer[foreign], labels]),
        np.concatenate([trade.sector[foreign], np.full(len(labels), str(trade.sector[0]))]),
        np.concatenate([trade.value[foreign], home]),
        np.concatenate([trade.line[foreign], np.zeros(len(labels), dtype=np.int_)]),
    )
    raised = labels[home > output - exports]
    notes = (
        f"Home sales are {spec.output_over_gdp:g} times recorded GDP less exports.",
        *(
            (f"Exports leave less than {LEAST_AT_HOME:.0%} of output at home, raised: {', '.join(raised)}.",)
            if raised.size
            else ()
        ),
    )
    return whole, notes
