"""Campaigns: long runs that plant errors, rewrite without changing the meaning, and let letters clash."""
