"""Short questions, such as a preview, answered by one warm child of the runner that is replaced when it fails."""

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from core.refusal import Problem, Refusal
from core.running.environment import become_background, forget_secrets, log_file
from core.running.executor import complain, forked, kill_group
from core.running.loading import PreparedCache
from core.running.questions import QUESTIONS, Answer
from core.running.worker import limit_memory
from core.settings import Settings
from core.store import Store
from core.store.model import Asked

SLOW: Answer = {"problems": ["The answer took too long and was given up. Training works without it."]}
BROKE: Answer = {"problems": ["The answer broke off with an error of its own. Training may work without it."]}
_BLOCK = 65_536


@dataclass
class _Child:
    pid: int
    questions: int
    """Descriptor that questions are written to."""
    answers: int
    """Descriptor that answers are read from."""
    heard: bytes = b""


class Previews:
    """Hands questions to the warm child, one at a time, and its answers to the store."""

    def __init__(self, store: Store, chosen: Settings, before_fork: Callable[[], Iterable[int]]) -> None:
        self._store = store
        self._settings = chosen
        self._before_fork = before_fork
        self._child: _Child | None = None
        self._open: Asked | None = None
        self._until = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a question is being worked on."""
        return self._open is not None

    def descriptors(self) -> list[int]:
        """Those of the pipes: a child forked for something else must close them."""
        return [] if self._child is None else [self._child.questions, self._child.answers]

    def answer_descriptor(self) -> int | None:
        """What to wait on for an answer."""
        return self._child.answers if self._child is not None and self.is_busy else None

    def start(self) -> None:
        """See to it that the child is there."""
        if self._child is None and hasattr(os, "fork"):
            self._child = self._fork()

    def ask(self, question: Asked) -> None:
        """Give a question to the child; where there is none and cannot be, answer that at once."""
        assert not self.is_busy
        self.start()
        if self._child is None:
            self._store.give_answer(question.id, answered(question, PreparedCache(self._store, self._settings)))
            return
        self._open = question
        self._until = time.monotonic() + self._settings.preview_seconds
        line = json.dumps({"id": question.id, "kind": question.kind, "payload": question.payload}) + "\n"
        try:
            _write(self._child.questions, line.encode())
        except OSError:  # it died while nobody asked
            self.close()
            self.start()
            _write(self._child.questions, line.encode())

    def look(self) -> None:
        """Pass on an answer that is there; give up a question that takes too long or whose child died."""
        if self._child is None or self._open is None:
            return
        if not self._child.heard.endswith(b"\n"):
            block = self._read(self._child)
            if block == b"":
                self._give_up(BROKE)
                return
            self._child.heard += block or b""
        if self._child.heard.endswith(b"\n"):
            self._store.give_answer(self._open.id, json.loads(self._child.heard))
            self._child.heard, self._open = b"", None
        elif time.monotonic() > self._until:
            self._give_up(SLOW)

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        for descriptor in (child.questions, child.answers):
            os.close(descriptor)
        kill_group(child.pid)
        with suppress(ChildProcessError):
            os.waitpid(child.pid, 0)

    def _read(self, child: _Child) -> bytes | None:
        try:
            return os.read(child.answers, _BLOCK)
        except BlockingIOError:
            return None

    def _give_up(self, answer: Answer) -> None:
        assert self._open is not None
        question, self._open = self._open, None
        self.close()
        self._store.give_answer(question.id, answer)
        self.start()

    def _fork(self) -> _Child:
        to_close = list(self._before_fork())
        question_end, questions = os.pipe()
        answers, answer_end = os.pipe()
        os.set_blocking(answers, False)

        def work() -> int:
            become_background(log_file(self._settings, "previews"))
            forget_secrets()
            limit_memory(self._settings)
            _serve(question_end, answer_end, Store.connect(self._store.url), self._settings)
            return 0

        pid = forked(work, [*to_close, questions, answers])
        os.close(question_end)
        os.close(answer_end)
        return _Child(pid, questions, answers)


def answered(question: Asked, data: PreparedCache) -> Answer:
    """The answer to a question: what was asked for, or {"problems": [sentences]}."""
    try:
        if question.kind not in QUESTIONS:
            raise Refusal(Problem("", f"there is no answer to questions of kind {question.kind[:40]!r}"))
        return QUESTIONS[question.kind](question.payload, data)
    except Refusal as refusal:
        found = refusal.problems
        return {"problems": [p.message for p in found], "paths": [p.path for p in found]}
    except Exception:
        complain()
        return BROKE


def _serve(question_end: int, answer_end: int, store: Store, chosen: Settings) -> None:
    import torch

    torch.set_num_threads(1)
    data = PreparedCache(store, chosen)
    with os.fdopen(question_end, "rb") as questions:
        for line in questions:
            told = json.loads(line)
            answer = answered(Asked(told["id"], told["kind"], told["payload"], 0.0), data)
            _write(answer_end, json.dumps(answer).encode() + b"\n")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
