"""Results as one self-contained HTML page."""

from coercion_sim.report.page import report_html, write_report
from coercion_sim.report.parts import Limit, limits

__all__ = ["Limit", "limits", "report_html", "write_report"]
