"""What a run tells beside its curves: which rows its answers belong to, and what was the first not to be finite."""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from core.recording.measured import Culprit
from core.recording.unrolled import RowValues
from core.training.evaluation import Part
from core.training.pretraining import Told
from core.training.run import Member, Run, sentence


def tell_rows(run: Run) -> None:
    """Rows of kind "rows": validation and test rows whose answers are recorded, with their targets."""
    for member in run.members:
        for split, part in (("validation", member.program.validation), ("test", member.program.test)):
            for number, rows in zip(member.program.numbers, part.kept, strict=True):
                if len(rows):
                    target = _own_unit(run, rows)
                    row = {"replica": number, "split": split, "row": run.splits.rows[rows].tolist(), "target": target}
                    run.outbox.add("rows", row)


def tell_pretraining(run: Run, member: Member, place: int, told: Told) -> None:
    """A row of kind "pretraining"."""
    run.outbox.add("pretraining", {"replica": member.program.numbers[place], **asdict(told)})


def tell_sequences(run: Run, epoch: int) -> None:
    """Rows of kind "sequences": what recurrent layers make of a few validation rows, with the weights as they are; at
    epoch 0 also what goes in."""
    looking = run.looking
    if epoch not in run.looked_at or not len(looking.rows):
        return
    start = time.perf_counter()
    seen = looking.look()
    if epoch == 0:
        seen = [RowValues(0, "input", looking.inputs()), *seen]
    for of in seen:
        for place, row in enumerate(looking.rows):
            about = {"epoch": epoch, "replica": 0, "layer": of.layer, "quantity": of.quantity, "row": int(row)}
            run.outbox.add("sequences", about | {"steps": looking.steps, "values": of.values[place].ravel()})
    run.recording_seconds += time.perf_counter() - start


def tell_culprits(run: Run, member: Member, epoch: int, culprits: Sequence[Culprit]) -> None:
    """Events first_nan and first_infinite."""
    for culprit in culprits:
        run.culprits.append(culprit)
        run.outbox.event(
            epoch,
            member.program.numbers[culprit.replica],
            "first_nan" if culprit.is_nan else "first_infinite",
            sentence(culprit, len(member.program.network.blocks)),
            culprit.step,
            culprit.layer,
            culprit.quantity,
            math.nan if culprit.is_nan else math.inf,
        )


def tell_answers(run: Run, member: Member, split: str, part: Part, epochs: Sequence[int]) -> None:
    """Answers with the weights that are kept, which are those of `epochs` (one per place)."""
    reached = part.reach(member.program.network, with_answers=True)
    for place, epoch in enumerate(epochs):
        run.add_answers(member, epoch, place, reached, split)


def _own_unit(run: Run, rows: np.ndarray) -> list[float]:
    if run.splits.bottleneck is not None:
        return [] if run.splits.labels is None else [float(value) for value in np.ravel(run.splits.labels[rows])]
    targets = run.splits.targets[rows]
    if run.splits.task == "regression":
        targets = targets * np.array(run.splits.target_std, np.float32) + np.array(run.splits.target_mean, np.float32)
    return [float(value) for value in np.ravel(targets)]
