"""The state machine of a run: whatever is done in whatever order, only the drawn edges are ever taken."""

import tempfile

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.store import ENDED, open_store
from core.store.model import EDGES, RunGoneError


class RunMachine(RuleBasedStateMachine):
    """Owner, runner and worker act on two runs at random; the store's answer is compared with a model."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{self.folder.name}/s.sqlite")
        self.states = {}
        self.recorded = {}

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    @precondition(lambda self: len(self.states) < 2)
    @rule()
    def queue(self):
        run_id = self.store.queue("ada", {})
        self.states[run_id], self.recorded[run_id] = "queued", 0

    @rule()
    def claim(self):
        waiting = [run_id for run_id, state in self.states.items() if state == "queued"]
        run = self.store.claim("r")
        assert (run is None) == (not waiting)
        if run is not None:
            assert run.id == waiting[0]
            self.states[run.id] = "running"

    @precondition(lambda self: self.states)
    @rule(data=st.data(), wish=st.sampled_from(["stop", "pause", "go"]))
    def request(self, data, wish):
        run_id = self.pick(data)
        self.store.request(run_id, "ada", wish)
        if wish == "stop" and self.states[run_id] == "queued":
            self.states[run_id] = "stopped"

    @precondition(lambda self: self.states)
    @rule(data=st.data(), state=st.sampled_from(sorted(ENDED)))
    def finish(self, data, state):
        run_id = self.pick(data)
        assert self.store.finish(run_id, state, "because") == (self.states[run_id] == "running")
        if self.states[run_id] == "running":
            self.states[run_id] = state

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def append(self, data):
        run_id = self.pick(data)
        try:
            self.recorded[run_id] = self.store.append(run_id, [("epochs", 1, b"x")], after=self.recorded[run_id])
            assert self.states[run_id] == "running"
        except RunGoneError:
            assert self.states[run_id] != "running"

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def delete(self, data):
        run_id = self.pick(data)
        assert self.store.delete(run_id, "ada")
        del self.states[run_id], self.recorded[run_id]

    @invariant()
    def store_and_model_agree(self):
        assert {run.id: run.state for run in self.store.runs("ada")} == self.states
        for run_id, count in self.recorded.items():
            assert len(self.store.records(run_id, "epochs")[0]) == count

    def pick(self, data):
        return data.draw(st.sampled_from(sorted(self.states)))


TestRunMachine = RunMachine.TestCase
TestRunMachine.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_no_edge_leaves_an_end():
    assert all(not EDGES[state] for state in ENDED)
    assert EDGES["queued"] | EDGES["running"] | {"queued"} == set(EDGES)
