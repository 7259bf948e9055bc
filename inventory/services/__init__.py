"""What can be done with stock. Every change of a quantity is a line in the ledger, written under the item's lock."""
