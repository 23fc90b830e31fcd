"""Adapter of the model to Mesa's SolaraViz: made from keyword arguments, stepped, and read as snapshots."""

from __future__ import annotations

from threading import RLock
from typing import Any

from coercion_sim.dashboard.setting import Setting
from coercion_sim.dashboard.snapshot import Snapshot, after, at_start, blank, of_last_quarter
from coercion_sim.errors import CoercionSimError
from coercion_sim.model import build_model, release


class DashboardModel:
    """One run of a scenario, a quarter a step.

    SolaraViz makes a new one by calling the class with keyword arguments (`Reset`), calls `step` from a thread of its
    own while it plays, and reads `steps` and `running`. Panels read `snapshot`, which is replaced, never changed.

    Parameters
    ----------
    setting
        Parts that no control changes.
    policy
        Name of the policy, or several joined by ``+``; or its words in `Setting.choices`.
    replicate
        Number of a replicate of `coercion-sim run` with the same seed.
    kwargs
        The uncertain numbers by dotted key; those left out stand at their default. An argument may be a control with an
        attribute `value`.

    working
        Reactive flag, set while a quarter is played; None without a page.

    Attributes
    ----------
    before
        Snapshot before a control was moved and this run replaced that one; None of a fresh run.

    Notes
    -----
    The run is that of `run_once` with these numbers. A run without an equilibrium or supplier stops and has the reason
    in `trouble`; nothing is raised into the server.
    """

    def __init__(
        self, setting: Setting, policy: Any = None, replicate: Any = 0, working: Any = None, **kwargs: Any
    ) -> None:
        self.setting = setting
        self.arguments = self.chosen(setting, policy, replicate, **kwargs)
        self.policy: str = self.arguments["policy"]
        self.replicate: int = self.arguments["replicate"]
        self.values = {d.path: self.arguments[d.path] for d in setting.dials}
        self.trouble = ""
        self.before: Snapshot | None = None
        self.running = True
        self.snapshot: Snapshot = blank(setting)
        self.working = working
        self._lock = RLock()
        self._model = None
        try:
            resolved = setting.scenario.with_values(self.values)
            self._model = build_model(resolved, setting.world, self.policy, setting.seed, replicate=self.replicate)
        except CoercionSimError as error:
            self._stop(str(error))
            return
        self.snapshot = blank(setting, at_start(self._model))

    @property
    def steps(self) -> int:
        """Quarters played."""
        return self.snapshot.played

    @staticmethod
    def chosen(setting: Setting, policy: Any = None, replicate: Any = 0, **kwargs: Any) -> dict[str, Any]:
        """Arguments that decide the numbers of a run: equal where two runs are the same."""
        named = _plain(policy) or setting.policies[0]
        numbers = {d.path: d.value(float(_plain(kwargs.get(d.path, d.default)))) for d in setting.dials}
        return {"policy": setting.choices.get(named, named), "replicate": int(_plain(replicate)), **numbers}

    def step(self) -> None:
        """Play one quarter; nothing happens after the last, or once the model is closed."""
        with self._lock:
            model = self._model
            if model is None or not self.running:
                return
            self._say(True)
            try:
                model.step()
                entries = of_last_quarter(model, self.setting)
                self.snapshot = after(self.snapshot, model.history[-1], self.setting, entries)
                self.running = bool(model.running)
            except CoercionSimError as error:
                self._stop(str(error))
            finally:
                self._say(False)

    def close(self) -> None:
        """Release the model; its snapshots stay readable."""
        with self._lock:
            self.running = False
            model, self._model = self._model, None
            if model is not None:
                release(model)

    def _say(self, working: bool) -> None:
        if self.working is not None:
            self.working.value = working

    def _stop(self, why: str) -> None:
        self.trouble = why
        self.running = False


def _plain(value: Any) -> Any:
    """Value of a control, or the value itself."""
    return value.value if hasattr(value, "value") else value
