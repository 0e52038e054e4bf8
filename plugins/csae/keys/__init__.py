"""The pseudonym key: what a key file must be, which key a warehouse carries, and its change for another.

`files` reads a key file and refuses one that is no secret; `in_use` says under which key the tokens of the warehouse
are, and lets no load and no night go on under another. `rotating` makes every token anew under a new key: `rereading`
finds and reads what was delivered, `comparing` holds it against the rows that stand, `carrying` takes judgements over.
"""
