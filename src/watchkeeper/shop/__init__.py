"""The shop: eleven small services, the load on them, and the recorder that listens.

Staff room: apprentices read `services/`, mentors run the rest. `control.Shop` starts and stops it, `record.record`
writes what it said to a folder. Importing starts nothing.
"""
