"""Results as one self-contained HTML page."""

from coercion_sim.views.report.limits import Limit, limits
from coercion_sim.views.report.numbers import difference, level, mean_row
from coercion_sim.views.report.page import report_html, write_report

__all__ = ["Limit", "difference", "level", "limits", "mean_row", "report_html", "write_report"]
