"""Results as one self-contained HTML page."""

from coercion_sim.report.limits import Limit, limits
from coercion_sim.report.notebook import html_of, plot_of
from coercion_sim.report.numbers import difference, level, mean_row
from coercion_sim.report.page import report_html, write_report

__all__ = ["Limit", "difference", "html_of", "level", "limits", "mean_row", "plot_of", "report_html", "write_report"]
