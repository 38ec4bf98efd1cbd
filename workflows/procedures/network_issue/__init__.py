"""The network's issues and its report (da: opsamling og aflevering), seed 002.

Kommuner tell the network what is difficult and what goes well; the network discusses it, takes it
into its report or parks it, and hands the report to the styringsaftalegruppe by the end of a month,
for a framework agreement. No citizen may be named in any of it.
"""
