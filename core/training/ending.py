"""The end of a run: weights saved, the kept ones put back, and every part evaluated with them; the test rows are looked
at here for the first time."""

import numpy as np
import safetensors.torch

from core.training.evaluation import Reached
from core.training.keeping import Kept, put_back
from core.training.run import Member, Run
from core.training.summary import Outcome, Summary, Values
from core.training.telling import tell_answers

PARTS = ("train", "validation", "test")


def end(run: Run, outcome: Outcome, reason: str | None) -> Summary:
    """Saves, evaluates, hands over what is left, and sums up."""
    reached: dict[str, list[Reached]] = {part: [] for part in PARTS}
    kept: list[Kept] = []
    for member in run.members:
        weights = _kept(run, member)
        kept += weights
        for place, each in enumerate(weights):
            put_back(member.program.network, place, each)
        _save(run, member)
        if member is run.members[0]:
            run.pictures.look(weights[0].epoch, member.program, run.outbox, at_the_end=True)
        for part in PARTS:
            reached[part].append(getattr(member.program, part).reach(member.program.network))
        _tell(run, member, [each.epoch for each in weights])
    _add_tests(run, kept, reached)
    run.outbox.flush(run.epoch)
    seconds = run.epoch_seconds
    run.sink.progress(run.epoch, run.experiment.training.epochs, float(np.median(seconds)) if seconds else None)
    return _summary(run, outcome, reason, kept, reached)


def _kept(run: Run, member: Member) -> list[Kept]:
    """Of each replica: the best weights with early stopping, else the last."""
    keeper, network, found = member.keeper, member.program.network, []
    for place, number in enumerate(member.program.numbers):
        best, last = keeper.best.get(place), keeper.last(place, run.epoch, network)
        keeper.still.setdefault(place, last)
        if keeper.patience is None or best is None or number in run.diverged and best.epoch == last.epoch:
            found.append(last)
            continue
        found.append(best)
        if best.epoch != last.epoch:
            said = f"went back to the weights of epoch {best.epoch}, where the validation loss was lowest"
            run.outbox.event(run.epoch, number, "best_restored", said, value=best.loss)
    return found


def _save(run: Run, member: Member) -> None:
    network, keeper = member.program.network, member.keeper
    for place, number in enumerate(member.program.numbers):
        for label, weights in (("best", keeper.best.get(place)), ("last", keeper.still[place])):
            if weights is not None:
                module = network.to_module(place, weights.row, weights.buffers)
                state = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
                run.sink.save_weights(number, label, weights.epoch, safetensors.torch.save(state))


def _tell(run: Run, member: Member, epochs: list[int]) -> None:
    tell_answers(run, member, "test", member.program.test, epochs)
    unseen = [place for place, epoch in enumerate(epochs) if epoch not in run.detailed]
    if unseen:
        reached = member.program.validation.reach(member.program.network, with_answers=True)
        for place in unseen:
            run.add_answers(member, epochs[place], place, reached)


def _add_tests(run: Run, kept: list[Kept], reached: dict[str, list[Reached]]) -> None:
    places = [(m, member, p) for m, member in enumerate(run.members) for p in range(len(member.program.numbers))]
    for split in PARTS:
        for (m, member, place), weights in zip(places, kept, strict=True):
            rows = int(getattr(member.program, split).counts[place])
            if rows:
                row = {"replica": member.program.numbers[place], "epoch": weights.epoch, "split": split, "rows": rows}
                loss, score = reached[split][m].loss[place], reached[split][m].score[place]
                run.outbox.add("tests", row | {"loss": float(loss), "score": float(score)})


def _summary(
    run: Run, outcome: Outcome, reason: str | None, kept: list[Kept], reached: dict[str, list[Reached]]
) -> Summary:
    def values(part: str, what: str) -> Values:
        return Values.of(np.concatenate([getattr(each, what) for each in reached[part]]))

    bests = [member.keeper.best.get(p) for member in run.members for p in range(len(member.program.numbers))]
    seconds = float(sum(run.epoch_seconds))
    return Summary(
        outcome=outcome,
        reason=reason,
        epochs=run.epoch,
        steps=max(member.program.steps_done for member in run.members),
        replicas=run.replicas,
        parameters=run.members[0].program.network.parameters,
        best_epoch=[best.epoch if best else None for best in bests],
        kept_epoch=[each.epoch for each in kept],
        train_loss=values("train", "loss"),
        train_score=values("train", "score"),
        validation_loss=values("validation", "loss"),
        validation_score=values("validation", "score"),
        best_validation_loss=Values.of([best.loss if best else float("nan") for best in bests]),
        test_loss=values("test", "loss"),
        test_score=values("test", "score"),
        seconds=seconds,
        seconds_per_epoch=float(np.median(run.epoch_seconds)) if run.epoch_seconds else None,
        recording_share=run.recording_seconds / seconds if seconds else 0.0,
        device=str(run.members[0].program.device),
    )
