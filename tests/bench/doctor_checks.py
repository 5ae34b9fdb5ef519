"""Metamorphic checks of the doctor: the order of columns, classes and rows changes nothing, and a fault made stronger
never falls silent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core.data.splits import Splits
from core.diagnosis.diagnose import diagnose
from tests.bench.doctor_cases import CANCER, DIGITS, WINE, Case, Changes, flipped, sgd, stacked
from tests.bench.doctor_oracles import LOSS
from tests.bench.doctor_runs import SEEDS, Run, Tamper, doubted, runs, with_twin

OUT_OF_REACH = ("small_class", "other_validation", "leaked_column", "copied_rows", "drifted")
OTHER_SEEDS = 1000
Change = Callable[[Splits], Splits]


def columns(splits: Splits) -> Splits:
    """Columns in another order."""
    order = np.random.default_rng(1).permutation(splits.features)
    return replace(splits, inputs=splits.inputs[:, :, order], input_names=tuple(splits.input_names[k] for k in order))


def classes(splits: Splits) -> Splits:
    """Classes with other numbers."""
    if not splits.classes:
        return splits
    order = np.random.default_rng(2).permutation(splits.classes)
    names = tuple(splits.class_names[k] for k in np.argsort(order))
    return replace(splits, targets=order[splits.targets], class_names=names)


def rows(splits: Splits) -> Splits:
    """Training rows in another order."""
    rng = np.random.default_rng(3)
    return replace(splits, train=tuple(rng.permutation(part) for part in splits.train))


SAME: dict[str, Change] = {"columns": columns, "classes": classes, "rows": rows}


def _sigmoid(depth: int) -> Changes:
    return {**DIGITS, **stacked(DIGITS, depth, "sigmoid", {"kind": "glorot_normal"})}


def _ladder(base: Changes, right: str, *steps: Changes, tampers: tuple[Tamper | None, ...] = ()) -> Any:
    return right, [({**base, **step}, tampers[k] if tampers else None) for k, step in enumerate(steps)]


LADDERS: dict[str, Any] = {
    "rate up": _ladder(DIGITS, "lr_too_high", *(sgd(rate, "adam") for rate in (0.3, 1.0, 10.0, 100.0))),
    "rate down": _ladder(WINE, "lr_too_low", *(sgd(rate) for rate in (1e-4, 1e-5, 1e-7, 0.0))),
    "depth": _ladder(DIGITS, "vanishing_gradient", *(_sigmoid(depth) for depth in (7, 9, 12, 20))),
    "decay": _ladder(
        *(CANCER, "over_regularised"),
        *({"optimizer": {"kind": "adamw", "weight_decay": decay}} for decay in (10.0, 30.0, 100.0)),
    ),
    "first weights": _ladder(
        *(DIGITS, "bad_init_scale exploding_gradient"),
        *({"network.initialisation": {"kind": "normal", "std": std}, **sgd(0.05)} for std in (2.0, 5.0, 20.0)),
    ),
    "labels": _ladder(
        *({**DIGITS, "training.epochs": 60, "network.layers": [{"units": 128}] * 2}, "noisy_labels"),
        *({}, {}, {}),
        tampers=(flipped(0.2), flipped(0.3), flipped(0.4)),
    ),
}
"""Name: the ids of which one must be said, and experiments with the fault ever stronger."""


def check_same(cases: list[Case]) -> None:
    """Prints in how many runs the causes, and the hit, stay what they were."""
    for name, change in SAME.items():
        kept = hits = total = 0
        for case in [case for case in cases if name != "rows" or case.family != "unshuffled"]:
            before = runs(case.changes, case.tamper)
            after = runs(case.changes, lambda s, c=case, f=change: f(c.tamper(s) if c.tamper else s))
            for one, two in zip(before, after, strict=True):
                first, second = _causes(one), _causes(two)
                kept += first == second
                hits += bool(first & case.right) <= bool(second & case.right)
                total += 1
        print(f"{name + ' permuted':<22} same causes {kept}/{total}, no hit lost {hits}/{total}")


def check_stronger() -> None:
    """Prints for each ladder at how many seeds a finding, once there, stays as the fault grows."""
    for name, (right, steps) in LADDERS.items():
        said = np.array([[bool(_present(run) & set(right.split())) for run in runs(c, t)] for c, t in steps])
        stays = [bool(np.all(np.diff(said[:, seed].astype(int)) >= 0)) for seed in range(SEEDS)]
        shown = " → ".join(f"{row.sum()}/{SEEDS}" for row in said)
        print(f"{name:<22} said {shown}; never falls silent {sum(stays)}/{SEEDS}")


def check_repair(cases: list[Case]) -> None:
    """Prints how often the first remedy of the first cause takes the fault away, the oracle seeing it no more and the
    validation score within LOSS of the healthy twin's; beside it the placebo, the same experiment with other seeds.
    Faults put into the data after preparation, where no change of the experiment can reach them, are left out."""
    done, repaired, placebo, total, without = set(OUT_OF_REACH), 0, 0, 0, 0
    for case in cases:
        if case.family in done or case.twin is None:
            continue
        sick = runs(case.changes, case.tamper)
        twins = sick if case.twin == case.changes else runs(case.twin)
        if not all(case.oracle(with_twin(run, twin)) for run, twin in zip(sick, twins, strict=True)):
            continue  # a fault that some seeds do not have cannot be mended in them
        done.add(case.family)
        causes = [f for f in diagnose(sick[0].experiment, sick[0].record).causes if f.remedies]
        if not causes:
            without += len(sick)
            print(f"  {case.family + '/' + case.name:<34} no remedy")
            continue
        remedy = causes[0].remedies[0]
        good = _well(case, twins, {**case.changes, **remedy.change})
        by_luck = _well(case, twins, {**case.changes, "training.seed": OTHER_SEEDS})
        repaired, placebo, total = repaired + good, placebo + by_luck, total + len(sick)
        told = f"{causes[0].id}: {remedy.label}: {good}/{len(sick)}, placebo {by_luck}/{len(sick)}"
        print(f"  {case.family + '/' + case.name:<34} {told}", flush=True)
    print(f"first remedy repairs           {repaired}/{total}\nplacebo repairs                {placebo}/{total}")
    print(f"no remedy                      {without}")


def _well(case: Case, twins: list[Run], changes: Changes) -> int:
    """In how many seeds the fault is not there."""
    tried = zip(runs(changes, case.tamper), twins, strict=True)
    return sum(not case.oracle(with_twin(run, t)) and run.score(True) > t.score(True) - LOSS for run, t in tried)


def _causes(run: Run) -> set[str]:
    return {finding.id for finding in diagnose(run.experiment, doubted(run).record).causes}


def _present(run: Run) -> set[str]:
    return {finding.id for finding in diagnose(run.experiment, doubted(run).record).findings}
