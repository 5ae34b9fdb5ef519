"""What pages read of a run's record."""

import pytest

from core.running.recorded import recorded
from pages.shared import loading


@pytest.mark.parametrize(("layer", "quantity"), [(1, "weights"), (3, "preactivations"), (99, "weights")])
def test_a_part_of_the_histograms_is_read_and_never_the_whole(store, layer, quantity):
    run = store.run(next(run.id for run in store.runs("local") if run.name == "digits"), "local")
    seen = loading.record(run)
    part = seen.part("histograms", layer=layer, quantity=quantity)
    assert part.equals(recorded(store, run).part("histograms", layer=layer, quantity=quantity))
    assert (part.num_rows > 0) == (layer < 99)
    assert set(part["layer"].to_pylist()) <= {layer} and set(part["quantity"].to_pylist()) <= {quantity}
    loading.diagnosis(run, seen)
    assert "histograms" not in loading._growing(run.id).kinds
