"""Whether a message may leave, must wait, or stays: one pure decision over facts that were read before."""
