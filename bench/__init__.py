"""What the gateway can do on this machine, beside what the machine itself can do.

`python -m bench` runs the real `serve` under a load of sealed requests and prints the table; the
order of reading is `prepare`, `sink`, `load`, `cpu`, `floor`, `run`, `figures`.
"""
