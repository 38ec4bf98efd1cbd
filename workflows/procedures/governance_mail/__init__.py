"""Mail of the bodies that govern the cooperation: lists, meetings, minutes, members (S4, P3)."""
