"""The contact directory (da: oversigt over kontaktpersoner), seed 002.

The least that the network of kommuner has to deliver: who in each kommune may be asked. Every
organisation looks after its own contacts, attests them from time to time, and any member gets an
extract. Whether each kommune has a representative in the L 550 network is checked here too.
"""
