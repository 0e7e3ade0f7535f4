"""From `course/` to `source/`, `release/` and the kit, and the proofs of the content. A staff room."""
