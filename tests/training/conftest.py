"""Tests of the engine run as workers do: on one thread."""

import torch

torch.set_num_threads(1)
