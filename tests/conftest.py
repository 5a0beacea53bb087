"""What tests share: proofs are made once a session where a test is about something else than proofs."""

from __future__ import annotations

import os
from functools import cache

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the tests run on every core: threads of theirs would only wait

import pytest

from symbackprop import numpy_code, typeset
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, compile_network
from symbackprop.prove import prove


@pytest.fixture(scope="session", autouse=True)
def _proofs_are_made_once():
    """A claim is its own key: a test that plants a wrong formula asks about another claim, and it is judged."""
    once = cache(prove)
    with pytest.MonkeyPatch.context() as patch:
        for module in (numpy_code, typeset):
            patch.setattr(module, "prove", once)
        yield


@pytest.fixture(scope="session")
def compiled():
    """`compile_network`, once a network."""

    @cache
    def of(network: Network) -> Compiled:
        return compile_network(network)

    return of
