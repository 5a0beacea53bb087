"""A formula in matrix notation rewritten in index notation, and the other way round where every factor is a vector.

Texts only: whether the rewritten formula means the same is for the evaluator to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from campaign.formulas import Node, NotParsed, Parsed
from campaign.pages import PagePlace

VECTORS = ("z", "a", "b", "y", r"\delta")
BOUND = "mrs"


class _Indexed:
    """The entries of one member's nodes as texts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fresh = iter(BOUND)

    def rank(self, node: Node) -> int:
        """0 for a number, 1 for a column, 2 for a matrix, -1 for a row."""
        match node.kind:
            case "symbol":
                letter, subscripts, _ = node.parts
                return 0 if subscripts else 2 if letter == "w" else 1 if letter in VECTORS else 0
            case "transpose":
                return {1: -1, -1: 1}.get(self.rank(node.parts[0]), self.rank(node.parts[0]))
            case "group":
                return self.rank(node.parts[0])
            case "apply":
                return self.rank(node.parts[2])
            case "gradient":
                return self.rank(node.parts[1])
            case "sum":
                return self.rank(node.parts[0][1])
            case "product":
                return self._rank_of_product(node)
        return 0

    def _rank_of_product(self, node: Node) -> int:
        found = 0
        for factor in node.parts[0][: node.parts[1].index("odot") + 1] if "odot" in node.parts[1] else node.parts[0]:
            rank = self.rank(factor)
            found = {(1, -1): 2, (2, 1): 1, (-1, 2): -1, (-1, 1): 0}.get((found, rank), rank or found)
        return found

    def entry(self, node: Node, r: str, c: str) -> str:
        """What stands at row r and column c."""
        rank = self.rank(node)
        match node.kind:
            case "symbol":
                return self._symbol(node, r + c if rank == 2 else r if rank == 1 else "")
            case "transpose":
                return self.entry(node.parts[0], c, r)
            case "group":
                closing = r"\right)" if self.text[: node.end].endswith(r"\right)") else ")"
                return f"({self.entry(node.parts[0], r, c)} {closing}"
            case "apply":
                name, primes, argument = node.parts
                return f"{name}{primes * chr(39)}({self.entry(argument.parts[0], r, c)})"
            case "gradient":
                of, by = node.parts
                below = self._symbol(by, r + c if rank == 2 else r)
                return rf"\frac{{\partial {self.text[of.start : of.end]}}}{{\partial {below}}}"
            case "sum":
                terms = [("-" if sign < 0 else "+" if at else "", self.entry(term, r, c))
                         for at, (sign, term) in enumerate(node.parts)]  # fmt: skip
                return " ".join(f"{sign} {text}".strip() for sign, text in terms)
            case "product":
                return self._product(node, r, c)
            case "number" | "fraction":
                return self.text[node.start : node.end]
        raise NotParsed(node.kind)

    def _symbol(self, node: Node, letters: str) -> str:
        letter, subscripts, _ = node.parts
        whole = self.text[node.start : node.end]
        if subscripts or not letters:
            return whole
        return f"{letter}_{{{letters}}}{whole[len(letter) :]}"

    def _product(self, node: Node, r: str, c: str) -> str:
        factors, signs = node.parts
        if "odot" in signs:
            at = signs.index("odot")
            left = Node("product", (factors[: at + 1], signs[:at])) if at else factors[0]
            rest = factors[at + 1 :]
            right = Node("product", (rest, signs[at + 1 :])) if len(rest) > 1 else rest[0]
            return f"{self.entry(left, r, c)} {self.entry(right, r, c)}"
        if len(factors) != 2:
            raise NotParsed("a product of many")
        x, y = factors
        ranks = self.rank(x), self.rank(y)
        if 0 in ranks or ranks == (1, -1):
            return f"{self.entry(x, r, c)} {self.entry(y, r, c)}"
        k = next(self.fresh)
        if ranks[0] == 2 and ranks[1] in (1, 2):
            return rf"\sum_{k} {self.entry(x, r, k)} {self.entry(y, k, c)}"
        raise NotParsed("a product of rows")


def index_form(place: PagePlace, parsed: Parsed) -> Iterator[str]:
    """The formula entry by entry; nothing where it has no vector or matrix."""
    if not any(site.kind == "whole" for site in parsed.sites) or any(s.kind == "index" for s in parsed.sites):
        return
    text = place.text
    try:
        members = [(member, _Indexed(text)) for statement in parsed.main for member in statement.members]
        new = [(m.start, m.end, indexed.entry(m, "i", "j")) for m, indexed in members]
    except NotParsed:
        return
    for start, end, entry in reversed(new):
        text = text[:start] + entry + text[end:]
    yield text


def matrix_form(place: PagePlace, parsed: Parsed) -> Iterator[str]:
    """Derivatives by entries as gradients, products of vectors' entries as products entry by entry or outer ones."""
    text = place.text
    layer = r"(\^(?:[lL]|\{[^{}]*\}))"
    outer = re.sub(
        rf"\\frac\{{\\partial ([CEJ](?:_s)?)\}}\{{\\partial w_\{{ij\}}{layer}\}} = \\delta_i{layer} a_j{layer}",
        r"\\nabla_{w\2} \1 = \\delta\3 (a\4)^T", text,
    )  # fmt: skip
    biases = re.sub(rf"\\frac\{{\\partial ([CEJ](?:_s)?)\}}\{{\\partial b_i{layer}\}} = \\delta_i{layer}",
                    r"\\nabla_{b\2} \1 = \\delta\3", outer)  # fmt: skip
    back = re.sub(
        rf"\\delta_i{layer} = \\left\( \\sum_\{{([jk])=1\}}\^\{{n_\{{l\+1\}}\}} \\delta_\2{layer} w_\{{\2i\}}{layer} "
        rf"\\right\) (f|\\sigma)'\(z_i{layer}\)",
        r"\\delta\1 = (w\4)^T \\delta\3 \\odot \5'(z\6)", biases,
    )  # fmt: skip
    base = re.sub(
        rf"\\delta_i{layer} = \\frac\{{\\partial ([CEJ](?:_s)?)\}}\{{\\partial a_i{layer}\}} (f)'\(z_i{layer}\)",
        r"\\delta\1 = \\nabla_{a\3} \2 \\odot \4'(z\5)", back,
    )  # fmt: skip
    if base != text:
        bare = re.sub(r"1 \\leq [ijk] \\leq n_(?:[lL]|\{[^{}]*\})(?:, )?", "", base)
        yield re.sub(r",? *\\qquad \(\)|, \)", lambda m: ")" if m[0] == ", )" else "", bare)
