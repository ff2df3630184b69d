"""scripts/bench: how fast nested graphs are read, measured against the limit, the peer and the textbook."""
