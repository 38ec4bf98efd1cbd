"""Day activity (sv: dagverksamhet; seed 003): a queue, an offer, then the order."""
