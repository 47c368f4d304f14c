"""The rules as pure functions, held against the tables of docs/rules and against laws that must hold for any number."""
