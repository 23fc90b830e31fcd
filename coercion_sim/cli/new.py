"""`coercion-sim new`: a short dialogue that writes a commented scenario; every answer is an option too."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.ask import scenario_in, world_from
from coercion_sim.cli.options import remark, with_options
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.wording import listing

if TYPE_CHECKING:
    from coercion_sim.scenario import Draft
    from coercion_sim.world import WorldLabels


@dataclass(frozen=True)
class Item:
    """One thing asked: its option, the question, the default (None: it must be answered), how an answer is checked."""

    option: str
    question: str
    default: str | None
    check: Callable[[str, Mapping[str, str]], object]


def _labels(answers: Mapping[str, str]) -> WorldLabels:
    from coercion_sim.world import read_labels

    return read_labels(answers["world"])


def _states(text: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """States of a list with commas, by label, name or group."""
    from coercion_sim.analysis import Vocabulary, unknown_word

    labels = _labels(answers)
    words, states = Vocabulary(labels), dict[str, None]()
    for name in filter(None, map(str.strip, text.split(","))):
        word = words.named_as("state", name)
        if word is None:
            raise InvalidInput(unknown_word(name, words, "state"))
        states |= dict.fromkeys(word.means)
    return tuple(states)


def _one_state(text: str, answers: Mapping[str, str]) -> str:
    states = _states(text, answers)
    if len(states) != 1:
        raise InvalidInput(Problem("name one state", found=repr(text), allowed=", ".join(_labels(answers).states)))
    return states[0]


def _sentence(answers: Mapping[str, str]) -> Any:
    """Measures of the answers: WHO, action, WHOM, goods as a question of `ask`."""
    from coercion_sim.analysis import read_question

    labels = _labels(answers)
    coercer, target = (_one_state(answers[key], answers) for key in ("coercer", "target"))
    return read_question(f"{coercer} {answers['action']} {target} {answers.get('goods', '')}", labels)


def _readable(option: str) -> Callable[[str, Mapping[str, str]], object]:
    """Check of an answer that is read in the sentence of all."""
    return lambda text, answers: _sentence({**answers, option: text})


def _target(text: str, answers: Mapping[str, str]) -> None:
    if _one_state(text, answers) == _one_state(answers["coercer"], answers):
        raise InvalidInput(Problem("a state cannot act on itself", found=repr(text)))


def _policies(text: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    from coercion_sim.policies import available_policies

    known = available_policies()
    names = tuple(filter(None, map(str.strip, text.split(","))))
    for part in (part.strip() for name in names for part in name.split("+")):
        if part not in known:
            raise InvalidInput(
                Problem("unknown policy", found=repr(part), allowed=", ".join(known), suggestion=nearest(part, known))
            )
    return names or ("stand_alone",)


def _decides(text: str, answers: Mapping[str, str]) -> bool:
    if text not in ("script", "choose"):
        raise InvalidInput(Problem("unknown answer", found=repr(text), allowed="script, choose"))
    return text == "choose"


def _file(text: str, answers: Mapping[str, str]) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".toml":
        raise InvalidInput(Problem("a scenario file ends in .toml", found=repr(text), suggestion=f"{text}.toml"))
    if not path.parent.is_dir():
        raise InvalidInput(Problem("no such folder", found=str(path.parent)))
    return path


#: Questions, in order; `{name}` stands for an earlier answer.
ITEMS = (
    Item("world", "World (a shipped one, or a folder)", "pacific-2019", lambda text, _: _labels({"world": text})),
    Item("coercer", "State that presses", None, _one_state),
    Item("target", "State that it presses", None, _target),
    Item("action", "How it presses (ban, export ban, tariff N %, barrier N %, sanctions)", "ban", _readable("action")),
    Item("goods", "Goods (sectors, tags or words)", "goods", _readable("goods")),
    Item("allies", "Allies of the target (states or groups; empty: all bound to it)", "", _states),
    Item("decides", "script: the measures are in force as written; choose: states choose", "script", _decides),
    Item("policies", "Policies to compare", "stand_alone,respond_as_allies", _policies),
    Item("out", "File to write", "{coercer}-{target}.toml", _file),
)  # fmt: skip


@click.command("new")
@with_options(
    *(
        click.option(
            f"--{item.option}", metavar="FILE.toml" if item.option == "out" else item.option.upper(),
            help=f"{item.question}." + ("" if item.default is None else f"  [default: {item.default or 'none'}]"),
        )
        for item in ITEMS
    )
)  # fmt: skip
@click.option("--yes", "-y", is_flag=True, help="Take the default of every answer that has one.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def new_command(yes: bool, force: bool, **given: str | None) -> None:
    """Write a commented scenario from a few answers, asked one by one or given as options.

    For example

    coercion-sim new --world europe-2019 --coercer CHN --target LTU --goods "electronics, food" --yes
    """
    from coercion_sim.scenario import load_scenario, scenario_text

    answers = _answers({key: value for key, value in given.items() if value is not None}, yes)
    file = Path(answers["out"])
    if file.exists() and not force:
        raise InvalidInput(Problem("exists", file=str(file), allowed="another name with --out, or --force"))
    draft, notes = _draft(answers, file)
    remark("note", notes)
    with scenario_in(file, scenario_text(draft, str(file)), force=True):
        load_scenario(file)
    name = shlex.quote(str(file))
    click.echo(f"wrote {file}: {draft.title}")
    for does, command in (("check", "check"), ("run and compare", "compare"), ("does it deter", "answer")):
        click.echo(f"next, {does}: coercion-sim {command} {name}")


def _answers(given: dict[str, str], yes: bool) -> dict[str, str]:
    """All answers: those given, else asked on a terminal, else the defaults with `yes`."""
    interactive = sys.stdin.isatty() and not yes
    if not interactive:
        _refuse_unasked(given, yes)
    answers: dict[str, str] = {"action": "ban"}
    problems: list[Problem] = []
    for item in ITEMS:
        default = None if item.default is None else item.default.format(**{k: v.lower() for k, v in answers.items()})
        if interactive and item.option not in given:
            answers[item.option] = _prompted(item, default, answers)
            continue
        answers[item.option] = given.get(item.option, default or "")
        problems += _faults(item, answers)
        if problems and item.option in ("world", "coercer", "target"):
            break  # what follows cannot be read without them
    InvalidInput.refuse(problems)
    return answers


def _refuse_unasked(given: Mapping[str, str], yes: bool) -> None:
    """Refuses answers missing without a terminal to ask on: those without a default, all of them without `yes`."""
    needed = [i.option for i in ITEMS if i.option not in given and (i.default is None or not yes)]
    if needed:
        defaults = "" if yes else "; --yes takes the defaults of all but --coercer and --target"
        flags = listing([f"--{option}" for option in needed])
        raise InvalidInput(Problem(f"no terminal to ask on: give {flags}{defaults}"))


def _faults(item: Item, answers: Mapping[str, str]) -> list[Problem]:
    """What is wrong with an answer, by its option."""
    try:
        item.check(answers[item.option], {k: v for k, v in answers.items() if k != item.option})
    except InvalidInput as error:
        return [replace(problem, key=f"--{item.option}") for problem in error.problems]
    return []


def _prompted(item: Item, default: str | None, answers: Mapping[str, str]) -> str:
    """Ask until the answer fits."""
    while True:
        text = str(click.prompt(item.question, default=default, show_default=bool(default))).strip()
        faults = _faults(item, {**answers, item.option: text})
        if not faults:
            return text
        for problem in faults:
            click.echo(f"  {problem}", err=True)


def _draft(answers: Mapping[str, str], file: Path) -> tuple[Draft, tuple[str, ...]]:
    """What the file holds, and notes on what was read into the answers."""
    from coercion_sim.analysis import measures_in_words
    from coercion_sim.scenario import Draft, short_name

    labels, question = _labels(answers), _sentence(answers)
    coercer, target = (_one_state(answers[key], answers) for key in ("coercer", "target"))
    command = " ".join(
        f"--{i.option} {shlex.quote(answers[i.option])}" for i in ITEMS if answers[i.option] != (i.default or "")
    )
    title = measures_in_words(question.measures, labels)
    choose = _decides(answers["decides"], answers)
    draft = Draft(
        name=short_name(file.stem), title=title,
        question=f"{title}: what does it cost, and what would the policies change?",
        command=f"coercion-sim new {command} --yes", world=world_from(file.parent, answers["world"]), labels=labels,
        coercer=coercer, target=target, measures=question.measures,
        allies=tuple(s for s in _states(answers["allies"], answers) if s not in (coercer, target)),
        policies=_policies(answers["policies"], answers), states_choose=choose,
    )  # fmt: skip
    return draft, question.notes
