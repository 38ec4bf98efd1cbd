"""The delegation agreement (da: delegationsaftale), seed 002.

A kommune lets another kommune or a facility do certain things for its citizen: follow up, hold
meetings, supervise. Both sides accept one exact version of a common template; the kommune that
delegates may revoke it at any time.
"""
