"""Each way out over real sockets: what was surely sent, surely not, and what nobody knows."""
