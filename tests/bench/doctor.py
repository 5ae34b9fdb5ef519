"""The doctor's benchmark: seeded faults × tables × three seeds, verified by oracles, judged by the rules. Even cases of
a family are for choosing thresholds, odd ones only report: `python -m tests.bench.doctor [--half choose]`."""

import argparse
import hashlib
import math
import pickle
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from core.diagnosis.diagnose import Diagnosis, diagnose
from tests.bench.doctor_cases import OUTCOME, Case
from tests.bench.doctor_checks import check_repair, check_same, check_stronger
from tests.bench.doctor_controls import controls
from tests.bench.doctor_families import faults
from tests.bench.doctor_floor import RULE_SETS, Alarm, alarms
from tests.bench.doctor_fresh import fresh, fresh_controls
from tests.bench.doctor_more import more_controls, more_faults
from tests.bench.doctor_oracles import measured
from tests.bench.doctor_runs import Run, doubted, runs, until, with_twin

LOOKS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
"""Epochs at which a run is looked at while it is going on."""


@dataclass(frozen=True)
class Judged:
    """One seed of one case with its diagnosis."""

    case: Case
    half: str
    run: Run
    diagnosis: Diagnosis

    @property
    def causes(self) -> set[str]:
        return {finding.id for finding in self.diagnosis.causes}

    @property
    def present(self) -> set[str]:
        return {finding.id for finding in self.diagnosis.findings}

    @property
    def is_hit(self) -> bool:
        return bool(self.present & self.case.right)

    @cached_property
    def excused(self) -> frozenset[str]:
        """What is right or arguable; nothing in a healthy run."""
        right = self.case.right
        return right | self.case.allowed | OUTCOME | measured(self.run) if right else frozenset()

    @property
    def false(self) -> set[str]:
        """Alarms that are neither right nor arguable; of a healthy run, all."""
        return self.present - self.excused

    def live(self) -> dict[int, set[str]]:
        """Findings at some epochs while the run was going on."""
        last = self.run.experiment.training.epochs
        looks = [epoch for epoch in LOOKS if epoch < last]
        cut = {epoch: diagnose(self.run.experiment, until(self.run.record, epoch)) for epoch in looks}
        return {epoch: {f.id for f in diagnosis.findings} for epoch, diagnosis in cut.items()}

    def detected(self) -> int:
        """The first epoch that was looked at and showed the fault; the last one if only the end did."""
        return next(
            (epoch for epoch, said in self.live().items() if said & self.case.right), len(self.run.curve("epoch"))
        )


def halved(cases: Iterable[Case]) -> list[tuple[Case, str]]:
    """Within each family in turn: for choosing, for reporting."""
    place: Counter[str] = Counter()
    found = []
    for case in cases:
        found.append((case, "report" if place[case.family] % 2 else "choose"))
        place[case.family] += 1
    return found


def everything() -> list[tuple[Case, str]]:
    """All cases with the part that they belong to."""
    later = [(case, "fresh") for case in (*fresh(), *fresh_controls())]
    return [*halved([*faults(), *controls(), *more_faults(), *more_controls()]), *later]


def judged(case: Case, half: str, folder: Path | None) -> tuple[list[Judged], int]:
    """The seeds in which the oracle sees the fault, and how many it does not."""
    real, dropped = verified(case) if folder is None else kept(case, folder)
    real = [doubted(run) for run in real]
    return [Judged(case, half, run, diagnose(run.experiment, run.record)) for run in real], dropped


def verified(case: Case) -> tuple[list[Run], int]:
    """Trains a case; the seeds in which the oracle sees its fault."""
    mine = runs(case.changes, case.tamper)
    if not case.right:
        return mine, 0
    assert case.twin is not None
    twins = mine if case.twin == case.changes else runs(case.twin)
    paired = [with_twin(run, twin) for run, twin in zip(mine, twins, strict=True)]
    real = [with_twin(run, None) for run in paired if case.oracle(run)]
    return real, len(paired) - len(real)


def kept(case: Case, folder: Path) -> tuple[list[Run], int]:
    """The same from a file of an earlier call, if the case has not changed since."""
    name = hashlib.sha256(repr((case.family, case.name, case.changes, case.twin)).encode()).hexdigest()[:16]
    path = folder / f"{name}.pickle"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(verified(case)))
    return pickle.loads(path.read_bytes())


def interval(hits: int, total: int) -> str:
    """Share with its Wilson interval of 95 %."""
    if not total:
        return "-"
    z, p = 1.96, hits / total
    middle, width = p + z * z / (2 * total), z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    low, high = (middle - width) / (1 + z * z / total), (middle + width) / (1 + z * z / total)
    return f"{p:.2f} ({hits}/{total}; {low:.2f}-{high:.2f})"


def report(half: str, cases: list[Judged], dropped: Counter[str]) -> None:
    """Recall, precision and silence of one half, per family."""
    sick, healthy = [c for c in cases if c.case.right], [c for c in cases if not c.case.right]
    families: dict[str, list[Judged]] = defaultdict(list)
    for one in sick:
        families[one.case.family].append(one)
    print(f"\n== {half} ==\n{'family':<20}{'runs':>5}{'no effect':>10}{'recall':>8}{'cause first':>12}  false alarms")
    for name, found in families.items():
        hits, first = sum(one.is_hit for one in found), sum(bool(one.causes & one.case.right) for one in found)
        false = Counter(alarm for one in found for alarm in one.false)
        print(
            f"{name:<20}{len(found):>5}{dropped[name]:>10}"
            f"{hits / len(found):>8.2f}{first / len(found):>12.2f}  {dict(false) or ''}"
        )
    hits, wrong = sum(one.is_hit for one in sick), sum(len(one.false) for one in cases)
    right = sum(len(one.present & one.case.right) for one in sick)
    roots = sum(len(one.causes & one.case.right) for one in sick)
    wrong_roots = sum(len(one.causes & one.false) for one in cases)
    hidden = [one for one in sick if not one.case.is_in_settings]
    silent = sum(not one.present for one in healthy)
    seen = sorted(one.detected() for one in sick if one.is_hit)
    quiet = sum(not any(one.live().values()) for one in healthy)
    print(f"recall                         {interval(hits, len(sick))}")
    print(f"recall, not in the settings    {interval(sum(one.is_hit for one in hidden), len(hidden))}")
    print(f"precision, all findings        {interval(right, right + wrong)}")
    print(f"precision, causes              {interval(roots, roots + wrong_roots)}")
    print(f"healthy runs silent            {interval(silent, len(healthy))}")
    print(f"healthy silent at any time     {interval(quiet, len(healthy))}")
    print(f"epochs to detect, median       {seen[len(seen) // 2] if seen else '-'}")
    compare(cases)


def compare(cases: list[Judged]) -> None:
    """Ours beside the published rule sets, all counted alike: an alarm is right if a finding it can mean is, and false
    if none of them is right or arguable."""
    sick = [one for one in cases if one.case.right]
    print(f"{'rule set':<20}{'recall':>8}{'hidden':>8}{'precision':>11}{'silent':>8}{'least family':>14}")
    for name in ("ours", *RULE_SETS):
        said = {id(one): _alarms(one, name) for one in cases}
        hit = {id(one): any(alarm & one.case.right for alarm in said[id(one)]) for one in sick}
        right = sum(bool(alarm & one.case.right) for one in sick for alarm in said[id(one)])
        wrong = sum(not alarm & one.excused for one in cases for alarm in said[id(one)])
        families = {one.case.family for one in sick}
        least = min((_share(hit[id(one)] for one in sick if one.case.family == f) for f in families), default=0.0)
        print(
            f"{name:<20}{_share(hit.values()):>8.2f}"
            f"{_share(hit[id(one)] for one in sick if not one.case.is_in_settings):>8.2f}"
            f"{right / max(right + wrong, 1):>11.2f}"
            f"{_share(not said[id(one)] for one in cases if not one.case.right):>8.2f}{least:>14.2f}"
        )


def _alarms(one: Judged, name: str) -> list[Alarm]:
    return [frozenset({key}) for key in one.present] if name == "ours" else alarms(one.run, name)


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / max(len(found), 1)


def explain(cases: list[Judged]) -> None:
    """Every miss and every false alarm."""
    for one in cases:
        if (one.case.right and not one.is_hit) or one.false:
            train, validation = one.run.score(), one.run.score(True)
            told = {f.id: round(f.value or 0, 4) for f in (*one.diagnosis.findings, *one.diagnosis.watch)}
            name = f"{one.case.family}/{one.case.name}#{one.run.replica}"
            print(
                f"  {name}: {train:.2f}/{validation:.2f} false {sorted(one.false)} missed {not one.is_hit} said {told}"
            )


def explain_live(cases: list[Judged]) -> None:
    """Alarms that healthy runs raised on the way."""
    for one in cases:
        alarms = {epoch: sorted(said) for epoch, said in one.live().items() if said}
        if not one.case.right and alarms:
            print(f"  {one.case.name}#{one.run.replica} on the way: {alarms}")


def main() -> int:
    """Runs it and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("choose", "report", "fresh", "all"), default="all")
    parser.add_argument("--only", default="", help="families or names with this word")
    parser.add_argument("--explain", action="store_true", help="list misses and false alarms")
    parser.add_argument("--keep", type=Path, help="folder for runs: judge them again without training")
    parser.add_argument("--checks", action="store_true", help="metamorphic checks too")
    parser.add_argument("--repair", action="store_true", help="try the first remedy on a case of each family")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    start, found, dropped = time.perf_counter(), [], defaultdict(Counter)  # type: ignore[var-annotated]
    for case, half in everything():
        if given.half in (half, "all") and given.only in f"{case.family}/{case.name}":
            mine, lost = judged(case, half, given.keep)
            found += mine
            dropped[half][case.family] += lost
    for half in ("choose", "report", "fresh"):
        mine = [one for one in found if one.half == half]
        if mine:
            report(half, mine, dropped[half])
            if given.explain:
                explain(mine)
                explain_live(mine)
    if given.checks:
        print("\n== metamorphic ==")
        check_same([case for case, half in halved(faults()) if half == "choose"][::3])
        check_stronger()
    if given.repair:
        print("\n== first remedies ==")
        wanted = "report" if given.half == "all" else given.half
        check_repair([case for case, half in everything() if half == wanted and given.only in case.family])
    print(f"\n{len(found)} runs judged in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
