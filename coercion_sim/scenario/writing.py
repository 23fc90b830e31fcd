"""Scenario files written from a few answers or copied: commented, ready to run, and meant to be changed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from coercion_sim.economy import KINDS, Measure
from coercion_sim.errors import Problem, ScenarioError
from coercion_sim.files import LONGEST_NAME, read_toml, toml_list, toml_text, write_text
from coercion_sim.scenario.reading import is_name, list_scenarios, name_of, resolve
from coercion_sim.scenario.tables import OWN_ELASTICITIES
from coercion_sim.wording import listing, state_name
from coercion_sim.world import WorldLabels

#: Set of trade elasticities taken where the world has it, as in the shipped scenarios.
_ELASTICITIES = "rauch"
#: Uncertain numbers of the economy: range, default, source.
_ECONOMY = {
    "elasticity_scale": (0.7, 1.3, 1.0, "published estimates within a class of goods differ by this factor"),
    "factor_mobility": (1.05, 1.5, 1.5, "kappa: Galle, Rodriguez-Clare and Yi (2023) estimate 1.5"),
    "adjustment_rate": (0.1, 0.5, 0.25, "nu: Boehm, Levchenko and Pandalai-Nayar (2023)"),
    "input_substitution": (0.2, 0.5, 0.3, "sigma between inputs: Baqaee and Farhi (2019, 2024)"),
}
#: What the size of a measure means, beside it.
_SIZES = {
    "open": "share of the seller's competitiveness left open: 0 shuts the flow",
    "rate": "0.25 is a tariff of 25 %",
    "factor": "1.1 makes the goods 10 % dearer",
}


@dataclass(frozen=True)
class Draft:
    """What a written scenario holds.

    Attributes
    ----------
    name, title, question, command
        Short name; heading; question in words; the command that wrote the file.
    labels
        Those of the world; `world` is what the file calls it: a shipped name, or a path from the file.
    coercer, target, allies
        States; without allies every state bound to the target answers.
    measures
        Coercive measures, each with a name of its own.
    policies
        Policies compared.
    states_choose
        Whether the coercer decides on the measures and the others answer, instead of the script running.
    quarters, replicates, seed
        Length, draws, root of randomness.
    """

    name: str
    title: str
    question: str
    command: str
    world: str
    labels: WorldLabels
    coercer: str
    target: str
    measures: tuple[Measure, ...]
    allies: tuple[str, ...] = ()
    policies: tuple[str, ...] = ("stand_alone", "respond_as_allies")
    states_choose: bool = False
    quarters: int = 12
    replicates: int = 32
    seed: int = 1

    @property
    def start(self) -> str:
        """First quarter: the one after the year of the world's data."""
        return f"{(self.labels.year or 2019) + 1}Q1"


def short_name(text: str) -> str:
    """Text as the name of a scenario, a folder and a file: small letters, digits and dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    return name or "scenario"


def scenario_text(draft: Draft, file: str) -> str:
    """Text of the scenario file; `file` is its name in the commands of the first comment."""
    parts = [_head(draft, file), _actors(draft), _economy(draft)]
    parts += [_dispute(draft)] if draft.states_choose else []
    parts += ["\n".join(_measure(measure)) for measure in draft.measures]
    parts += [_allies(draft)] if _answering(draft) else []
    return "\n\n".join(parts) + "\n"


def _head(draft: Draft, file: str) -> str:
    choose = "the coercer may press or not, and the others answer" if draft.states_choose else "the measures below run"
    commands = {
        f"check {file}": "finds every mistake, with its line",
        f"compare {file}": "runs the policies and compares them",
        f"answer {file}": "would the coercer press, and what would allies change",
        "list parameters": "every key, its default, range and unit",
    }
    wide = max(map(len, commands))
    keys = {
        f"start = {toml_text(draft.start)}": f"quarters only count: trade of {draft.labels.year or 'the world'}",
        f"quarters = {draft.quarters}": "",
        f"replicates = {draft.replicates}": "draws of the uncertain numbers",
        f"seed = {draft.seed}": "the same seed gives the same numbers",
        f'conduct = "{"strategic" if draft.states_choose else "scripted"}"': choose,
        f"policies = {toml_list(draft.policies)}": "compared with each other; `coercion-sim list policies` has more",
    }
    lines = [
        f"# {_one_line(draft.title)}",
        "#",
        *(f"#   coercion-sim {command:{wide}}   {does}" for command, does in commands.items()),
        "#",
        f"# Written by: {_one_line(draft.command)}",
        "# Anything may be changed. A number may be uncertain: { uniform = [low, high], default = x }.",
        "",
        "schema = 1",
        *(f"{key} = {toml_text(getattr(draft, key))}" for key in ("name", "title", "question", "world")),
        *(f"{key:24}  # {why}" if why else key for key, why in keys.items()),
    ]
    return "\n".join(lines)


def _actors(draft: Draft) -> str:
    bloc = [s for s in (draft.target, *draft.allies) if s != draft.coercer]
    lines = ["[actors]", f"coercer = {toml_text(draft.coercer)}", f"target = {toml_text(draft.target)}"]
    if any("integrate_economies" in policy.split("+") for policy in draft.policies):
        lines.append(f"bloc = {toml_list(list(dict.fromkeys(bloc)))}   # states that integrate")
    return "\n".join(lines)


def _economy(draft: Draft) -> str:
    named = _ELASTICITIES if _ELASTICITIES in draft.labels.elasticity_sets else OWN_ELASTICITIES
    lines = ["[economy]", f"elasticities = {toml_text(named)}"]
    for key, (low, high, middle, source) in _ECONOMY.items():
        lines.append(f"{key} = {{ uniform = [{low}, {high}], default = {middle} }}   # {source}")
    return "\n".join(lines)


def _dispute(draft: Draft) -> str:
    lines = [
        "[dispute]",
        'packages = ["record"]      # it may press with the measures below; without this key, with any package',
        "",
        "[[dispute.opened]]         # one dispute, sure to arise",
        f"quarter = {toml_text(draft.start)}",
        f"coercer = {toml_text(draft.coercer)}",
        f"target = {toml_text(draft.target)}",
    ]
    return "\n".join(lines if draft.measures else lines[3:])


def _measure(measure: Measure) -> list[str]:
    size = KINDS[measure.kind].size
    return [
        "[[measures]]",
        f"name = {toml_text(measure.name)}",
        f"kind = {toml_text(measure.kind)}",
        f"by = {toml_text(measure.by)}",
        f"on = {toml_text(measure.on)}",
        f"sectors = {toml_list(measure.sectors)}",
        f"left = {measure.left}   # share of the trade left in the long run"
        if measure.left is not None
        else f"{size} = {measure.size}   # {_SIZES[size]}",
    ]


def _answering(draft: Draft) -> bool:
    return bool(draft.allies) and any("respond_as_allies" in policy.split("+") for policy in draft.policies)


def _allies(draft: Draft) -> str:
    names = listing([state_name(draft.labels.state_names, s) for s in draft.allies])
    return f"[policy.respond_as_allies]\nallies = {toml_list(draft.allies)}   # {_one_line(names)}"


def _one_line(text: str) -> str:
    """Text fit for a comment: one line, and no sign that TOML refuses."""
    return "".join(c if c.isprintable() else " " for c in text)


# ------------------------------------------------------------------ copies


_HEADER = """\
# A copy of the shipped scenario {name}, to be changed.
#
#   coercion-sim check {file}         finds every mistake, with its line
#   coercion-sim compare {file}       runs the policies listed and compares them
#   coercion-sim list parameters      every key, its default, range and unit
#
# What may be changed: anything. Good first changes are `open` and `until` of a measure, `policies`, the parameters
# under [policy.NAME], and `replicates`. Results are filed under `name`, which is that of this file.
# A number may be uncertain: {{ uniform = [low, high], default = x }}, log_uniform likewise, or choice = [a, b].
# Instead of a copy, a short file may start with  extends = "{name}"  and hold only what differs.

"""


def copy_scenario(name: str, dest: str | Path, *, force: bool = False) -> Path:
    """Write the text of a shipped scenario to a new ``.toml`` file under a commented header, named after the file.

    It is written whole or not at all.

    Raises
    ------
    ScenarioError
        If the scenario cannot be read, or `dest` exists, is a folder or cannot be written.
    """
    target = Path(dest)
    if not is_name(name):
        raise ScenarioError(
            Problem("only shipped scenarios are copied", found=repr(str(name)), allowed=", ".join(list_scenarios()))
        )
    text = read_toml(*resolve(name), what="scenario", error=ScenarioError).text
    if target.suffix.lower() != ".toml":
        raise ScenarioError(Problem("a scenario file ends in .toml", file=str(target), suggestion=f"{target}.toml"))
    if target.is_dir():
        raise ScenarioError(Problem("is a folder", file=str(target)))
    if target.exists() and not force:
        raise ScenarioError(Problem("exists", file=str(target), allowed="another name, or --force to overwrite it"))
    if not target.parent.is_dir():
        raise ScenarioError(Problem("no such folder", file=str(target.parent)))
    try:
        named = re.sub(r'(?m)^name = ".*?"', lambda _: f'name = "{name_of(target)}"', text, count=1)
        write_text(target, _HEADER.format(name=name, file=_quoted(str(target))) + named)
    except OSError as error:
        raise ScenarioError(Problem(f"cannot be written ({error.strerror})", file=str(target))) from None
    return target


def _quoted(path: str) -> str:
    """Spell a path as one word of a command, on one line."""
    printable = "".join(c if c.isprintable() else "?" for c in path)
    return f'"{printable}"' if " " in printable else printable
