"""The course's nbgrader configuration. With it, `nbgrader autograde` in this folder uses the course's own judge.

If your school has recorded its own held-back set, name its folder below.
"""

import os

from watchkeeper.staff.grade.nbgrader import pipeline

c = get_config()  # noqa: F821

ROOT = os.path.dirname(os.path.abspath(__file__))

c.CourseDirectory.course_id = "watchkeeper"
c.CourseDirectory.root = ROOT

# The recordings that functions are called on when they are graded. The committed set is a sample that everyone can
# read. Record your own (watchkeeper record) and name its folder here.
c.SetInputs.held_back = os.path.join(ROOT, "datasets", "held-back")
c.SetInputs.datasets = os.path.join(ROOT, "datasets")
c.Judge.root = ROOT

c.ClearSolutions.code_stub = {"python": "# your code here"}
c.ClearSolutions.text_stub = "*Write your answer here.*"
c.IncludeHeaderFooter.enabled = False

c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.clear_notebook_metadata = False
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {"nbgrader"}
c.Autograde.sanitize_preprocessors = pipeline.SANITIZE
c.Autograde.autograde_preprocessors = pipeline.AUTOGRADE

# Other files in a graded folder. Without this, nbgrader would copy them into the apprentice's feedback.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "graded.json"]
# Clean an apprentice's content for the formgrader and feedback pages: `sanitize_html` does not touch its Markdown.
c.HTMLExporter.preprocessors = ["watchkeeper.staff.grade.sanitize.preprocessor.SafePage"]
# A feedback page loads nothing from another server, not even MathJax.
c.HTMLExporter.extra_template_basedirs = pipeline.templates()

# `nbgrader export` gives 0 points to everyone who has no grade; this one leaves them empty.
c.ExportApp.plugin_class = "watchkeeper.staff.grade.nbgrader.export.OnlyGrades"

c.Execute.timeout = 30
c.Execute.extra_arguments = pipeline.KERNEL_ARGUMENTS
