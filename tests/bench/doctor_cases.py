"""Seeded faults and healthy controls: what is changed, which findings are right, which are arguable."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.data.splits import Splits
from tests.bench import doctor_oracles as oracle
from tests.bench.doctor_runs import Run, Tamper

Changes = dict[str, Any]
BLURRED = {"kind": "gaussians", "rows": 1500, "noise": 0.5}
FLOW = "vanishing_gradient exploding_gradient dead_relu saturated_activation bad_init_scale"
OUTCOME = frozenset({"plateau", "underfitting", "collapsed_predictions"})
"""Descriptions of a bad outcome: never a hit, never a false alarm where the oracle saw the fault cost something."""


@dataclass(frozen=True)
class Case:
    """One experiment with a fault (or none). right: any of these is a hit; allowed: arguable, neither hit nor false."""

    family: str
    name: str
    changes: Changes
    right: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    oracle: Callable[[Run], bool] = oracle.costs
    twin: Changes | None = None
    tamper: Tamper | None = None
    is_in_settings: bool = False
    """Whether the settings alone give the fault away."""


def dense(depth: int, units: int = 32, **more: Any) -> list[Changes]:
    """Equal hidden layers."""
    return [{"units": units, **more}] * depth


def base(
    data: Any, depth: int = 2, units: int = 32, epochs: int = 30, activation: str = "relu", **more: Any
) -> Changes:
    """A healthy experiment on a table."""
    fitting = {"kind": "he_normal" if activation == "relu" else "glorot_normal"}
    kind = data["kind"] if isinstance(data, dict) else data
    values = kind in ("diabetes", "plane", "bumpy", "sine", "friedman")
    start: Changes = {
        "data": data,
        "network.layers": dense(depth, units, activation=activation),
        "network.initialisation": fitting,
        "training.epochs": epochs,
    }
    return {
        **start,
        **({"loss": "squared_error"} if values else {}),
        **{k.replace("__", "."): v for k, v in more.items()},
    }


def family(name: str, right: str, allowed: str, *cases: tuple[str, Changes, Changes], **more: Any) -> list[Case]:
    """Cases of one family: (name, healthy base, fault)."""
    return [
        Case(
            name,
            title,
            {**healthy, **fault},
            frozenset(right.split()),
            frozenset(allowed.split()),
            twin=healthy,
            **more,
        )
        for title, healthy, fault in cases
    ]


DIGITS, WINE, CANCER, PENGUINS = (base(t) for t in ("digits", "wine", "breast_cancer", "penguins"))
MOONS, CIRCLES, XOR = (base({"kind": t, "rows": 600}, epochs=60) for t in ("moons", "circles", "xor"))
BLOBS, SPIRALS = (
    base("blobs"),
    base({"kind": "spirals", "rows": 800}, units=64, epochs=100, optimizer__learning_rate=0.01),
)
FRIEDMAN, BUMPY, PLANE = (
    base("friedman", epochs=60),
    base("bumpy", epochs=80, optimizer__learning_rate=0.01),
    base("plane"),
)
DIABETES = base("diabetes", epochs=20, units=8, optimizer__learning_rate=0.01)


def stacked(healthy: Changes, depth: int, activation: str, start: Any, units: int = 48) -> Changes:
    """A fault: many layers of one kind."""
    return {"network.layers": dense(depth, units, activation=activation), "network.initialisation": start}


def sgd(rate: float, kind: str = "sgd") -> Changes:
    return {"optimizer": {"kind": kind, "learning_rate": rate}}


def flipped(share: float) -> Tamper:
    """Labels replaced by another class at random, in all parts."""

    def apply(splits: Splits) -> Splits:
        rng = np.random.default_rng(7)
        targets = splits.targets.copy()
        hit = rng.random(len(targets)) < share
        targets[hit] = (targets[hit] + rng.integers(1, splits.classes, hit.sum())) % splits.classes
        return replace(splits, targets=targets)

    return apply


def thinned(keep: int, classes: int = 1) -> Tamper:
    """The last classes keep one of `keep` training and validation rows."""

    def apply(splits: Splits) -> Splits:
        def left(rows: np.ndarray) -> np.ndarray:
            small = splits.targets[rows] >= splits.classes - classes
            return rows[~small | (np.cumsum(small) % keep == 0)]

        train, validation = (tuple(left(r) for r in part) for part in (splits.train, splits.validation))
        return replace(splits, train=train, validation=validation)

    return apply


def sorted_rows(splits: Splits) -> Splits:
    """Training rows by class."""
    return replace(splits, train=tuple(r[np.argsort(splits.targets[r].ravel(), kind="stable")] for r in splits.train))


def one_sided(splits: Splits) -> Splits:
    """Validation rows of the first class only stay one in six."""
    rows = splits.validation[0]
    first = splits.targets[rows] == 0
    return replace(splits, validation=(rows[~first | (np.cumsum(first) % 6 == 0)],))
