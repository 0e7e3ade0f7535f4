"""The shop: small services, each in its folder below `services/`, and the load on them.

`control.Shop` starts and stops it. `roster` knows the services and their releases, `supervisor` their processes.
`staff.recorder` records it. Importing starts nothing.
"""
