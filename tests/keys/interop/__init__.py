"""What we and others can read of each other, found out by trying it all."""
