"""Shares of cost and of final demand that follow prices: nested CES in changes (Baqaee and Farhi 2019, 2024).

With ``q = 1 - sigma_V`` between value added and the bundle of inputs, ``p = 1 - sigma`` among inputs and
``f = 1 - sigma_F`` among goods of final demand, all prices as ratios to the baseline:

``(c A)_ji^q = gamma_ji w_ji^q + (1 - gamma_ji) B_ji^q``, ``B_ji^p = sum_k gamma_kji P_ki^p / (1 - gamma_ji)``,
``gamma'_ji = gamma_ji w_ji^q / (c A)_ji^q``, ``gamma'_kji = gamma_kji P_ki^p B_ji^(q-p) / (c A)_ji^q``,
``P^F_n^f = sum_k alpha_kn P_kn^f``, ``alpha'_kn = alpha_kn (P_kn / P^F_n)^f``.

A group G of near substitutes counts as one input: with ``r = 1 - sigma_G`` within it and ``g_ji = sum_G gamma_kji``,
``P_Gji^r = sum_G gamma_kji P_ki^r / g_ji`` stands for its members in B, and ``gamma'_kji = gamma_kji P_ki^r P_Gji^(p-r)
B_ji^(q-p) / (c A)_ji^q``.

Where q = p inputs and value added form one nest. Every sum is written ``1 + sum share (x^p - 1)``, which is exact where
nothing moves and keeps its accuracy as p goes to 0, Cobb-Douglas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, Bools, Places, ratio
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.world import World

#: Power that stands for 0: off by 5e-15 times the square of a log price.
SMALLEST_POWER = 1e-14


def column(matrices: Array, vectors: Array) -> Array:
    """One matrix-vector product a row: (R, A, B) times (R, B) is (R, A)."""
    product: Array = (matrices @ vectors[:, :, None])[:, :, 0]
    return product


def power_of(elasticity: Array) -> Array:
    """``1 - elasticity``, or a power so small that it makes no difference from 0."""
    power = 1.0 - elasticity
    return np.where(np.abs(power) < SMALLEST_POWER, SMALLEST_POWER, power)


@dataclass(frozen=True, eq=False)
class Users:
    """Using sectors with the same power p among inputs.

    Attributes
    ----------
    power
        p.
    at
        Their positions among the sectors.
    inputs : (N, U, S)
        Their input shares ``[i, j, k]``.
    """

    power: float
    at: slice | Places
    inputs: Array


@dataclass(frozen=True, eq=False)
class Group:
    """Near substitutes, one input of every using sector.

    Attributes
    ----------
    power
        r.
    members : (G,)
        Their positions among the sectors.
    inputs : (N, S, G)
        Their input shares ``[i, j, k]``.
    share, divisor : (S, N)
        ``g_ji``, and the same with 1 in the place of 0.
    """

    power: float
    members: Places
    inputs: Array
    share: Array
    divisor: Array

    @classmethod
    def of(cls, inputs: Array, members: Places, elasticity: float) -> Group:
        """Take the members out of input shares (N, S, S) ``[i, j, k]``."""
        mine = np.ascontiguousarray(inputs[:, :, members])
        share = mine.sum(axis=2).T
        return cls(float(power_of(np.array(elasticity))), members, mine, share, np.where(share > 0.0, share, 1.0))


@dataclass(frozen=True, eq=False)
class Costs:
    """Unit costs and shares at some prices.

    Attributes
    ----------
    log_cost, factor : (S, N)
        ``ln(c A)`` and ``gamma'_ji / gamma_ji``.
    scale : (S, N)
        ``gamma'_kji / (gamma_kji P_ki^p)``.
    powered
        For each group of users ``P_ki^p``, (S, N).
    log_final : (N,); final : (S, N)
        ``ln P^F`` and alpha'.
    within
        For each group of near substitutes ``P_ki^r``, (G, N), and ``P_Gji^(p-r)``, (S, N).
    """

    log_cost: Array
    factor: Array
    scale: Array
    powered: tuple[Array, ...]
    log_final: Array
    final: Array
    within: tuple[tuple[Array, Array], ...] = ()


@dataclass(frozen=True, eq=False)
class Ces:
    """Elasticities of a solve with the baseline's shares. S sectors, N states.

    Attributes
    ----------
    gamma, alpha : (S, N)
        Shares of value added and of final demand.
    outer : (S, 1)
        q.
    bundle : (S, N) or None
        ``1 - gamma_ji`` (1 without inputs); None where q = p everywhere.
    users
        Groups of using sectors; none without input-output links.
    final_power
        f.
    groups
        Near substitutes; their columns are 0 in the inputs of `users`.
    inner : (S, 1)
        p by using sector.
    """

    gamma: Array
    alpha: Array
    outer: Array
    bundle: Array | None
    users: tuple[Users, ...]
    final_power: float
    groups: tuple[Group, ...]
    inner: Array

    @classmethod
    def of(
        cls, gamma: Array, alpha: Array, inputs: Array | None, sigma: Array, sigma_v: Array, sigma_f: float,
        near: Sequence[tuple[Places, float]] = (),
    ) -> Ces:  # fmt: skip
        """Prepare the groups from shares (`inputs` is (N, S, S) ``[i, j, k]``) and elasticities by sector, (S,).

        `near` are groups of near substitutes: positions of sectors, and the elasticity between them.
        """
        p, q = power_of(sigma), power_of(sigma_v)
        users: list[Users] = []
        groups: tuple[Group, ...] = ()
        if inputs is not None and near:
            groups = tuple(Group.of(inputs, members, elasticity) for members, elasticity in near)
            inputs = inputs.copy()
            for members, _ in near:
                inputs[:, :, members] = 0.0
        if inputs is not None:
            for value in dict.fromkeys(p.tolist()):
                at = np.flatnonzero(p == value)
                every = len(at) == len(p)
                mine = inputs if every else np.ascontiguousarray(inputs[:, at])
                users.append(Users(value, slice(None) if every else at, mine))
        nested = inputs is not None and bool((p != q).any())
        share = 1.0 - gamma
        bundle = np.where(share > 0.0, share, 1.0) if nested else None
        final_power = float(power_of(np.array(sigma_f)))
        return cls(gamma, alpha, q[:, None], bundle, tuple(users), final_power, groups, p[:, None])

    def costs(self, log_wage: Array, log_price: Array) -> Costs:
        """Unit costs and shares at log wages, (N,) or (S, N), and log prices of inputs, (S, N)."""
        rise, powered = np.zeros(self.gamma.shape), []
        known: dict[float, Array] = {}
        for group in self.users:
            change = known.setdefault(group.power, np.expm1(group.power * log_price))
            rise[group.at] = column(group.inputs, change.T).T
            powered.append(change + 1.0)
        within = []
        for near in self.groups:
            change = np.expm1(near.power * log_price[near.members])
            inside = column(near.inputs, change.T).T / near.divisor
            lifted = np.expm1(self.inner / near.power * np.log1p(inside))
            rise += near.share * lifted
            within.append((change + 1.0, (1.0 + lifted) / (1.0 + inside)))
        final = known.get(self.final_power)
        if final is None:
            final = np.expm1(self.final_power * log_price)
        wage = np.expm1(self.outer * log_wage)
        scale = None
        if self.bundle is not None:
            rise /= self.bundle
            lifted = np.expm1(self.outer / self.inner * np.log1p(rise))
            scale = (1.0 + lifted) / (1.0 + rise)
            rise = self.bundle * lifted
        rise += self.gamma * wage
        log_cost = np.log1p(rise)
        log_cost /= self.outer
        rise += 1.0
        factor = (wage + 1.0) / rise
        scale = 1.0 / rise if scale is None else scale / rise
        of_final = (self.alpha * final).sum(axis=0)
        shares = self.alpha * (final + 1.0)
        shares /= 1.0 + of_final
        log_final = np.log1p(of_final) / self.final_power
        return Costs(log_cost, factor, scale, tuple(powered), log_final, shares, tuple(within))

    def spending(self, costs: Costs, sales: Array, income: Array) -> Array:
        """``sum_j gamma'_kjn Y'_jn + alpha'_kn I'_n``, (S, N)."""
        spending: Array = costs.final * income
        using = costs.scale * sales
        for group, powered in zip(self.users, costs.powered, strict=True):
            spending += powered * column(group.inputs.transpose(0, 2, 1), using[group.at].T).T
        for near, (powered, index) in zip(self.groups, costs.within, strict=True):
            spending[near.members] += powered * column(near.inputs.transpose(0, 2, 1), (using * index).T).T
        return spending

    def moved(self, costs: Costs, change: Array) -> Array:
        """Change of log unit costs with that of log input prices, ``sum_k gamma'_kji dln P_ki``, (S, N)."""
        moved = np.zeros(self.gamma.shape)
        for group, powered in zip(self.users, costs.powered, strict=True):
            moved[group.at] = column(group.inputs, (powered * change).T).T
        for near, (powered, index) in zip(self.groups, costs.within, strict=True):
            moved += index * column(near.inputs, (powered * change[near.members]).T).T
        moved *= costs.scale
        return moved

    def input_share(self, costs: Costs) -> Array:
        """``gamma'_kji``, (S, S, N) over ``[k, j, i]``."""
        S, N = self.gamma.shape
        shares = np.zeros((S, S, N))
        for group, powered in zip(self.users, costs.powered, strict=True):
            shares[:, group.at] = group.inputs.transpose(2, 1, 0) * powered[:, None, :] * costs.scale[group.at]
        for near, (powered, index) in zip(self.groups, costs.within, strict=True):
            shares[near.members] = near.inputs.transpose(2, 1, 0) * powered[:, None, :] * (costs.scale * index)
        return shares


def ces_of(world: World, inputs: Array | None, parameters: EconomyParameters) -> Ces | None:
    """Shares of a world that follow prices, `inputs` (N, S, S) ``[i, j, k]``; None where all are constant."""
    if parameters.cobb_douglas and not parameters.stuck:
        return None
    sigma = sigma_v = parameters.by_sector("input_substitution", world)
    if parameters.value_added_substitution is not None:
        sigma_v = parameters.by_sector("value_added_substitution", world)
    shares = world.value_added_share, world.baseline.final_share
    return Ces.of(*shares, inputs, sigma, sigma_v, parameters.final_substitution, parameters.near_in(world))


def split_factors(world: World, works: Bools, parameters: EconomyParameters) -> tuple[Array | None, Array, Array]:
    """Factor income of the sectors stuck, (S, N) or None, of all others, (N,), and shares in the latter, (S, N)."""
    base = world.baseline
    stuck = parameters.stuck_in(world) if parameters.stuck else None
    if stuck is None or not (stuck & works).any():
        return None, base.value_added, base.factor_share
    income = np.where(stuck & works, base.factor_income, 0.0)
    others = np.where(stuck, 0.0, base.factor_income)
    mobile = others.sum(axis=0)
    share = ratio(others, mobile)
    return income, mobile, share
