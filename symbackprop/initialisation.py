"""The weights before training: random, of a size that keeps the spread of activations from layer to layer."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbackprop.network import Network

Array = NDArray[np.floating[Any]]
# they pass about half their input
HALF_LINE = frozenset({"relu", "leaky_relu", "elu", "silu", "gelu", "softplus"})


class Precision(Enum):
    """The type of weights, data and everything computed from them."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"


class Initialisation(Enum):
    """XAVIER: uniform in ±sqrt(6/(n_(l-1) + n_l)), Glorot and Bengio (2010). HE: normal with variance
    2/n_(l-1), He et al. (2015). AUTO: HE before functions of the relu family, XAVIER before others. ZEROS:
    to show why not."""

    AUTO = "auto"
    XAVIER = "xavier"
    HE = "he"
    ZEROS = "zeros"


def initial_parameters(network: Network, how: Initialisation, seed: int, precision: Precision) -> list[Array]:
    """[W1, b1, W2, b2, …] with W_l of shape (n_l, n_(l-1)); biases are zero. The same for both precisions,
    but rounded."""
    random = np.random.default_rng((seed, 0))
    sizes = network.sizes or ()
    parameters: list[Array] = []
    for layer, (width, before) in enumerate(zip(sizes[1:], sizes, strict=False), 1):
        name = network.hidden_name(layer) if layer < len(sizes) - 1 else network.output
        weights = _weights(width, before, _chosen(how, name), random)
        parameters += [weights.astype(precision.value), np.zeros(width, precision.value)]
    return parameters


def _chosen(how: Initialisation, function: str) -> Initialisation:
    if how is not Initialisation.AUTO:
        return how
    return Initialisation.HE if function in HALF_LINE else Initialisation.XAVIER


def _weights(width: int, before: int, how: Initialisation, random: np.random.Generator) -> NDArray[np.float64]:
    if how is Initialisation.ZEROS:
        return np.zeros((width, before))
    if how is Initialisation.HE:
        return random.normal(0.0, np.sqrt(2 / before), (width, before))
    bound = np.sqrt(6 / (before + width))
    return random.uniform(-bound, bound, (width, before))
