"""What is decided, without a clock, a wire or a store."""
