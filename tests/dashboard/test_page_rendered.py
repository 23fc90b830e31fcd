"""The page as solara renders it, without a browser: what each panel holds is the run beside it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from coercion_sim.dashboard import DashboardModel, Dial, Setting
from coercion_sim.dashboard.setting import MOST_SLIDERS
from support.dashboard_runs import mean, play

solara = pytest.importorskip("solara")
page = pytest.importorskip("coercion_sim.dashboard.page")

pytestmark = pytest.mark.filterwarnings("ignore")  # Mesa's own components


def widgets(root: Any) -> Iterator[Any]:
    """A widget and all below it, top first."""
    yield root
    for child in getattr(root, "children", ()) or ():
        if hasattr(child, "comm"):
            yield from widgets(child)


@pytest.fixture
def rendered() -> Iterator[Any]:
    """Renders an element and returns its box; closed after the test."""
    contexts: list[Any] = []

    def render(element: Any) -> Any:
        box, context = solara.render(element, handle_error=False)
        contexts.append(context)
        return box

    yield render
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def _small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_DPI", 30)


@pytest.fixture
def run(setting: Setting) -> Iterator[DashboardModel]:
    model = DashboardModel(setting, policy="respond_as_allies")
    play(model, 3)
    yield model
    model.close()


def html(box: Any, name: str) -> str:
    """Inner text of the part with this class."""
    (part,) = [w for w in widgets(box) if name in str((getattr(w, "attributes", None) or {}).get("class", "")).split()]
    return str(part.unsafe_innerHTML)


def images(box: Any) -> list[str]:
    return [w.attributes["src"] for w in widgets(box) if getattr(w, "tag", "") == "img"]


def labelled(box: Any) -> dict[str, Any]:
    """Controls by their label."""
    return {w.label: w for w in widgets(box) if getattr(w, "label", None)}


def test_panels_hold_the_numbers_measures_and_events_of_the_run(rendered: Any, run: DashboardModel) -> None:
    box = rendered(page.Panels(solara.reactive(run)))
    assert f"3 of {len(run.setting.quarters)} quarters" in html(box, "cs-head")
    values = dict(re.findall(r'id="cs-([a-z-]+)" data-value="([^"]*)"', html(box, "cs-tiles")))
    assert float(values["target-income"]) == pytest.approx(mean(run, "income", "AUS"))
    assert float(values["coercer-effect"]) == pytest.approx(mean(run, "effect", "CHN"))
    assert html(box, "cs-acting").count('<tr class="cs-') == len(run.snapshot.acting) > 0
    assert html(box, "cs-log").count('<tr class="cs-') == len(run.snapshot.log) > 0
    assert [src.partition(",")[0] for src in images(box)] == ["data:image/png;base64"] * 2


@pytest.mark.slow
def test_panels_follow_the_model_that_replaces_theirs(rendered: Any, run: DashboardModel) -> None:
    model = solara.reactive(run)
    box = rendered(page.Panels(model))
    earlier, pictures = html(box, "cs-tiles"), images(box)
    alone = DashboardModel(run.setting, policy="stand_alone")
    play(alone, 4)
    alone.before = run.snapshot
    model.value = alone
    assert "4 of" in html(box, "cs-head")
    assert "stand alone" in html(box, "cs-head")
    assert "before the last change" in html(box, "cs-tiles")
    assert "before the last change" not in earlier
    assert all(a != b for a, b in zip(pictures, images(box), strict=True))


@pytest.mark.slow
def test_states_chosen_below_the_plots_change_the_plots_and_not_the_map(rendered: Any, run: DashboardModel) -> None:
    box = rendered(page.Panels(solara.reactive(run)))
    first_map, first_plots = images(box)
    select = labelled(box)["Also show"]
    others = [s for s in run.snapshot.states if s not in ("AUS", "CHN")]
    assert select.items == [run.setting.state(s) for s in others]
    select.v_model = [run.setting.state(others[-1])]
    later_map, later_plots = images(box)
    assert later_map == first_map
    assert later_plots != first_plots


def test_a_run_that_stopped_shows_its_reason(rendered: Any, run: DashboardModel) -> None:
    run.trouble = "coal has no supplier"
    texts = [str(w.children) for w in widgets(rendered(page.Panels(solara.reactive(run)))) if hasattr(w, "children")]
    assert any("The run stops here. coal has no supplier" in text for text in texts)


def many(setting: Setting, *last: Dial) -> Setting:
    """The setting with so many dials that the last ones are folded away."""
    first = tuple(Dial(f"economy.x{i}", f"Number {i}", "", 0.0, 1.0, 0.1, 0.5) for i in range(MOST_SLIDERS))
    return replace(setting, dials=(*first, *last))


def test_dials_beyond_the_most_are_folded_with_their_range(rendered: Any, setting: Setting) -> None:
    share = Dial("a.share", "Share", "%", 0.0, 2.0, 0.5, 1.0)
    whole = Dial("a.whole", "Quarters", "", 1.0, 9.0, 1.0, 4.0, whole=True)
    choice = Dial("a.choice", "Rate", "a year", 0.1, 0.3, 0.1, 0.1, choices=(0.1, 0.3))
    controls = page.Controls.of(many(setting, share, whole, choice))
    box = rendered(page.FoldedDials(controls))
    (head,) = [w for w in widgets(box) if type(w).__name__ == "ExpansionPanelHeader"]
    assert head.children == ["3 more numbers"]
    kinds = {label: type(w).__name__ for label, w in labelled(box).items()}
    assert kinds == {"Share: 1.00 %": "Slider", "Quarters: 4.00": "Slider", "Rate, a year": "Select"}
    slider = labelled(box)["Share: 1.00 %"]
    assert (slider.v_model, slider.min, slider.max, slider.step) == (1.0, 0.0, 2.0, 0.5)
    assert labelled(box)["Rate, a year"].items == [0.1, 0.3]
    assert not labelled(rendered(page.FoldedDials(page.Controls.of(many(setting)))))


def test_every_control_stands_in_the_parameters_of_the_model_or_is_folded(setting: Setting) -> None:
    folded = Dial("a.share", "Share", "%", 0.0, 2.0, 0.5, 1.0)
    controls = page.Controls.of(many(setting, folded))
    given = controls.as_model_params(None)
    assert set(given) == {"working", *controls.values}
    sliders = [key for key, value in given.items() if isinstance(value, dict)]
    assert sliders == ["policy", "replicate", *(d.path for d in controls.setting.dials[:MOST_SLIDERS])]
    assert given["a.share"] is controls.dials["a.share"]
    controls.dials["a.share"].value = 1.5
    assert controls.values["a.share"] == 1.5


@pytest.mark.parametrize("working", [True, False])
def test_the_line_of_work_is_on_while_a_quarter_is_computed(rendered: Any, working: bool) -> None:
    box = rendered(page.Working(solara.reactive(working)))
    (line,) = [w for w in widgets(box) if getattr(w, "unsafe_innerHTML", None)]
    assert ("cs-on" in line.attributes["class"].split()) == working


def test_a_control_that_moves_plays_the_run_again_to_the_same_quarter(
    rendered: Any, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_REST", 0.0)
    controls = page.Controls.of(setting)
    first = DashboardModel(**controls.values)
    play(first, 2)
    model, working = solara.reactive(first), solara.reactive(False)

    @solara.component
    def follower() -> None:
        page._follow(controls, model, working)

    rendered(follower())
    controls.policy.value = "respond as allies" if first.policy == "stand_alone" else "stand alone"
    end = time.monotonic() + 20.0
    while model.value is first and time.monotonic() < end:
        time.sleep(0.02)
    assert model.value is not first
    assert model.value.arguments == DashboardModel.chosen(**controls.values)
    assert model.value.steps == 2
    assert model.value.before is first.snapshot
    assert not working.value
