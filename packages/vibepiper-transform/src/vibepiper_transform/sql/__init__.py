"""Assets that are written in SQL: a template, which makes a relation of relations and values."""
