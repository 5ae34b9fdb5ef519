"""The stage's own arithmetic in a real Chromium, against torch."""

import numpy as np
import pytest
import torch

from core.experiment import Experiment
from core.representation.checkpoints import to_row
from core.representation.stage import modules
from core.training.program import network_of
from pages.shared.stage import program
from tests.representation.made import trained


@pytest.fixture(scope="module")
def engine(browser):
    """Calls JavaScript with the stage's functions at hand."""
    page = browser.new_context().new_page()
    page.set_content("<p>stage</p>")
    page.add_script_tag(content=program().replace("export default function", "function main"))
    yield page.evaluate
    page.context.close()


WALK = """([network, weights, rows, count]) =>
  walk(network, Float32Array.from(weights), Float32Array.from(rows), count).map((place) => Array.from(place.values))"""


def walked(engine, network, x):
    told = {**modules(network), "inputs": x.shape[1]}
    return engine(WALK, [told, to_row(network).tolist(), x.flatten().tolist(), len(x)])


@pytest.mark.parametrize(
    "layer",
    [
        {"activation": "tanh"},
        {"activation": "gelu", "normalisation": "layer", "skip": True},
        {"activation": "leaky_relu", "normalisation": "batch", "dropout": 0.2},
        {"activation": "sigmoid", "skip": True},
        {"activation": "step"},
        *(
            {"activation": name}
            for name in ("identity", "elu", "selu", "silu", "mish", "softplus", "hard_sigmoid", "sine")
        ),
    ],
)
def test_the_browser_walks_as_torch_does(engine, layer):
    """Warped coordinates are activations: every place of the walk is compared, not only the end."""
    one = trained("iris")
    tree = {"data": "iris", "network": {"layers": [{"units": 7}, {"units": 7, **layer}]}}
    network = network_of(Experiment.model_validate(tree), one.ready.splits, 3).eval()
    torch.manual_seed(0)
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 2)
    x = torch.randn(20, one.ready.splits.features)
    with torch.no_grad():
        wanted = network.walk(x)
    found = walked(engine, network, x)
    assert len(found) == len(wanted)
    for ours, theirs in zip(found, wanted, strict=True):
        assert np.allclose(ours, theirs.numpy().ravel(), atol=3e-6)


CUT = """([network, weights, grid, side]) => {
  const model = { network, side, grid: Float32Array.from(grid) }, w = Float32Array.from(weights);
  const at = (positions) => walk(network, w, between(model.grid, positions, side, network.inputs), positions.length);
  const places = walk(network, w, model.grid, side * side);
  const [surface] = margins(places[places.length - 1], side * side, 0);
  const height = (p) => { const own = at(p); return margins(own[own.length - 1], p.length, 0)[0]; };
  const ends = sharpened(contour(surface, side), height);
  const cut = at(ends);
  return cut.map((place) => Array.from(place.values));
}"""


def test_the_curve_in_the_input_is_the_output_layers_line_pulled_back(engine):
    """At the last hidden layer every point of the curve lies on the line where both outputs are even."""
    one = trained("bullseye")
    network = one.exported()
    grid = one.plane.fill(one.plane.grid(41))
    told = {**modules(network), "inputs": 2}
    places = engine(CUT, [told, to_row(network).tolist(), grid.ravel().tolist(), 41])
    hidden = np.array(places[2]).reshape(-1, 3)
    last = network.parts["output_linear"]
    w, b = last.weight.detach().numpy(), last.bias.detach().numpy()
    distance = (hidden @ (w[0] - w[1]) + b[0] - b[1]) / np.linalg.norm(w[0] - w[1])
    assert len(hidden) > 20
    assert np.abs(distance).max() < 0.01
