"""The controls: what SolaraViz shows for policy, luck and uncertain numbers, and the values they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import solara

from coercion_sim.dashboard.setting import MOST_REPLICATES, MOST_SLIDERS, Dial, Setting


@dataclass(frozen=True, eq=False)
class Controls:
    """A reactive value for everything that can be changed; made once for each browser session."""

    setting: Setting
    policy: Any
    replicate: Any
    dials: dict[str, Any]

    @classmethod
    def of(cls, setting: Setting) -> Controls:
        """Everything at its default."""
        held = {d.path: solara.reactive(d.default) for d in setting.dials}
        return cls(setting, solara.reactive(next(iter(setting.choices))), solara.reactive(0), held)

    @property
    def values(self) -> dict[str, Any]:
        """What is chosen now, as keyword arguments of `DashboardModel`."""
        numbers = {path: held.value for path, held in self.dials.items()}
        return {"setting": self.setting, "policy": self.policy.value, "replicate": self.replicate.value, **numbers}

    def as_model_params(self, working: Any) -> dict[str, Any]:
        """`model_params` of SolaraViz: a control for the policy, the luck and the first dials.

        What is not shown is handed over as it is. SolaraViz keeps the holders themselves until a control is moved;
        `DashboardModel` reads them.
        """
        shown: dict[str, Any] = {
            "policy": {"type": "Select", "label": "Policy", "value": self.policy, "values": list(self.setting.choices)},
            "replicate": {
                "type": "SliderInt",
                "label": f"Luck: replicate {self.replicate.value}",
                "value": self.replicate,
                "min": 0,
                "max": MOST_REPLICATES,
                "step": 1,
            },
        }
        dials = self.setting.dials
        shown |= {d.path: self._control(d) for d in dials[:MOST_SLIDERS]}
        rest = {d.path: self.dials[d.path] for d in dials[MOST_SLIDERS:]}
        return {"setting": self.setting, "working": working, **shown, **rest}

    def _control(self, dial: Dial) -> dict[str, Any]:
        held = self.dials[dial.path]
        if dial.choices:
            return {
                "type": "Select",
                "label": f"{dial.words}, {dial.unit}",
                "value": held,
                "values": list(dial.choices),
            }
        return {
            "type": "SliderInt" if dial.whole else "SliderFloat",
            "label": dial.label(held.value),
            "value": held,
            "min": dial.low,
            "max": dial.high,
            "step": dial.step,
        }


@solara.component
def FoldedDials(controls: Controls) -> None:
    """Controls of the dials beyond the first, folded away."""
    rest = controls.setting.dials[MOST_SLIDERS:]
    if not rest:
        return
    with solara.Details(f"{len(rest)} more numbers"), solara.Column():
        for dial in rest:
            held = controls.dials[dial.path]
            if dial.choices:
                solara.Select(f"{dial.words}, {dial.unit}", value=held, values=list(dial.choices))
            elif dial.whole:
                solara.SliderInt(dial.label(held.value), value=held, min=int(dial.low), max=int(dial.high))
            else:
                solara.SliderFloat(dial.label(held.value), value=held, min=dial.low, max=dial.high, step=dial.step)
