"""What several questions of first-watch use."""

THREE = [
    ("a1", "", "frontend", "GET /", "SERVER", 0, 100),
    ("b2", "a1", "catalog", "GET /products", "SERVER", 10, 60),
    ("c3", "a1", "ads", "GET /ads", "SERVER", 20, 90),
]
