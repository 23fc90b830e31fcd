"""A user's product taken out of a sector of a built world: facts about its trade, the rest by the sector's pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from coercion_sim.arrays import Array, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import parse_number
from coercion_sim.world.baseline import unknown
from coercion_sim.world.build.inputs import cap_use
from coercion_sim.world.build.product_facts import ROLES, ProductFacts, complete_facts, read_product_facts
from coercion_sim.world.build.reading import Row
from coercion_sim.world.build.recipe import CapSpec, ProductSpec, SplitSpec
from coercion_sim.world.build.report import split_readme
from coercion_sim.world.build.split import fit_product, take_out
from coercion_sim.world.labels import README_FILE, SourceLabels, read_labels, world_folder
from coercion_sim.world.saving import save_world
from coercion_sim.world.world import World, load_world


@dataclass(frozen=True, eq=False)
class Split:
    """A world with a product taken out of one of its sectors, the facts about it, and what was assumed, in words."""

    world: World
    base: World
    out_of: str
    rows: tuple[Row, ...]
    assumed: tuple[str, ...]
    elasticity_class: str | None

    @property
    def product(self) -> str:
        """Label of the product, the last sector of the world."""
        return self.world.sectors[-1]


def split_product(
    world: World, product: str, *, out_of: str, facts: str | Path | Sequence[Mapping[str, object]],
    like: str | None = None, users: Sequence[str] | None = None, overflow: Literal["cut", "keep"] = "cut",
    price_factor: float = 1.0,
) -> World:  # fmt: skip
    """Take a product out of a sector of a world by facts about its trade; what was assumed is in ``world.repairs``.

    Destinations, exporters and home shares without a fact follow the pattern of the sector (or of `like`), fitted to
    the totals given as the products of shipped worlds are (`split.fit_product`). The product becomes the last sector;
    it buys what its sector buys per unit of output. Users of the sector take product and rest in proportion to what
    their state absorbs of each.

    Parameters
    ----------
    product, out_of
        Label of the new sector, and the sector that holds it so far.
    facts
        A CSV file, or rows, with state, partner, role, value, source, grade (A to C), in US$ million a year; a column
        `product`, if there, picks the rows. Roles: ``exports`` (to a partner; in all; of the state ``world``),
        ``imports``, ``home_share`` of output (of the state ``all``: of those without their own), ``home_sales``, and
        ``elasticity`` (a number, or a class of the world).
    like
        A sector whose pattern of trade, elasticity and users stand in where no fact does, in place of `out_of`.
    users
        Sectors that buy it as an input; none: it is all final demand. Left out: those of the sector (or of `like`).
    overflow
        ``cut``: a cell gives at most 90 % of what the sector has, so that both add up to the old sector everywhere.
        ``keep``: the product is believed, and its sector's cells grow where they are too small.
    price_factor
        Price of the facts over that of the world's flows (export prices over basic prices: 1.2 to 1.5 for crops).

    Raises
    ------
    WorldError
        For unknown sectors, states and roles, numbers out of range, facts larger than the sector's flow (unless
        `overflow` is ``keep``) or that do not add up; all of a kind at once.
    """
    settings = SplitSpec(overflow=overflow)
    known = read_product_facts(facts, world, product)
    return _split(world, product, out_of, known, like, users, settings, price_factor).world


def split_product_folder(
    name: str | Path, product: str, out: str | Path | None, *, out_of: str, facts: str | Path, like: str | None,
    users: Sequence[str] | None, overflow: Literal["cut", "keep"], price_factor: float,
) -> tuple[Split, Path]:  # fmt: skip
    """Split a product out of a shipped world or one in a folder (see `split_product`); write the world with its README.

    The folder is `out`, or ``WORLD-PRODUCT`` where the command runs. Nothing is written if it fails.
    """
    folder, labels = world_folder(name), read_labels(name)
    target = Path(out) if out is not None else Path(f"{labels.name}-{product}")
    if target.resolve() == Path(folder).resolve():
        raise WorldError(Problem("is the folder of the world that is split", key="out", found=str(target)))
    base, settings = load_world(name), SplitSpec(overflow=overflow)
    made = _split(base, product, out_of, read_product_facts(facts, base, product), like, users, settings, price_factor)
    own = SourceLabels(
        title=f"{labels.title or base.name}; {product} taken out of {out_of}",
        codes={**labels.codes, **({product: labels.codes[out_of]} if out_of in labels.codes else {})},
        parents={**labels.parents, product: out_of},
        classes={**labels.classes, **({product: made.elasticity_class} if made.elasticity_class else {})},
    )
    readme = folder / README_FILE
    before = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    text = split_readme(made.world, base, out_of, made.rows, made.assumed, before)
    return made, save_world(made.world, target, labels=own, readme=text)


# ---------------------------------------------------------------------------------------------- the split


def _split(
    world: World, product: str, out_of: str, facts: ProductFacts, like: str | None, users: Sequence[str] | None,
    settings: SplitSpec, factor: float,
) -> Split:  # fmt: skip
    """Fit the product, take it out of its sector, divide inputs and give it elasticities."""
    WorldError.refuse(_label_problems(world, product, out_of, like, users, factor))
    j, model = world.sectors.index(out_of), like or out_of
    at = world.sectors.index(model)
    cells = world.flows[j]
    if settings.overflow == "cut":
        WorldError.refuse(_too_large(facts, cells * factor, world, out_of, product))
    spec = ProductSpec(id=product, name=product, elasticity_class="", fact=product, parent=out_of)
    complete, notes = complete_facts(facts, world.flows[at], world.states, product, model)
    fob, scale = fit_product(spec, complete, world.flows[at], world.states, settings)
    taken, given = take_out(cells, fob, factor, settings)
    flows = np.concatenate([world.flows, taken[None]])
    flows[j] = cells - given
    if abs(scale - 1.0) > 1e-6:
        notes.append(f"Recorded imports x {scale:.3f} to equal exports.")
    notes += _overflow_notes(fob / factor, given, world, settings, out_of)
    if users is None and like is not None:
        buys = (world.input_share[at] > 0).any(axis=1)
        users = [product if s == like else s for s, does in zip(world.sectors, buys, strict=True) if does]
    theta, word, theta_note = _elasticity(world, facts.elasticity, model)
    tariff = np.concatenate([world.tariff, world.tariff[j][None]])
    gamma, value_added, input_notes = _links(world, flows, (1.0 + tariff) * flows, j, product, users)
    who = f"of {out_of}" if users is None else f"named ({', '.join(users)})" if users else "none: all is final demand"
    use = f"Inputs per unit of output and tariffs are those of {out_of}; users as an input: {who}."
    notes += [theta_note, use, *input_notes]
    title = product.replace("_", " ").capitalize()
    first = f"{title} taken out of {out_of} by {len(facts.rows)} facts, US$ {given.sum():,.6g} million of sales"
    repairs = (f"{first}.", *(f"{title}: {note}" for note in notes))
    made = replace(
        world,
        name=f"{world.name}-{product}",
        sectors=(*world.sectors, product),
        flows=flows,
        input_share=gamma,
        value_added_share=value_added,
        tariff=tariff,
        trade_elasticity=np.append(world.trade_elasticity, theta),
        elasticity_sets={
            name: np.append(values, theta if np.array_equal(values, world.trade_elasticity) else values[at])
            for name, values in world.elasticity_sets.items()
        },
        sector_names={**world.sector_names, product: title},
        tags=_tags(world, product, out_of, word),
        repairs=(*world.repairs, *repairs),
    )
    return Split(made, world, out_of, facts.rows, repairs, word)


def _label_problems(
    world: World, product: str, out_of: str, like: str | None, users: Sequence[str] | None, factor: float
) -> list[Problem]:
    """Sectors that the world lacks, a label that is taken or not valid, a world that is not in equilibrium."""
    named = [out_of, *([like] if like is not None else []), *(users or ())]
    known = (*world.sectors, product)
    problems = [unknown("sector", s, world.sectors) for s in named if s not in known or (s == product and s == out_of)]
    taken = {*world.sectors, *world.all_tags, "all"}
    if product in taken:
        problems.append(Problem("is a sector or tag of the world already", key="product", found=product))
    elif not (product.isascii() and product.replace("_", "a").replace("-", "a").isalnum() and product[0].isalpha()):
        allowed = "letters, digits, _ and -, a letter first"
        problems.append(
            Problem("is not a valid label of a sector", key="product", found=repr(product), allowed=allowed)
        )
    if not 0 < factor < np.inf:
        problems.append(Problem("out of range", key="price_factor", found=str(factor), allowed="> 0"))
    if world.final_share is not None:
        message = "has final shares of its own, so that it is not yet an equilibrium"
        problems.append(Problem(message, key=world.name, allowed="Equilibrium.to_world() of it"))
    return problems


def _too_large(facts: ProductFacts, cells: Array, world: World, out_of: str, product: str) -> list[Problem]:
    """Facts larger than what the sector has there at the prices of the facts, `cells` (N, N)."""
    abroad = cells - np.diag(np.diag(cells))
    at = {state: i for i, state in enumerate(world.states)}
    problems = []
    for fact in facts.typed:
        i = at[fact.state]
        room = {
            "flow": cells[i, at[fact.partner]] if fact.partner else 0.0,
            "exporter": abroad[i].sum(),
            "importer": abroad[:, i].sum(),
            "domestic_sales": cells[i, i],
        }.get(fact.role, np.inf)
        if fact.value > room * (1.0 + 1e-9):
            word = "exports" if fact.role == "flow" else next(w for w, role in ROLES.items() if role == fact.role)
            key = " ".join(filter(None, (product, word, fact.state, fact.partner)))
            allowed = f"at most {room:.6g}, or overflow keep, which believes the fact"
            problems.append(Problem(f"is larger than {out_of} there", None, None, key, f"{fact.value:.6g}", allowed))
    return problems


def _overflow_notes(wanted: Array, given: Array, world: World, settings: SplitSpec, out_of: str) -> list[str]:
    """Say how much of the product its sector could not give above the floor, and where most of it."""
    beyond = wanted - given
    total = float(beyond.sum())
    if total <= 1e-9 * float(wanted.sum()):
        return []
    cells = [divmod(int(at), len(world.states)) for at in np.argsort(beyond, axis=None)[::-1][:3]]
    worst = ", ".join(
        f"{world.states[i]} to {world.states[n] if n != i else 'itself'} {beyond[i, n]:.4g}"
        for i, n in cells
        if beyond[i, n] > 0
    )
    outcome = "kept all the same, so that the cells grew" if settings.overflow == "keep" else "cut"
    return [
        f"{total / float(wanted.sum()):.1%} of its value, US$ {total:,.6g} million, went beyond what {out_of} could "
        f"give above the floor of {settings.floor:.0%}: {outcome} (most: {worst})."
    ]


def _elasticity(world: World, written: str | None, model: str) -> tuple[float, str | None, str]:
    """Trade elasticity, its class if it has one, and where it is from."""
    if written is None:
        theta = float(world.trade_elasticity[world.sectors.index(model)])
        return theta, _class_of(world, model), f"No elasticity given: {theta:g}, that of {model}."
    number = parse_number(written)
    if number is not None:
        return number, None, f"Elasticity {number:g} by a fact; other elasticity sets have that of {model}."
    classes = {
        word: float(world.trade_elasticity[s]) for s, x in enumerate(world.sectors) if (word := _class_of(world, x))
    }
    if written not in classes:
        allowed = ", ".join(["a number above 0", *classes])
        near = nearest(written, classes)
        raise WorldError(Problem("unknown class", key="elasticity", found=written, allowed=allowed, suggestion=near))
    theta = classes[written]
    return theta, written, f"Elasticity {theta:g}, class {written}; other elasticity sets have that of {model}."


def _class_of(world: World, sector: str) -> str | None:
    """Class of a sector, the last of its tags, if all sectors with that tag have one elasticity."""
    word = (world.tags.get(sector) or ("",))[-1]
    same = {float(world.trade_elasticity[s]) for s, x in enumerate(world.sectors) if word in world.tags.get(x, ())}
    return word if len(same) == 1 and word not in ("goods", "services", "product") else None


def _links(
    world: World, flows: Array, spending: Array, j: int, product: str, users: Sequence[str] | None
) -> tuple[Array, Array, list[str]]:
    """Input shares (S + 1, S + 1, N) and value-added shares (S + 1, N): the sector's row divided, its column copied.

    User u in state n buys ``gamma_jun X_pn / (X_pn + X_jn)`` of product p where it is a user of it, the rest from
    sector j, with X the spending on each. Use above 97 % of spending that was not there before is moved to value added.
    """
    S = len(world.sectors)
    X, Y = spending.sum(axis=1), flows.sum(axis=2)
    gamma = np.zeros((S + 1, S + 1, flows.shape[1]))
    gamma[:S, :S], gamma[:S, S] = world.input_share, world.input_share[:, j]
    gamma[:S, S, Y[S] <= 0] = 0.0  # an empty sector buys nothing
    labels = (*world.sectors, product)
    buys = np.array([users is None or label in users for label in labels], dtype=np.float64)
    mine = buys[:, None] * X[S]
    part = ratio(mine, mine + X[j])
    gamma[S] = gamma[j] * part
    gamma[j] -= gamma[S]
    before = np.einsum("kjn,jn->kn", world.input_share, world.baseline.sales)
    had = ratio(before, world.baseline.spending)
    limit = np.maximum(CapSpec().intermediate_use, np.concatenate([had, had[j][None]])) * (1.0 + 1e-12)
    capped, notes = cap_use(gamma, X, Y, limit, labels, world.states)
    if len(notes) > 1:
        factors = ratio(capped, gamma, 1.0)
        hit = [labels[int(k)] for k in np.flatnonzero((factors < 1).any(axis=(1, 2)))]
        notes = [f"{notes[0][:-1]}; the least factor is {factors.min():.3f} ({', '.join(hit)})."]
    value_added = np.concatenate([world.value_added_share, world.value_added_share[j][None]])
    value_added[S, Y[S] <= 0] = 1.0
    return capped, value_added + (gamma - capped).sum(axis=0), notes


def _tags(world: World, product: str, out_of: str, word: str | None) -> dict[str, tuple[str, ...]]:
    """Tags of the world, the product's those of its sector; both share ``<sector>_all``."""
    family, parent = f"{out_of}_all", world.tags.get(out_of, ())
    kept = [tag for tag in parent if tag not in ("product", family, _class_of(world, out_of))]
    own = (*kept, family, "product", *((word,) if word else ()))
    shared = parent if family in parent else (*parent[:1], family, *parent[1:])
    return {**world.tags, out_of: shared, product: own}
