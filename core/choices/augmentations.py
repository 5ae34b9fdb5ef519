"""Image augmentations: what is done to training images, drawn anew for every image in every step. Each moves where
pixels are read from (a geometry), or changes their values. Imports torch only inside functions."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.choices.base import Choice, one_of, registry

if TYPE_CHECKING:
    import torch


class Augmentation(Choice):
    """One thing done to an image [channels, side, side]. `draws` [..., needs] are uniform in 0 to 1, one set for each
    image."""

    needs: ClassVar[int] = 1
    """Random numbers for an image."""

    def matrix(self, draws: "torch.Tensor") -> "torch.Tensor | None":
        """Where pixels are read from, [..., 2, 3]: x and y of the source from x, y and 1 of the place, both from −1 to
        1; None: pixels stay where they are."""
        return None

    def change(self, images: "torch.Tensor", draws: "torch.Tensor") -> "torch.Tensor":
        """The images [..., channels, side, side] with other values."""
        return images


class Shift(Augmentation):
    """Moves the image sideways and up or down; what comes in at the border is empty."""

    model_config = ConfigDict(title="Shift")
    needs: ClassVar[int] = 2
    kind: Literal["shift"] = "shift"
    most: float = Field(0.15, gt=0, le=1, title="Shift at most", description="Share of the side by which it may move")

    def matrix(self, draws: "torch.Tensor") -> "torch.Tensor | None":
        moved = (2 * draws - 1) * 2 * self.most
        return _affine(draws, 1, 0, moved[..., 0], 0, 1, moved[..., 1])


class Flip(Augmentation):
    """Mirrors the image, left to right or upside down, in half of the cases: wrong where that changes what it is."""

    model_config = ConfigDict(title="Flip")
    kind: Literal["flip"] = "flip"
    way: Literal["sideways", "upside_down"] = Field("sideways", title="Flip")

    def matrix(self, draws: "torch.Tensor") -> "torch.Tensor | None":
        sign = 1 - 2 * (draws[..., 0] < 0.5).to(draws.dtype)
        return _affine(draws, sign, 0, 0, 0, 1, 0) if self.way == "sideways" else _affine(draws, 1, 0, 0, 0, sign, 0)


class Rotate(Augmentation):
    """Turns the image about its centre, either way."""

    model_config = ConfigDict(title="Rotate")
    kind: Literal["rotate"] = "rotate"
    degrees: float = Field(15.0, gt=0, le=180, title="Rotate at most", description="Degrees by which it may be turned")

    def matrix(self, draws: "torch.Tensor") -> "torch.Tensor | None":
        angle = (2 * draws[..., 0] - 1) * self.degrees * 3.141592653589793 / 180
        return _affine(draws, angle.cos(), -angle.sin(), 0, angle.sin(), angle.cos(), 0)


class Scale(Augmentation):
    """Makes the image larger or smaller about its centre."""

    model_config = ConfigDict(title="Scale")
    kind: Literal["scale"] = "scale"
    most: float = Field(0.2, gt=0, lt=1, title="Scale at most", description="Share by which it may grow or shrink")

    def matrix(self, draws: "torch.Tensor") -> "torch.Tensor | None":
        size = 1 + (2 * draws[..., 0] - 1) * self.most
        return _affine(draws, 1 / size, 0, 0, 0, 1 / size, 0)


class Erase(Augmentation):
    """Blots out a square at a random place, so that no single part is relied on (DeVries & Taylor 2017)."""

    model_config = ConfigDict(title="Erase")
    needs: ClassVar[int] = 2
    kind: Literal["erase"] = "erase"
    side: float = Field(
        0.3, gt=0, le=1, title="Erased side", description="Side of the square, as a share of the image's"
    )

    def change(self, images: "torch.Tensor", draws: "torch.Tensor") -> "torch.Tensor":
        import torch

        height, width = images.shape[-2:]
        down = (torch.arange(height, device=images.device) + 0.5) / height - draws[..., 0, None]
        right = (torch.arange(width, device=images.device) + 0.5) / width - draws[..., 1, None]
        inside = (down.abs() < self.side / 2)[..., :, None] & (right.abs() < self.side / 2)[..., None, :]
        return images.masked_fill(inside.unsqueeze(-3), 0.0)


class Contrast(Augmentation):
    """Stretches or flattens the differences between pixels about the image's mean."""

    model_config = ConfigDict(title="Contrast")
    kind: Literal["contrast"] = "contrast"
    most: float = Field(
        0.3, gt=0, lt=1, title="Contrast at most", description="Share by which differences may grow or shrink"
    )

    def change(self, images: "torch.Tensor", draws: "torch.Tensor") -> "torch.Tensor":
        factor = (1 + (2 * draws[..., 0] - 1) * self.most)[..., None, None, None]
        mean = images.mean((-3, -2, -1), keepdim=True)
        return mean + (images - mean) * factor


def _affine(draws: "torch.Tensor", *entries: "torch.Tensor | float") -> "torch.Tensor":
    """[..., 2, 3] from six numbers, each for every image or the same for all."""
    import torch

    like = draws[..., 0]
    each = [entry if isinstance(entry, torch.Tensor) else torch.full_like(like, entry) for entry in entries]
    return torch.stack(each, -1).unflatten(-1, (2, 3))


AUGMENTATIONS = registry(Shift, Rotate, Scale, Flip, Erase, Contrast)
AnyAugmentation = one_of(AUGMENTATIONS)
