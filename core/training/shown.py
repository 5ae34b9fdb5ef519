"""What a network sees of training images: as they came, and after what is done to them."""

from typing import Any

import numpy as np
import torch

from core.choices.regularisation import Regularisation
from core.data.splits import Splits
from core.refusal import Problem, Refusal
from core.training.disturbing import Disturbance, Pixels, problems

ROWS, VERSIONS = 3, 7
SEED = 0


def shown(chosen: Regularisation, splits: Splits) -> dict[str, Any]:
    """JSON: images [rows][1 + versions] of pixels, row by row (the first channel), the first as it came; height, width;
    low, high: of the pixels as they came. Raises Refusal."""
    found = problems(chosen, splits)
    if found or len(splits.shape) != 3:
        raise Refusal(*(found or [Problem("", "rows are no images here")]))
    cpu = torch.device("cpu")
    rows = splits.train[0][:: max(1, len(splits.train[0]) // ROWS)][:ROWS]
    plain = torch.as_tensor(splits.inputs[0][rows])[None, None]
    made = Disturbance(chosen, splits, [SEED], [0], cpu)
    versions = [plain, *(made.inputs(plain) for _ in range(VERSIONS))]
    pixels = Pixels(splits, [0], cpu)
    images = [pixels.images(each)[0, 0, :, 0].flatten(1).numpy() for each in versions]
    together = np.stack(images, 1)
    return {
        "images": [[[float(f"{value:.4g}") for value in image] for image in row] for row in together],
        "height": splits.shape[1],
        "width": splits.shape[2],
        "low": float(together[:, 0].min()),
        "high": float(together[:, 0].max()),
    }
