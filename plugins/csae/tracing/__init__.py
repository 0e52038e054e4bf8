"""Where a figure comes from, and what became of a row: the answers of `csae why`.

`keys` says what a key names, one module a subject asks the warehouse (`deliveries`, `crimes`, `people`, `persons`,
`kept`), `coding` puts the YAML's steps beside the code sets, and `stories` tells the whole. No answer holds a personal
value: of tokens there are eight digits, and of values only those that the code sets let be shown.
"""
