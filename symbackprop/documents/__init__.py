"""Derivations as their authors wrote them: found, read, and given back as trees."""
