"""One contender's training step, in a process of its own: `python contenders.py NAME THREADS`.

It answers lines of JSON on its standard input, one line each on its standard output:

- `{"setup": SETTING}` (sizes, samples, hidden, cost, dtype): makes the step, and answers `{"apart": …}`, how far the
  weights are from those of plain NumPy in float64 after three steps, by the way that these went; or
  `{"left_out": WHY}` where it cannot do this update.
- `{"measure": SECONDS, "clock": "wall"}`: answers `{"microseconds": …}`, the median of one step's time; by the clock
  "processor" what all threads of the process were running for.

All contenders start from the same weights and data and do the same update, w <- w - rate * mean gradient.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

RATE = 0.01
STEPS = 3  # after so many the weights are compared
Step = Callable[[], Any]
Weights = Callable[[], list[np.ndarray]]
Made = tuple[Step, Weights]
Setting = dict[str, Any]


class LeftOut(Exception):
    """The contender cannot do this update; the text says why."""


def drawn(setting: Setting) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """The same weights, inputs and targets for every contender."""
    rng = np.random.default_rng(0)
    sizes, samples = setting["sizes"], setting["samples"]
    parameters = []
    for m, n in pairwise(sizes):
        parameters += [rng.normal(size=(n, m)) / np.sqrt(m), rng.normal(size=n) * 0.1]
    x = rng.normal(size=(samples, sizes[0]))
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], samples)]
    dtype = setting["dtype"]
    return [p.astype(dtype) for p in parameters], x.astype(dtype), y.astype(dtype)


def symbackprop(setting: Setting) -> Made:
    """The step that `symbackprop train` takes."""
    from symbackprop.network import Network
    from symbackprop.stepper import make_stepper

    parameters, x, y = drawn(setting)
    softmax = setting["cost"] == "cross_entropy"
    network = Network(
        setting["sizes"], setting["hidden"], "softmax" if softmax else "identity", setting["cost"], total="mean"
    )
    stepper = make_stepper(network, setting["dtype"], parameters)
    bound = stepper.bound(x, y)
    return lambda: bound.step(RATE), stepper.parameters


def plain_numpy(setting: Setting) -> Made:
    """What a careful person writes by hand."""
    parameters, x, y = drawn(setting)
    weights, biases = parameters[::2], parameters[1::2]
    tanh, softmax, n = setting["hidden"] == "tanh", setting["cost"] == "cross_entropy", len(x)

    def step() -> None:
        activations = [x]
        for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = activations[-1] @ w.T + b
            if k < len(weights) - 1:
                z = np.tanh(z) if tanh else np.maximum(z, 0)
            activations.append(z)
        out = activations.pop()
        if softmax:
            e = np.exp(out - out.max(axis=1, keepdims=True))
            out = e / e.sum(axis=1, keepdims=True)
        delta = (out - y) / n
        for k in range(len(weights) - 1, -1, -1):
            a = activations[k]
            gw, gb = delta.T @ a, delta.sum(axis=0)
            if k:
                delta = delta @ weights[k] * (1 - a * a if tanh else a > 0)
            weights[k] -= RATE * gw
            biases[k] -= RATE * gb

    return step, lambda: parameters


def gemm(setting: Setting) -> Made:
    """The floor: the matrix products of a step and nothing else, samples in columns or in rows, what is faster."""
    ways = (_products(setting, False), _products(setting, True))
    times = [min(microseconds(step, 0.02) for _ in range(3)) for step in ways]
    return ways[times[1] < times[0]], list


def _products(setting: Setting, rows: bool) -> Step:
    sizes, samples, dtype = setting["sizes"], setting["samples"], setting["dtype"]
    rng = np.random.default_rng(0)
    w = [rng.normal(size=(n, m)).astype(dtype) for m, n in pairwise(sizes)]
    a = [rng.normal(size=(samples, n) if rows else (n, samples)).astype(dtype) for n in sizes]
    out, gradient = [np.empty_like(x) for x in a], [np.empty_like(x) for x in w]

    def by_columns() -> None:
        for k in range(len(w)):
            np.dot(w[k], a[k], out=out[k + 1])
        for k in range(len(w) - 1, -1, -1):
            np.dot(a[k + 1], a[k].T, out=gradient[k])
            if k:
                np.dot(w[k].T, a[k + 1], out=out[k])

    def by_rows() -> None:
        for k in range(len(w)):
            np.dot(a[k], w[k].T, out=out[k + 1])
        for k in range(len(w) - 1, -1, -1):
            np.dot(a[k + 1].T, a[k], out=gradient[k])
            if k:
                np.dot(a[k + 1], w[k], out=out[k])

    return by_rows if rows else by_columns


def scikit_learn(setting: Setting) -> Made:
    """MLPClassifier or MLPRegressor, SGD without momentum, one epoch of one batch a step."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore")
    parameters, x, y = drawn(setting)
    classes = setting["cost"] == "cross_entropy"
    if classes and setting["sizes"][-1] == 2:
        raise LeftOut("of two classes it makes one logistic output")
    kind = MLPClassifier if classes else MLPRegressor
    model = kind(
        hidden_layer_sizes=setting["sizes"][1:-1],
        activation=setting["hidden"],
        solver="sgd",
        alpha=0.0,
        batch_size=len(x),
        learning_rate_init=RATE,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    target = y.argmax(axis=1) if classes else y
    every = np.arange(setting["sizes"][-1])
    model.partial_fit(x, target, **({"classes": every} if classes else {}))
    for k, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
        model.coefs_[k][...], model.intercepts_[k][...] = w.T, b

    def weights() -> list[np.ndarray]:
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [p for w, b in pairs for p in (w.T, b)]

    return lambda: model.partial_fit(x, target), weights


def pytorch(setting: Setting) -> Made:
    """Eager, torch.nn.Linear and torch.optim.SGD."""
    import torch

    parameters, x, y = drawn(setting)
    torch.set_num_threads(setting["threads"])
    layers: list[torch.nn.Module] = []
    for k, (m, n) in enumerate(pairwise(setting["sizes"])):
        linear = torch.nn.Linear(m, n, dtype=getattr(torch, setting["dtype"]))
        with torch.no_grad():
            linear.weight[...] = torch.from_numpy(parameters[2 * k])
            linear.bias[...] = torch.from_numpy(parameters[2 * k + 1])
        layers += [linear, torch.nn.Tanh() if setting["hidden"] == "tanh" else torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
    inputs, target, n = torch.from_numpy(x), torch.from_numpy(y), len(x)
    classes = setting["cost"] == "cross_entropy"
    labels = target.argmax(dim=1)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        out = model(inputs)
        loss = torch.nn.functional.cross_entropy(out, labels) if classes else ((out - target) ** 2).sum() / (2 * n)
        loss.backward()
        optimiser.step()

    return step, lambda: [p.detach().numpy() for p in model.parameters()]


def jax_jit(setting: Setting) -> Made:
    """jit of the update with grad inside; buffers donated."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", setting["dtype"] == "float64")
    start, x, y = drawn(setting)
    state = [[jnp.array(p) for p in start]]
    inputs, target = jnp.array(x), jnp.array(y)
    f = jnp.tanh if setting["hidden"] == "tanh" else jax.nn.relu
    classes = setting["cost"] == "cross_entropy"

    def cost(parameters: list[Any], a: Any, y: Any) -> Any:
        for k in range(0, len(parameters), 2):
            a = a @ parameters[k].T + parameters[k + 1]
            a = f(a) if k < len(parameters) - 2 else a
        if classes:
            return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(a), axis=1))
        return jnp.mean(jnp.sum((a - y) ** 2, axis=1)) / 2

    def update(parameters: list[Any], a: Any, y: Any) -> list[Any]:
        return [p - RATE * g for p, g in zip(parameters, jax.grad(cost)(parameters, a, y), strict=True)]

    compiled = jax.jit(update, donate_argnums=0)

    def step() -> None:
        state[0] = compiled(state[0], inputs, target)
        state[0][0].block_until_ready()

    return step, lambda: [np.asarray(p) for p in state[0]]


CONTENDERS = {
    "symbackprop": symbackprop,
    "plain NumPy": plain_numpy,
    "gemm": gemm,
    "scikit-learn": scikit_learn,
    "PyTorch": pytorch,
    "JAX": jax_jit,
}


CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


def microseconds(step: Step, seconds: float, clock: str = "wall") -> float:
    """The median over short blocks of steps, after a warm-up."""
    now = CLOCKS[clock]
    step()
    started = now()
    step()
    count = max(1, int(seconds / 15 / max(now() - started, 1e-6)))
    blocks: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(blocks) < 3:
        started = now()
        for _ in range(count):
            step()
        blocks.append((now() - started) / count)
    return float(np.median(blocks)) * 1e6


def apart(name: str, step: Step, weights: Weights, setting: Setting) -> float:
    """How far the weights are from plain NumPy's in float64, by the way that these went (Euclidean lengths)."""
    truth, right = plain_numpy({**setting, "dtype": "float64"})
    start = [p.copy() for p in right()]
    for _ in range(STEPS):
        step()
        truth()
    pairs = list(zip(weights(), right(), strict=True))
    wrong = [(a.shape, b.shape) for a, b in pairs if a.shape != b.shape]
    if wrong:
        raise ValueError(f"{name}: weights of shape {wrong[0][0]}, expected {wrong[0][1]}")
    way = sum(float(np.sum((b - s) ** 2)) for (_, b), s in zip(pairs, start, strict=True))
    return float(np.sqrt(sum(float(np.sum((a - b) ** 2)) for a, b in pairs) / way))


def answers(name: str, threads: int) -> None:
    """Answer every line of standard input."""
    made: list[Made] = []
    for line in sys.stdin:
        asked = json.loads(line)
        answer: dict[str, Any] = {}
        if "setup" in asked:
            setting = asked["setup"] | {"threads": threads}
            made.clear()
            try:
                made.append(CONTENDERS[name](setting))
                answer["apart"] = None if name == "gemm" else apart(name, *made[0], setting)
            except ModuleNotFoundError as error:
                answer["missing"] = error.name
            except LeftOut as error:
                answer["left_out"] = str(error)
        else:
            answer["microseconds"] = microseconds(made[0][0], asked["measure"], asked["clock"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    answers(sys.argv[1], int(sys.argv[2]))
