"""How far a training or a study is, on standard error: one line, redrawn on a terminal, a line per tenth elsewhere."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.running.following import Tell
from core.store import Progress, Run

BAR_WIDTH = 30


class ProgressBar:
    """The line."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._drawn = ""

    def training(self, progress: Progress) -> None:
        """Draw how far one training is."""
        loss = f"  validation loss {progress.curve[-1]:.4g}" if progress.curve else ""
        share = progress.epoch / max(progress.epochs, 1)
        self._draw(share, f"epoch {progress.epoch:,}/{progress.epochs:,}", loss)

    def study(self, runs: Sequence[Run]) -> None:
        """Draw how far the runs of a study are, all together."""
        done = sum(run.is_over for run in runs)
        share = sum(1.0 if run.is_over else run.epoch / max(run.epochs, 1) for run in runs) / max(len(runs), 1)
        train = sum(run.state == "running" for run in runs)
        self._draw(share, f"{done} of {len(runs)} runs done", f"  {train} in training", done)

    def close(self) -> None:
        """Leave the line."""
        if self._is_terminal and self._drawn:
            print(file=sys.stderr)
        self._drawn = ""

    def _draw(self, share: float, before: str, after: str, done: int = 0) -> None:
        step = f"{done} {int(share * (200 if self._is_terminal else 10))}"
        if step == self._drawn:
            return
        self._drawn = step
        full = int(share * BAR_WIDTH)
        line = f"{before} [{'#' * full}{'.' * (BAR_WIDTH - full)}]{after}"
        print(f"\r\x1b[K{line}" if self._is_terminal else line, end="" if self._is_terminal else "\n", file=sys.stderr)
        sys.stderr.flush()


@contextmanager
def told_progress(is_quiet: bool) -> Iterator[Tell | None]:
    """What draws the progress of a study's runs, until the line is left; None where nothing is to be drawn."""
    bar = ProgressBar()
    try:
        yield None if is_quiet else bar.study
    finally:
        bar.close()
