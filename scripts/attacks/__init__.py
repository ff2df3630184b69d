"""The attack script: what is tried against the product, and against a server that falls for it."""
