"""Which columns of its sources each column of a query is made of."""
