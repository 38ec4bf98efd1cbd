"""Short-term and profile homes (sv: korttids- och profilboende; seed 003).

They lie outside the free choice: no queue, and all of it is the needs-assessment unit's own work.
"""
