"""Integers modulo several primes, with random functions for those that residues cannot follow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np

from symbackprop.fields import Array, Degenerate, hash_text
from symbackprop.limbs import LARGE, each_channel, product, tiled_product

PRIMES = (67108859, 67108837, 67108819, 67108777, 67108763, 67108757)  # the largest below 2^26
FEW = 64  # entries that are inverted faster one by one
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, which spreads small numbers


def mixed(x: Array) -> Array:
    """A well-mixed 64-bit word of each entry (the finaliser of splitmix64)."""
    h = x.astype(np.uint64)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@dataclass(frozen=True)
class Residues:
    """Integers modulo several primes at once, one channel a prime (the first axis).

    Functions that residues cannot follow are random ones, the same for equal arguments: an argument is recognised by
    all its channels together. exp(-z) = 1/exp(z) holds, tanh is made from exp, slopes follow the functions' algebra.
    Residues have no order: the sign of a value is drawn at random, once a value, with sign(-z) = -sign(z).
    """

    seed: int
    primes: tuple[int, ...] = PRIMES[:2]
    lead: int = 1

    def modulus(self, x: Array) -> Array:
        return np.array(self.primes, dtype=np.int64).reshape((-1,) + (1,) * (x.ndim - 1))

    def number(self, value: Fraction) -> Array:
        try:
            made = [value.numerator * pow(value.denominator, -1, p) % p for p in self.primes]
        except ValueError:
            raise Degenerate from None
        return np.array(made, dtype=np.int64)

    def random(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return np.stack([rng.integers(0, p, size=shape, dtype=np.int64) for p in self.primes])

    def add(self, x: Array, y: Array) -> Array:
        made = x + y
        return cast(Array, made % self.modulus(made))

    def multiply(self, x: Array, y: Array) -> Array:
        made = np.multiply(x, y, dtype=np.int64)  # large matrices are kept in 32 bits
        return cast(Array, made % self.modulus(made))

    def negative(self, x: Array) -> Array:
        return cast(Array, -x % self.modulus(x))

    def inverse(self, x: Array) -> Array:
        if not np.all(x):
            raise Degenerate
        made = np.empty(x.shape, dtype=np.int64)
        for channel, p in enumerate(self.primes):
            made[channel] = _inverses(x[channel].astype(np.int64), p)
        return made

    def total(self, x: Array, axis: int) -> Array:
        made = x.sum(axis=axis)
        return cast(Array, made % self.modulus(made))

    def matmul(self, x: Array, y: Array) -> Array:
        """The matrix product in the last two axes, exact; of a large matrix no more than tiles are copied."""
        channels = range(len(self.primes))
        if x.ndim == y.ndim == 3 and max(x[0].size, y[0].size) >= LARGE:
            return np.stack(each_channel(lambda k: tiled_product(x[k], y[k], self.primes[k]), channels))
        return np.stack([product(x[k], y[k], self.primes[k]) for k in channels])

    def root(self, name: str) -> Array:
        return self.oracle(f"root {name}", self.number(Fraction(1)))

    def words(self, salt: str, x: Array) -> Array:
        """One random word for each value, from all its channels and the salt."""
        word = np.uint64(hash_text(salt) ^ self.seed)
        made = np.full((*x.shape[1:], 1), word, dtype=np.uint64)  # never a bare number: those warn where arrays wrap
        for channel in range(len(self.primes)):
            made = mixed(made + x[channel, ..., None].astype(np.uint64) * GOLDEN)
        return cast(Array, made[..., 0])

    def oracle(self, salt: str, x: Array) -> Array:
        return self.drawn(self.words(salt, x))

    def drawn(self, word: Array) -> Array:
        """A random residue other than 0 in each channel, from one word a value."""
        lead = (-1, *(1,) * word.ndim)
        channels = np.arange(1, len(self.primes) + 1, dtype=np.uint64).reshape(lead)
        sizes = np.array(self.primes, dtype=np.uint64).reshape(lead) - np.uint64(1)
        return cast(Array, (mixed(word + channels) % sizes + np.uint64(1)).astype(np.int64))

    def upper(self, x: Array) -> Array:
        """Which of x and -x is looked up: a fixed half of the non-zero values."""
        return cast(Array, x[0] * 2 > self.primes[0])

    def exp(self, x: Array) -> Array:
        flipped = self.upper(x)
        value = self.oracle("exp", np.where(flipped, self.negative(x), x))
        made = np.where(flipped, self.inverse(value), value)
        return np.where(np.any(x, axis=0), made, np.int64(1))

    def log(self, x: Array) -> Array:
        one = self.number(Fraction(1)).reshape((-1,) + (1,) * (x.ndim - 1))
        return np.where(np.all(x == one, axis=0), np.int64(0), self.oracle("log", x))

    def arctan(self, x: Array) -> Array:
        return np.where(np.any(x, axis=0), self.oracle("arctan", x), np.int64(0))

    def step(self, x: Array) -> Array:
        flipped = self.upper(x)
        bit = self.words("sign", np.where(flipped, self.negative(x), x)) & np.uint64(1)
        positive = (bit.astype(bool) ^ flipped) & np.any(x, axis=0)
        return np.broadcast_to(positive.astype(np.int64), x.shape)

    def inside(self, x: Array) -> Array:
        flipped = self.upper(x)
        bit = self.words("inside", np.where(flipped, self.negative(x), x)) & np.uint64(1)
        within = bit.astype(bool) | ~np.any(x, axis=0)
        return np.broadcast_to(within.astype(np.int64), x.shape)

    def opaque(self, name: str, primes: int, x: Array) -> Array:
        return self.oracle(f"{name} {primes}", x)

    def opaque_cost(self, name: str, a: Array) -> tuple[Array, Array]:
        """Value and slopes of a random function of the vectors along the last axis."""
        places = np.arange(1, a.shape[-1] + 1, dtype=np.uint64) * GOLDEN
        key = mixed(mixed(self.words(f"{name} entry", a) + places).sum(axis=-1, keepdims=True))
        made = self.drawn(mixed(key + np.arange(a.shape[-1] + 1, dtype=np.uint64) * GOLDEN))
        return made[..., 0], made[..., 1:]

    def equal(self, x: Array, y: Array) -> Array:
        return cast(Array, np.all(x == y, axis=0))


def _inverses(x: Array, p: int) -> Array:
    """Python's own inverse for a few entries, Fermat's x^(p - 2) for many at once."""
    if x.size > FEW:
        return _power(x, p - 2, p)
    made: Array = np.array([pow(entry, -1, p) for entry in x.ravel().tolist()], dtype=np.int64).reshape(x.shape)
    return made


def _power(x: Array, exponent: int, p: int) -> Array:
    made, square = np.ones_like(x), x % p
    while exponent:
        if exponent & 1:
            made = made * square % p
        square = square * square % p
        exponent >>= 1
    return made
