"""What pages read of a run's record."""

import pyarrow.compute as pc
import pytest

from core.running.recorded import recorded
from pages.shared import loading


@pytest.mark.parametrize(("layer", "quantity"), [(1, "weights"), (3, "preactivations"), (99, "weights")])
def test_a_part_of_the_histograms_is_read_and_never_the_whole(store, layer, quantity):
    run = store.run(next(run.id for run in store.runs("local") if run.name == "digits"), "local")
    seen, of = loading.record(run), (pc.field("layer") == layer) & (pc.field("quantity") == quantity)
    part = seen.part("histograms", of)
    assert part.equals(recorded(store, run).table("histograms").filter(of))
    assert (part.num_rows > 0) == (layer < 99)
    loading.diagnosis(run, seen)
    assert "histograms" not in loading._growing(run.id).kinds
