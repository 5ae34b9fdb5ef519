"""Random streams: one generator per replica and purpose, so that no replica's numbers depend on who trains beside
it."""

import hashlib

import torch


def generator(seed: int, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
    """The stream of one replica for one purpose ("initialisation", "order", "dropout 3")."""
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big") >> 1)


def seeds(first: int, replicas: int) -> list[int]:
    """The seeds of a run's replicas."""
    return [first + replica for replica in range(replicas)]
