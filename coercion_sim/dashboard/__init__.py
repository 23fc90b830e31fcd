"""The dashboard: a run played quarter by quarter in the browser, with Mesa's SolaraViz. Needs the extra `dashboard`.

Importing this needs no solara: the model adapter, the snapshots and the figures work without; `page` and `server` do.
"""

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.launch import open_dashboard
from coercion_sim.dashboard.setting import Dial, Setting, open_setting
from coercion_sim.dashboard.snapshot import Acting, Entry, Snapshot

__all__ = ["Acting", "DashboardModel", "Dial", "Entry", "Setting", "Snapshot", "open_dashboard", "open_setting"]
