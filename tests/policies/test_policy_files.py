"""Policies read from a file: what is taken, and every mistake with its place and remedy."""

from __future__ import annotations

import linecache
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from coercion_sim.errors import InvalidInput
from coercion_sim.policies import Policy, StandAlone, available_policies, load_policies, origin_of, registry
from support.own_policies import BARE, PAYS


def write(folder: Path, text: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, name: str = "mine.py") -> str:
    with pytest.raises(InvalidInput) as error:
        load_policies(write(folder, text, name))
    return str(error.value)


def test_classes_defined_in_the_file_are_taken_and_no_others(tmp_path: Path) -> None:
    before = set(sys.modules)
    (pays,) = load_policies(write(tmp_path, PAYS))
    assert (pays.name, pays.Parameters().model_dump()) == ("pays", {"fraction": 0.5, "share": "all"})
    assert pays.__doc__ == "The state most strongly bound to the target pays."
    assert set(sys.modules) == before
    assert "pays" not in available_policies()
    assert available_policies([pays])["pays"] is pays


def test_two_files_are_read_in_order_and_one_named_twice_once(tmp_path: Path) -> None:
    one, other = write(tmp_path, PAYS), write(tmp_path, BARE, "bare.py")
    assert [p.name for p in load_policies([other, one, other])] == ["bare", "pays"]
    assert [p.name for p in load_policies((str(one), one))] == ["pays"]  # one file, however it is named


def test_the_hash_is_of_the_text_that_was_read(tmp_path: Path) -> None:
    path = write(tmp_path, BARE)
    (first,) = load_policies(path)
    was = origin_of(first)
    path.write_text(BARE + "\n# changed\n", encoding="utf-8")
    (second,) = load_policies(path)
    now = origin_of(second)
    assert was is not None
    assert now is not None
    assert origin_of(first) == was
    assert was.file == now.file == "mine.py"
    assert was.sha256 != now.sha256
    path.write_bytes(BARE.replace("\n", "\r\n").encode())
    assert origin_of(load_policies(path)[0]) == was  # the ends of lines are not part of it
    assert origin_of(StandAlone) is None


def test_a_policy_derived_from_another_file_depends_on_that_one_too(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    derived = "from base_of_mine import Bare\nclass Mine(Bare):\n    name = 'm'\n    words = 'w'\n    summary = 's'\n"
    hashes = set()
    for text in (BARE, BARE + "# changed\n"):
        write(tmp_path, text, "base_of_mine.py")
        sys.modules.pop("base_of_mine", None)
        hashes.add(origin_of(load_policies(write(tmp_path, derived))[0]).sha256)
    sys.modules.pop("base_of_mine", None)
    assert len(hashes) == 2


CLASS = "from coercion_sim.policies import Policy, Response\nclass Mine(Policy):\n"
BODY = "    name = 'mine'\n    words = 'w'\n    summary = 's'\n"
RESPOND = "    def respond(self, situation):\n        return Response()\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("def f(:\n", 1, ("not valid Python", "def f(:")),
        ("x = 1\n\ny = x / 0\n", 3, ("fails when it is run: ZeroDivisionError: division by zero",)),
        ("import no_such_package_of_mine\n", 1, ("ModuleNotFoundError", "imports are installed")),
        ("import sys\nsys.exit(0)\n", 2, ("fails when it is run: SystemExit",)),
        ("from coercion_sim.policies import StandAlone\n", None, ("defines no policy", "coercion_sim.policies.Policy")),
        (CLASS + BODY, 2, ("lacks the method respond(...)", "_Mine")),
        (CLASS + BODY.replace("'mine'", "'stand_alone'") + RESPOND, 3, ("'stand_alone'", "another name")),
        (CLASS + BODY.replace("'mine'", "'a+b'") + RESPOND, 3, ("cannot be typed", "letters, digits")),
        (CLASS + BODY.replace("'w'", "7") + RESPOND, 4, ("`words` is not text; found 7",)),
        (CLASS + BODY + "    Parameters = dict\n" + RESPOND, 6, ("not a parameter model", "PolicyParameters")),
        (CLASS + BODY + RESPOND + "    def __init__(self):\n        pass\n", 8, ("cannot be made from",)),
        (CLASS + RESPOND, 2, ("has no `name`", "has no `words`", "has no `summary`", "a line name =")),
    ],
    ids=["syntax", "raises", "import", "exits", "none", "base", "clash", "name", "words", "parameters", "init", "no"],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int | None, words: tuple[str, ...]) -> None:
    said = refused(tmp_path, text)
    for part in said.splitlines():
        assert part.startswith(f"{tmp_path / 'mine.py'}:{line}: " if line else f"{tmp_path / 'mine.py'}: ")
    for word in words:
        assert word in said


def test_what_a_class_inherits_from_a_built_in_is_not_its_own(tmp_path: Path) -> None:
    said = refused(tmp_path, "from coercion_sim.policies import StandAlone\nclass Mine(StandAlone):\n    pass\n")
    assert said.count("mine.py:2: Mine: has no `") == 3


def test_two_policies_may_not_share_a_name_and_every_file_is_looked_at(tmp_path: Path) -> None:
    one, other = write(tmp_path, BARE), write(tmp_path, BARE, "other.py")
    with pytest.raises(InvalidInput) as error:
        load_policies([one, tmp_path / "gone.py", other, tmp_path])
    said = str(error.value).splitlines()
    assert len(said) == 3
    assert "gone.py: --policy-file: no such file" in said[0] or "no such file" in said[0]
    assert "other.py:5: Bare: a policy 'bare' exists already" in said[1]
    assert "ends in .py" in said[2]


def test_a_class_given_from_python_is_judged_as_well() -> None:
    class Mine(Policy):
        name = "stand_alone"
        words = "w"
        summary = "s"

        def respond(self, situation):
            return None

    with pytest.raises(InvalidInput, match="a policy 'stand_alone' exists already"):
        available_policies([Mine])


def test_a_policy_typed_in_a_notebook_without_source_is_refused() -> None:
    space: dict[str, object] = {"__name__": "a_notebook"}
    exec(BARE, space)
    with pytest.raises(InvalidInput, match="no source text"):
        origin_of(space["Bare"])  # type: ignore[arg-type]


def test_a_policy_typed_in_a_notebook_is_known_by_its_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    """As IPython does, the text of a cell is put where `inspect` looks for it."""

    def typed(text: str) -> str:
        name = f"<cell {len(linecache.cache)}>"
        monkeypatch.setitem(linecache.cache, name, (len(text), None, text.splitlines(True), name))
        space: dict[str, object] = {"__name__": "a_notebook"}
        exec(compile(text, name, "exec"), space)
        origin = origin_of(space["Bare"])  # type: ignore[arg-type]
        assert origin is not None
        return origin.sha256

    assert typed(BARE) == typed("\n\n" + BARE)
    assert typed(BARE) != typed(BARE.replace("return Response()", "return Response(())"))


# ------------------------------------------------------------------ installed packages


def announce(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str, name: str = "bare") -> None:
    write(folder, text, "a_package_of_mine.py")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "a_package_of_mine", raising=False)
    entry = EntryPoint(name, "a_package_of_mine:Bare", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    monkeypatch.setattr(registry, "installed_policies", registry.installed_policies.__wrapped__)


def test_a_policy_of_an_installed_package_is_known_with_its_origin(tmp_path: Path, monkeypatch) -> None:
    announce(monkeypatch, tmp_path, BARE)
    policy = available_policies()["bare"]
    origin = origin_of(policy)
    assert (origin.file, len(origin.sha256)) == ("a_package_of_mine.py", 64)


def test_the_distribution_is_recorded_where_there_is_one(tmp_path: Path, monkeypatch) -> None:
    from coercion_sim.policies import user_policies

    announce(monkeypatch, tmp_path, BARE)
    monkeypatch.setattr(user_policies, "packages_distributions", lambda: {"a_package_of_mine": ["my-policies"]})
    monkeypatch.setattr(user_policies, "version", {"my-policies": "1.2.3"}.__getitem__)
    origin = origin_of(available_policies()["bare"])
    assert (origin.distribution, origin.version) == ("my-policies", "1.2.3")


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("raise RuntimeError('broken')\n", "bare", "cannot be loaded: RuntimeError: broken"),
        ("Bare = 3\n", "bare", "registers no policy class"),
        (BARE, "other", "registers it under another name"),
        (BARE.replace('    words = "(nothing)"\n', ""), "bare", "has no `words`"),
    ],
)
def test_a_broken_package_is_named(tmp_path: Path, monkeypatch, text: str, name: str, words: str) -> None:
    announce(monkeypatch, tmp_path, text, name)
    with pytest.raises(InvalidInput, match="an installed package") as error:
        available_policies()
    assert words in str(error.value)
