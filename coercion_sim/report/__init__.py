"""Results as one self-contained HTML page."""

from coercion_sim.report.contents import Limit, limits
from coercion_sim.report.page import report_html, write_report

__all__ = ["Limit", "limits", "report_html", "write_report"]
