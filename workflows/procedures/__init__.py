"""One folder for each procedure. What is peculiar to one stands in its folder and nowhere else."""
