"""k-means on what a bottleneck says of rows, beside k-means on the rows themselves."""

from typing import Any

import numpy as np

MOST_CLUSTERS = 8
"""Clusters that are tried where there are no labels."""
STARTS = 10


def clusters(codes: np.ndarray, rows: np.ndarray, labels: np.ndarray | None) -> dict[str, Any]:
    """codes: [n, bottleneck]; rows: [n, features]; labels: [n] or None. JSON: clusters; with labels code_agreement,
    row_agreement (adjusted Rand index, Hubert & Arabie 1985), without code_silhouette, row_silhouette (Rousseeuw 1987).
    Empty where there are too few different rows."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    if len(np.unique(codes, axis=0)) < 3 or not np.isfinite(codes).all():
        return {}
    if labels is not None:
        count = len(np.unique(labels))
        found = [_divided(each, count) for each in (codes, rows)]
        agreement = [float(adjusted_rand_score(labels, each)) for each in found]
        return {"clusters": count, "code_agreement": agreement[0], "row_agreement": agreement[1]}
    most = min(MOST_CLUSTERS, len(np.unique(codes, axis=0)) - 1)
    scored = {count: float(silhouette_score(codes, _divided(codes, count))) for count in range(2, most + 1)}
    count = max(scored, key=scored.__getitem__)
    row_score = float(silhouette_score(rows, _divided(rows, count)))
    return {"clusters": count, "code_silhouette": scored[count], "row_silhouette": row_score}


def _divided(points: np.ndarray, count: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=STARTS, random_state=0).fit_predict(points)
