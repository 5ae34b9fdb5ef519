"""Refusals: why something cannot be done, all reasons at once, each with what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One reason: where (a dotted path into the experiment, or a column), and what is wrong and what to do."""

    path: str
    message: str


class Refusal(Exception):
    """Raised for a person's input that cannot be used; carries every problem found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.path}: {p.message}" if p.path else p.message for p in problems))
        self.problems = problems
