"""The state of one training: its programs, who still trains, and what waits to be handed over."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.choices.networks import Autoencoder
from core.data.splits import Splits
from core.experiment import Experiment
from core.recording.measured import Culprit
from core.recording.outbox import Outbox
from core.recording.sink import Sink
from core.training.codes import codes
from core.training.evaluation import Reached
from core.training.keeping import Keeper
from core.training.looking import Looking
from core.training.picturing import Pictures
from core.training.program import Program
from core.training.steering import Steering


@dataclass
class Member:
    """A program with its keeper. active: places (0..R-1) that still train. latest: the newest row of kind "epochs" of
    each place; stood: the one it stopped with."""

    program: Program
    keeper: Keeper
    active: np.ndarray = field(init=False)
    latest: dict[int, dict[str, Any]] = field(default_factory=dict)
    stood: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.active = np.arange(len(self.program.numbers))


@dataclass
class Run:
    """One call of `train`."""

    experiment: Experiment
    splits: Splits
    sink: Sink
    steering: Steering
    members: list[Member]
    outbox: Outbox
    detailed: frozenset[int]
    replicas: int
    pictures: Pictures
    looking: Looking
    """Follows single rows through recurrent layers."""
    looked_at: frozenset[int]
    """The epochs at which it does."""
    epoch: int = 0
    is_stopped: bool = False
    diverged: dict[int, int] = field(default_factory=dict)
    """Replica → the epoch without a finite loss."""
    culprits: list[Culprit] = field(default_factory=list)
    epoch_seconds: list[float] = field(default_factory=list)
    recording_seconds: float = 0.0
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _recorded: float = 0.0

    @property
    def all_diverged(self) -> bool:
        """Whether no replica ended with a finite loss."""
        return len(self.diverged) == self.replicas

    def row(self, member: Member, epoch: int, place: int, train: Reached, validation: Reached) -> dict[str, Any]:
        """The columns of kind "epochs" that come from an evaluation."""
        group = member.program.optimizer.param_groups[0]
        return {
            "epoch": epoch,
            "replica": member.program.numbers[place],
            "train_loss": float(train.loss[place]),
            "validation_loss": float(validation.loss[place]),
            "train_score": float(train.score[place]),
            "validation_score": float(validation.score[place]),
            "learning_rate": member.program.rates.of(place),
            "weight_decay": float(group["weight_decay"]),
        }

    def add_epoch_row(self, row: dict[str, Any]) -> None:
        """Epoch 0 goes to the outbox at once; others wait for `end_epoch`, which knows how long they took."""
        if row["epoch"] == 0:
            self.outbox.add("epochs", row)
        else:
            self._rows.append(row)

    def add_answers(self, member: Member, epoch: int, place: int, reached: Reached, split: str = "validation") -> None:
        """A replica's answers; values of a regression in their own unit; of an autoencoder's first replica what it
        makes of the validation rows."""
        network = self.experiment.network
        if isinstance(network, Autoencoder):
            program = member.program
            if split == "validation" and program.numbers[place] == 0:
                self.outbox.add("codes", {"epoch": epoch, "replica": 0, **codes(program, network.middle)})
            return
        if not reached.answers or not reached.answers[place].size:
            return
        answers = reached.answers[place]
        if self.splits.task == "regression":
            answers = answers * np.array(self.splits.target_std, np.float32) + np.array(
                self.splits.target_mean, np.float32
            )
        self.outbox.add_outputs(epoch, member.program.numbers[place], split, answers)

    def end_epoch(self, epoch: int, seconds: float, built: float) -> None:
        """All programs are through. built: what the outbox had spent on tables before this epoch."""
        self.epoch = epoch
        self.epoch_seconds.append(seconds)
        self.recording_seconds += self.outbox.seconds - built
        recording = self.recording_seconds - self._recorded
        self._recorded = self.recording_seconds
        for row in self._rows:
            self.outbox.add("epochs", row | {"seconds": seconds, "recording_seconds": recording})
        self._rows = []

    def stop_early(self, member: Member, epoch: int, place: int, loss: float) -> None:
        """Patience has run out: this replica stands still; its best weights are the ones kept."""
        best = member.keeper.best.get(place)
        said = f"no lower validation loss for {member.keeper.patience} epochs"
        said += f"; the lowest was in epoch {best.epoch}" if best else ""
        self._stand_still(member, epoch, place, loss)
        self.outbox.event(epoch, member.program.numbers[place], "early_stopped", said, value=float(loss))

    def lower_rates(self, member: Member, epoch: int, losses: np.ndarray) -> None:
        """The schedule has waited long enough for a lower loss: the rate falls for the replicas concerned."""
        rates = member.program.rates
        tired = rates.look(losses, member.active)
        before = {place: rates.of(place) for place in tired}
        if tired:
            rates.apply(member.program.steps_done)
        for place in tired:
            said = f"learning rate {before[place]:.3g} → {rates.of(place):.3g}: the loss had not fallen"
            number, step = member.program.numbers[place], member.program.steps_done
            self.outbox.event(epoch, number, "rate_lowered", said, step, None, "learning_rate", rates.of(place))

    def stop_diverged(self, member: Member, epoch: int, place: int, loss: float) -> None:
        """No batch of a whole epoch had a finite loss: this replica stands still."""
        number = member.program.numbers[place]
        self.diverged[number] = epoch
        self._stand_still(member, epoch, place, loss)
        said = f"no batch of epoch {epoch} had a finite loss"
        self.outbox.event(epoch, number, "diverged", said, member.program.steps_done, None, "loss", float(loss))

    def why_diverged(self) -> str:
        """The reason of a failed run, in a sentence."""
        epoch = min(self.diverged.values())
        first = min(self.culprits, key=lambda each: each.step, default=None)
        said = f"diverged: in epoch {epoch} no batch had a finite loss"
        if first is None:
            return said
        program = self.members[0].program
        began = (first.step - 1) // program.order.steps + 1
        return f"{said}. First: {sentence(first, len(program.network.blocks))}, in epoch {began}"

    def tell_stop(self, epoch: int) -> None:
        """A stop came: after `epoch`, or in the middle of it."""
        done = self.members[0].program.steps_done
        where = f"after epoch {epoch}" if epoch == self.epoch else f"in epoch {epoch} after step {done}"
        self.outbox.event(self.epoch, 0, "stopped", f"stopped as asked, {where}", done)

    def _stand_still(self, member: Member, epoch: int, place: int, loss: float) -> None:
        member.program.freeze(place)
        member.keeper.stop(place, epoch, float(loss), member.program.network)
        member.active = member.active[member.active != place]
        member.stood[place] = member.latest[place]


def sentence(culprit: Culprit, layers: int) -> str:
    """What was not finite, where and when, in a network of so many layers, of which the last is called the output."""
    what = "not a number" if culprit.is_nan else "infinite"
    name = "the output layer" if culprit.layer == layers else f"layer {culprit.layer}"
    where = "" if culprit.layer is None else f" of {name}"
    return f"{culprit.quantity}{where} became {what} in step {culprit.step}"
