"""Ask a policy in another process, where sets of names come in another order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from coercion_sim.policies import Policy
from coercion_sim.testing.case import Case
from coercion_sim.testing.watching import WatchedPolicy

#: Packages whose classes another process has too; those of `__main__` are sent by value as it is.
_EVERYWHERE = (__name__.partition(".")[0], "__main__", "abc", "builtins", "pydantic", "typing")
_CHILD = f"import sys; from {__name__} import answer; answer(sys.argv[1], sys.argv[2])"

#: (where, answer as text), in the order asked.
Answers = list[tuple[str, str]]


def ask_everything(case: Case, policy: WatchedPolicy) -> None:
    """Ask for promises against every pair of coercer and target that the case has, and show those of others."""
    pairs = dict.fromkeys([(case.coercer, case.target), (case.coercer, case.third()), (case.third(), case.target)])
    for coercer, target in pairs:
        policy.pledge(case.outlook, coercer, target)
    for promise in case.promises_of_others():
        policy.amend_pledge(promise, case.outlook, case.coercer, case.target)
    policy.amend(case.outlook, case.measures_of_others())
    policy.amend(case.outlook, ())


def answers_elsewhere(policy: type[Policy], case: Case) -> Answers:
    """The same questions, asked in a new process with another hash seed; the class is sent there by value.

    Raises
    ------
    RuntimeError
        Where the class cannot be sent, or the process fails, with what it said.
    """
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    path = os.pathsep.join(p for p in sys.path if p)
    with tempfile.TemporaryDirectory() as folder:
        question, said = Path(folder, "question"), Path(folder, "answers.json")
        question.write_bytes(_by_value(policy, case))
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(question), str(said)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no message")
        return [(where, text) for where, text in json.loads(said.read_text(encoding="utf-8"))]


def answer(question: str, said: str) -> None:
    """In the other process: play, and write down every answer."""
    import cloudpickle  # type: ignore[import-untyped]  # comes with loky

    policy, case = cloudpickle.loads(Path(question).read_bytes())
    watched = WatchedPolicy(lambda: policy(case.parameters), {})
    try:
        case.play(watched)
    except Exception as error:
        watched.answers.append(("run", type(error).__name__))
    ask_everything(case, watched)
    Path(said).write_text(json.dumps(watched.answers), encoding="utf-8")


def _by_value(policy: type[Policy], case: Case) -> bytes:
    """Pickle with the author's classes inside: a test module or notebook cannot be imported elsewhere."""
    import cloudpickle

    names = {kind.__module__ for kind in (*policy.__mro__, *type(case.parameters).__mro__)}
    modules: list[Any] = [sys.modules[n] for n in names if n in sys.modules and n.partition(".")[0] not in _EVERYWHERE]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps((policy, case)))
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
