"""The stage's own arithmetic in a real Chromium, against torch."""

import math

import numpy as np
import pytest
import torch

from core.charts.theme import FONT, theme
from core.experiment import Experiment
from core.representation.checkpoints import to_row
from core.representation.stage import modules
from core.training.program import network_of
from pages.shared.stage import FOLDER, program
from tests.representation.made import staged, trained


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


@pytest.fixture(scope="module")
def drawn(browser):
    """The stage of the bullseye's network on a page of its own, and its drawing's data."""
    one = trained("bullseye")
    looks = theme("light")
    colours = {name: getattr(looks, name) for name in ("ink", "gray", "red", "page", "domain")}
    colours |= {name: list(getattr(looks, name)) for name in ("category", "ramp", "diverging")}
    data = {**staged(one), "colours": colours, "font": FONT}
    page = browser.new_context(viewport={"width": 1100, "height": 800}).new_page()
    page.set_content((FOLDER / "stage.html").read_text())
    page.add_style_tag(content=(FOLDER / "stage.css").read_text())
    page.add_script_tag(content=program().replace("export default function", "function main"))
    page.evaluate("(data) => { window.data = data; main({ data, parentElement: document.body }); }", data)
    yield page
    page.context.close()


def test_what_came_packed_is_what_was_sent(drawn):
    one = trained("bullseye")
    grid, weights = drawn.evaluate(
        "() => { const m = unpacked(window.data); return [[...m.grid], [...m.weights[m.weights.length - 1]]]; }"
    )
    assert np.allclose(grid, one.plane.fill(one.plane.grid(41)).ravel(), atol=1e-5)
    assert np.allclose(weights, to_row(one.exported()), atol=1e-4)


LINE = """([from, to]) => {
  const { columns } = layout(unpacked(window.data), document.querySelector(".left").clientWidth);
  const a = columns[0][from], b = columns[1][to];
  return { x: (a.x + a.size + b.x) / 2, y: (a.y + a.size / 2 + b.y + b.size / 2) / 2 };
}"""
TOLD = """() => {
  const m = unpacked(window.data), weights = KEPT.get(document.body).edited;
  return Array.from(walk(m.network, weights, m.inputs, m.points.target.length).pop().values);
}"""


def test_a_weight_changed_by_hand_gives_the_answers_of_the_exported_network_with_this_weight(drawn):
    """A click on the line from x to unit 3 of layer 1, a number, and the network answers anew in the browser alone."""
    one = trained("bullseye")
    before = drawn.locator(".score").text_content()
    drawn.locator("canvas.net").click(position=drawn.evaluate(LINE, [0, 2]))
    assert drawn.locator(".edit-name").text_content() == "weight from x to layer 1, unit 3"
    network = one.exported().requires_grad_(False)
    first = network.parts["1_linear"].weight
    assert float(drawn.locator("input.weight").input_value()) == pytest.approx(float(first[2, 0]), abs=1e-3)
    drawn.locator("input.weight").fill("-4.5")
    with torch.no_grad():
        first[2, 0] = -4.5
        splits = one.ready.splits
        rows = {split: getattr(splits, split)[0] for split in ("train", "validation")}
        outputs = {split: network(torch.tensor(splits.inputs[0][own])) for split, own in rows.items()}
    found = np.array(drawn.evaluate(TOLD)).reshape(-1, 2)
    assert np.allclose(found, torch.cat(list(outputs.values())).numpy(), atol=2e-3)
    right = [float((out.argmax(1).numpy() == splits.targets[rows[s]]).mean()) for s, out in outputs.items()]
    said = drawn.locator(".score").text_content()
    shown = [math.floor(100 * share + 0.5) for share in right]  # halves go up in the browser
    assert said == "correct: training {}\u202f%, validation {}\u202f%".format(*shown)
    assert said != before and drawn.locator(".changed").is_visible()
    drawn.locator(".undo").click()
    assert drawn.locator(".score").text_content() == before and not drawn.locator(".changed").is_visible()


def test_a_bias_is_changed_by_a_click_on_its_unit(drawn):
    one = trained("bullseye")
    place = drawn.evaluate(
        "() => { const t = layout(unpacked(window.data), document.querySelector('.left').clientWidth).columns[1][1];"
        " return { x: t.x + t.size / 2, y: t.y + t.size / 2 }; }"
    )
    drawn.locator("canvas.net").click(position=place)
    assert drawn.locator(".edit-name").text_content() == "bias of layer 1, unit 2"
    assert drawn.locator("select.shown").input_value() == "1/1"
    drawn.locator("input.weight-range").evaluate(
        "(range) => { range.value = 2; range.dispatchEvent(new Event('input')); }"
    )
    network = one.exported()
    with torch.no_grad():
        network.parts["1_linear"].bias[1] = 2.0
        rows = np.concatenate([one.ready.splits.train[0], one.ready.splits.validation[0]])
        wanted = network(torch.tensor(one.ready.splits.inputs[0][rows]))
    assert np.allclose(np.array(drawn.evaluate(TOLD)).reshape(-1, 2), wanted.numpy(), atol=2e-3)
    drawn.locator(".undo").click()


def test_every_layer_stands_side_by_side_and_a_click_shows_one_large(drawn):
    drawn.locator("select.shown").select_option("every")
    assert not drawn.locator(".through").is_visible() and "Click a picture" in drawn.locator(".sentence").text_content()
    width = "document.querySelector('.right').clientWidth"
    known = "{ stops: stops(unpacked(window.data).network) }"
    found = drawn.evaluate(f"() => cells(ends({known}), {{ width: {width} }})")
    assert [cell["index"] for cell in found] == [0, 2], "the input, and what the hidden layer answers"
    inked = "([x, y, w, h]) => { const c = document.querySelector('canvas.space'), k = devicePixelRatio;"
    inked += " return c.getContext('2d').getImageData(x * k, y * k, w * k, h * k).data.some((v) => v > 0); }"
    for cell in found:
        assert drawn.evaluate(inked, [cell["x"], cell["y"] + 20, cell["width"], cell["height"] - 20])
    last = found[-1]
    drawn.locator("canvas.space").click(position={"x": last["x"] + 40, "y": last["y"] + 40})
    assert drawn.locator("select.shown").input_value() == "space"
    assert drawn.locator(".layers-said").text_content() == "after layer 1"


@pytest.mark.parametrize("is_classification", [False, True])
def test_what_is_no_number_is_red_where_an_answer_would_be(engine, is_classification):
    """A run whose numbers ran away is looked at too."""
    looks = theme("light")
    colours = {"red": looks.red, "ramp": list(looks.ramp), "category": list(looks.category)}
    model = {"side": 3, "count": 3, "isLine": True, "isClassification": is_classification, "colours": colours}
    model |= {"values": [0, 1], "scale": {"std": 1, "mean": 0}, "reading": "softmax"}
    drawn = engine(
        """(model) => {
          const width = model.isClassification ? 3 : 1, values = new Float32Array(3 * width).fill(0.5);
          values[width] = NaN; values[2 * width] = Infinity;
          const at = { lattice: [{ values, width }], regions: { answer: [0, 0, 0] } };
          return Array.from(answerPicture(model, at, false).getContext("2d").getImageData(0, 0, 3, 1).data);
        }""",
        model,
    )
    red = [int(looks.red[at : at + 2], 16) for at in (1, 3, 5)]
    pixels = np.array(drawn).reshape(3, 4)
    assert np.abs(pixels[1:, :3] - red).max() <= 3 and set(pixels[1:, 3]) == {64}  # faint colours are rounded
    assert np.abs(pixels[0, :3] - red).max() > 30 or pixels[0, 3] == 0
