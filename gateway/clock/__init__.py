"""What time it is (`now`), what is looked after and when (`rota`), and who does it (`worker`).

Due dates are rows in the database. The clock only wakes those who read them; emptying Redis or
killing it loses nothing but a little time.
"""
