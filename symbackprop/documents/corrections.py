"""Corrections: the smallest edit of a refuted line after which it is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain as joined, pairwise

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, ReadChain, Surroundings, read_chain, sides
from symbackprop.documents.claiming import Scoped, scoped_claims
from symbackprop.documents.deciding import decide
from symbackprop.documents.edits import Change, Edited, Words, mapped_names, overlap, text_after
from symbackprop.documents.environment import Environment, variable
from symbackprop.documents.index_edits import everywhere
from symbackprop.documents.kinds import NameKind
from symbackprop.documents.missing import with_missing, words_of
from symbackprop.documents.problems import Code
from symbackprop.documents.products import SAME_SHAPE
from symbackprop.documents.results import Fix
from symbackprop.documents.screening import Screens
from symbackprop.documents.slips import Slips, missing_parts, structural_slips, token_slips
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.trees import walk
from symbackprop.documents.write import latex
from symbackprop.wellformed import malformed

MOST_READ = 2500  # candidates that are read
MOST_RIVALS = 150  # as many more, once one is found, to see whether it is the only one
MOST_HELD = 4  # candidates that hold at random numbers and are then tried in the order of their ranks
MOST_SCREENED = 700  # candidates of the right form that are tried at random numbers
MOST_PAIRS = 1500  # pairs of edits that are read


@dataclass(frozen=True)
class Line:
    """The refuted link: the chain's first member, the link's two members, the members behind, what it is under.

    left_too: the left member opens the chain and may be what is wrong; next_agrees: it is proved equal to the member
    behind the right one.
    """

    head: s.Expression
    left: Member
    right: Member
    rest: tuple[s.Expression, ...]
    conditions: tuple[object, ...]
    environment: Environment
    around: Surroundings
    span: Span
    defines_delta: bool = False
    left_too: bool = False
    next_agrees: bool = False


@dataclass(frozen=True)
class Correction:
    """What changes in the source, where the slip is, and the members as they are to be read from then on.

    head: the chain's first member, where that is what was wrong.
    """

    fix: Fix
    place: Span
    member: Member
    head: s.Expression | None = None


@dataclass(frozen=True)
class Held:
    """A line that held at random numbers, and the claims of its links, yet to be proved.

    rank: how badly it fits the line's conditions, and how many different symbols it has.
    """

    correction: Correction
    rank: tuple[int, int]
    claims: tuple[list[Scoped], ...]


Attempt = Callable[[Edited], Held | None]


@dataclass
class Search:
    """The work on one line; what is tried is counted."""

    line: Line
    read: int = MOST_READ
    screened: int = MOST_SCREENED
    screens: Screens = field(default_factory=Screens)

    def found(self) -> Correction | None:
        line = self.line
        nodes: list[s.Node] = [line.right.node, line.left.node, line.head, *line.rest]
        nodes += [item for item in line.conditions if isinstance(item, s.Node)]
        words = words_of(nodes, line.environment)
        if not line.left_too:
            return self._right(words, nodes) or self._pairs(words)
        if line.rest and not line.next_agrees:
            return self._left(words) or self._right(words, nodes) or self._pairs(words)
        right = self._held(line.right.node, self._with_right, token_slips, words)
        left = self._held(line.head, self._with_left, token_slips, words)
        return (_proved(right, left) or self._right(words, nodes, tokens=False) or self._left(words)
                or self._pairs(words))  # fmt: skip

    # one side

    def _right(self, words: Words, nodes: list[s.Node], tokens: bool = True) -> Correction | None:
        node = self.line.right.node
        best = _proved(self._held(node, self._with_right, token_slips, words)) if tokens else None
        if best is not None:
            return best
        words = self._all_words(words, nodes)
        for slips in (structural_slips, missing_parts):
            best = _proved(self._held(node, self._with_right, slips, words))
            if best is not None:
                return best
        return None

    def _left(self, words: Words) -> Correction | None:
        for slips in (token_slips, structural_slips):
            best = _proved(self._held(self.line.head, self._with_left, slips, words))
            if best is not None:
                return best
        return None

    def _all_words(self, words: Words, nodes: list[s.Node]) -> Words:
        chain = read_chain(self._members(self.line.right.node), self.line.conditions, self.line.environment,
                           self.line.around)  # fmt: skip
        return with_missing(words, nodes, chain, self.line.environment)

    def _pairs(self, words: Words) -> Correction | None:
        """Two slips on the right."""
        node = self.line.right.node
        first = [*everywhere(node, words), *token_slips(node, words), *structural_slips(node, words)]
        self.read, self.screened = MOST_PAIRS, MOST_SCREENED

        def both(node: s.Node, words: Words) -> Iterator[Edited]:
            for once in first:
                for twice in joined(token_slips(once.node, words), structural_slips(once.node, words)):
                    yield Edited(twice.node, (*once.changes, *twice.changes))

        return _proved(self._held(node, self._with_right, both, words))

    def _held(self, node: s.Node, attempt: Attempt, slips: Slips, words: Words) -> list[Held]:
        """The first few that hold at random numbers."""
        made: list[Held] = []
        met: set[str] = {latex(node)}
        for candidate in slips(node, words):
            if self.read <= 0 or self.screened <= 0:
                break
            text = latex(candidate.node)
            if text in met or overlap(candidate.changes):
                continue
            met.add(text)
            self.read -= 1
            found = attempt(candidate)
            if found is not None:
                made.append(found)
                self.read = min(self.read, MOST_RIVALS)
                if len(made) >= MOST_HELD:
                    break
        return made

    # attempts

    def _members(self, right: s.Expression) -> list[s.Expression]:
        line = self.line
        return [line.head, line.left.node, right] if line.left.node is not line.head else [line.head, right]

    def _with_right(self, candidate: Edited) -> Held | None:
        """The link with another right side, if it may hold."""
        line = self.line
        node: s.Expression = candidate.node  # type: ignore[assignment]
        if latex(node) == latex(line.left.node):
            return None  # the left side again says nothing
        chain = read_chain(self._members(node), line.conditions, line.environment, line.around)
        left, right = chain.members[-2], chain.members[-1]
        scoped = self._claim(chain, left, right)
        if scoped is None:
            return None
        text = text_after(line.right.node.span, candidate.changes)
        fix = Fix(text, candidate.changes)
        members = [line.head, line.left.node, node, *line.rest]
        rank = _strain(chain, scoped), _symbols(members)
        return Held(Correction(fix, candidate.place, right), rank, (scoped,))

    def _with_left(self, candidate: Edited) -> Held | None:
        """The chain with another first member, if all its links may hold."""
        line = self.line
        head: s.Expression = candidate.node  # type: ignore[assignment]
        chain = read_chain([head, line.right.node, *line.rest], line.conditions, line.environment)
        claims: list[list[Scoped]] = []
        for left, right in pairwise(chain.members):
            made = self._claim(chain, left, right)
            if made is None:
                return None
            claims.append(made)
        fix = Fix(text_after(line.span, candidate.changes), candidate.changes, whole_line=True)
        rank = _strain(chain, claims[0]), _symbols([head, line.right.node, *line.rest])
        return Held(Correction(fix, candidate.place, chain.members[1], head), rank, tuple(claims))

    def _claim(self, chain: ReadChain, left: Member, right: Member) -> list[Scoped] | None:
        if left.value is None or right.value is None or right.problems or left.problems:
            return None
        if SAME_SHAPE in right.readings and SAME_SHAPE not in self.line.right.readings:
            return None  # a sign that is dropped is no correction
        value = slope(left.value) if self.line.defines_delta else left.value
        if value is None or not _judgeable(value, right.value):
            return None
        scoped = _claims(value, right.value, chain, self.line.environment)
        if scoped is None or malformed(scoped[-1].claim) is not None:
            return None
        self.screened -= 1
        return scoped if self.screens.may_hold(scoped[-1].claim) else None


def _proved(first: list[Held], second: list[Held] | None = None) -> Correction | None:
    """The best of those that held which is PROVED too; the first ones before the second where they rank the same."""
    ranked = sorted((held.rank, side, at) for side, group in enumerate((first, second or []))
                    for at, held in enumerate(group))  # fmt: skip
    for rank, side, at in ranked:
        group, other = (first, second or []) if not side else (second or [], first)
        held = group[at]
        if all(decide(claim).verdict.proved for claim in held.claims):
            alone = len(group) == 1 and all(each.rank != rank for each in other)
            return replace(held.correction, fix=replace(held.correction.fix, unique=alone))
    return None


def correction(line: Line) -> Correction | None:
    """The nearest line that is PROVED: one edit on the right, or on the left where that opens the chain; then two."""
    return Search(line).found()


def agree(left: Member, right: Member, chain: ReadChain, environment: Environment) -> bool:
    """Whether two members of a chain are equal, as far as random numbers tell."""
    if left.value is None or right.value is None or left.problems or right.problems:
        return False
    if not _judgeable(left.value, right.value):
        return False
    scoped = _claims(left.value, right.value, chain, environment)
    return scoped is not None and malformed(scoped[-1].claim) is None and Screens().may_hold(scoped[-1].claim)


def _strain(chain: ReadChain, scoped: list[Scoped]) -> int:
    """How many of the line's conditions do not fit: other ranges of indices, a narrower range of layers."""
    strain = chain.strained
    layers, limits = scoped[-1].claim.layers, chain.limits
    if layers is not None:
        strain += limits.first is not None and layers.first > limits.first
        strain += limits.below_last is not None and layers.below_last > limits.below_last
    return strain


def _symbols(members: list[s.Expression]) -> int:
    """How many different names with scripts stand in the line."""
    return len({latex(part) for member in members for part in walk(member) if isinstance(part, s.Scripted)})


def _judgeable(left: Value, right: Value) -> bool:
    both = isinstance(left, Tensor) and isinstance(right, Tensor)
    return not both or [a is None for a in left.shape] == [a is None for a in right.shape]  # type: ignore[union-attr]


def _claims(left: Value, right: Value, chain: ReadChain, environment: Environment) -> list[Scoped] | None:
    made = sides(left, right, chain)
    return None if made.dangling else scoped_claims("correction", made, chain, environment)


def slope(value: Value) -> Value | None:
    """∂E/∂z in place of the delta that a line defines."""
    if isinstance(value, Tensor):
        corrected = {slot: slope(value.at(*slot)) for slot in [(n.At(1), None)] if value.columns is None}
        if not corrected or not all(isinstance(v, n.Expr) for v in corrected.values()):
            return None
        return Tensor(value.rows, None, lambda r, c: _slope_entry(value.at(r, c)))
    return _slope_entry(value)


def _slope_entry(value: n.Expr) -> n.Expr:
    if not isinstance(value, n.Entry) or value.variable.symbol != "delta":
        return value
    z = replace(value.variable, symbol="z")
    return n.Partial(n.Entry(variable("E", None)), n.Entry(z, value.slots))


# the whole line


def general_layer(
    members: list[s.Expression], conditions: tuple[object, ...], environment: Environment
) -> tuple[tuple[Change, ...], bool]:
    """The changes that write l for L in the whole line, and whether every link is then PROVED."""
    last = environment.conventions.last
    letter = "l" if "l" not in {name.text for member in members for name in _names(member)} else "m"
    changes: list[Change] = []

    def change(name: s.Name) -> s.Name:
        if name.text != last or name.kind is not NameKind.LETTER:
            return name
        changes.append((name.span, letter))
        return replace(name, text=letter)

    new: list[s.Expression] = [mapped_names(member, change) for member in members]  # type: ignore[misc]
    chain = read_chain(new, (), environment)
    if any(member.value is None or member.problems for member in chain.members):
        return (), False
    for left, right in pairwise(chain.members):
        if left.value is None or right.value is None or not _judgeable(left.value, right.value):
            return (), False
        scoped = _claims(left.value, right.value, chain, environment)
        if scoped is None or malformed(scoped[-1].claim) is not None or not decide(scoped).verdict.proved:
            return (), False
    return tuple(sorted(changes, key=lambda change: change[0].start)), True


def _names(node: s.Node) -> Iterator[s.Name]:
    return (part for part in walk(node) if isinstance(part, s.Name))


WHOLE_LINE = frozenset({Code.NO_SUCH_LAYER})
